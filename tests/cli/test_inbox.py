"""Dead letters, as the operator sees them and sends them again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest
from typer.testing import CliRunner

from fynlo.cli import app
from fynlo.kernel.ids import derive
from fynlo.seed import DEMO

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def fynlo_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by_url: dict[str, str]
) -> Callable[..., Result]:
    """Run a command for a database that has the demo shop."""
    monkeypatch.setenv("FYNLO_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str) -> Result:
        return CliRunner(env=by_url).invoke(app, words)

    for word in ("migrate", "seed-demo"):
        assert run(word).exit_code == 0
    return run


async def keep(by_url: dict[str, str], event_id: str, state: str) -> None:
    due_at = AT if state == "received" else None
    connection = await asyncpg.connect(by_url["FYNLO_DATABASE_URL"])
    async with connection.transaction():
        await connection.execute(
            f"set local role fynlo_app; set local fynlo.merchant_id = '{DEMO}'"
        )
        await connection.execute(
            "insert into fynlo.notifications (merchant_id, id, provider, event_id, type, object_id,"
            " reference, made_at, received_at, state, due_at, attempts, result)"
            " values ($1, $2, 'stripe', $3, 'payment_intent.succeeded', 'pi_1', 'pi_1', $4, $4, $5,"
            " $6, 20, 'not_yet')",
            *(DEMO, derive(DEMO, event_id), event_id, AT, state, due_at),
        )
    await connection.close()


def test_dead_letters_are_listed_and_sent_again(
    fynlo_command: Callable[..., Result], by_url: dict[str, str]
) -> None:
    def run(*words: str) -> Result:
        return fynlo_command("notifications", *words)

    assert run("dead").exit_code == 0
    for event_id, state in (("evt_1", "failed"), ("evt_2", "failed"), ("evt_3", "received")):
        asyncio.run(keep(by_url, event_id, state))

    listed = run("dead")
    assert listed.exit_code == 1
    assert ["evt_1" in listed.output, "evt_2" in listed.output] == [True, True]
    assert "evt_3" not in listed.output

    unknown = run("replay", "evt_3")
    assert (unknown.exit_code, "evt_3 is no dead letter" in unknown.output) == (2, True)
    one = run("replay", "evt_2")
    assert one.output == "The worker tries again: evt_2.\n"
    rest = run("replay")
    assert rest.output == "The worker tries again: evt_1.\n"
    assert run("replay").output == ("The worker tries again: nothing.\n")
    assert run("dead").output == ("Everything that was told was handled, or will be.\n")
