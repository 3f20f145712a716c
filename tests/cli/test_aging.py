"""`fynlo retention` counts first, when asked to, and removes then."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
from typer.testing import CliRunner

from fynlo.cli import app
from fynlo.kernel.ids import derive
from fynlo.seed import DEMO

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LONG_AGO = datetime(2020, 3, 4, 12, tzinfo=UTC)


async def notifications(url: str, *event_ids: str) -> int:
    """Keep notifications that were handled long ago; return how many there are then."""
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute(
            f"set local role fynlo_app; set local fynlo.merchant_id = '{DEMO}'"
        )
        for event_id in event_ids:
            await connection.execute(
                "insert into fynlo.notifications (merchant_id, id, provider, event_id, type,"
                " object_id, made_at, received_at, state, processed_at)"
                " values ($1, $2, 'stripe', $3, 'charge.updated', 'ch', $4, $4, 'processed', $4)",
                *(DEMO, derive(DEMO, event_id), event_id, LONG_AGO),
            )
        count: int = await connection.fetchval("select count(*) from fynlo.notifications")
    await connection.close()
    return count


def test_x13_what_is_old_is_counted_and_then_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by_url: dict[str, str]
) -> None:
    monkeypatch.setenv("FYNLO_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str) -> list[list[str]]:
        result = CliRunner(env=by_url).invoke(app, words)
        assert result.exit_code == 0, result.output
        return [
            [cell.strip() for cell in row.split("│")[1:-1]] for row in result.output.split("\n")
        ]

    url = by_url["FYNLO_DATABASE_URL"]
    for word in ("migrate", "seed-demo"):
        run(word)
    assert asyncio.run(notifications(url, "evt_1", "evt_2")) == 2

    assert ["notifications", "30", "2"] in run("retention", "--dry-run")
    assert asyncio.run(notifications(url)) == 2
    assert ["notifications", "30", "2"] in run("retention")
    assert asyncio.run(notifications(url)) == 0
    assert ["notifications", "30", "0"] in run("retention")
