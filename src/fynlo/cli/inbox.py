"""`fynlo notifications`: what could not be handled of what providers told us, and another try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from fynlo.cli.exits import FAILED, RefusedError, complete
from fynlo.cli.reach import database
from fynlo.cli.serve import DataDir, configured
from fynlo.kernel.ids import MerchantId
from fynlo.notifications.queries import dead_letters
from fynlo.notifications.replay import replay as replay_dead
from fynlo.platform.clock import SystemClock
from fynlo.platform.ports import Ports

if TYPE_CHECKING:
    from pathlib import Path

    from fynlo.platform.database import Database

EventId = Annotated[str | None, typer.Argument(help="Only this one, by the provider's id.")]


def dead(data_dir: DataDir = None) -> None:
    """List the dead letters of every merchant: 0 there are none, 1 there are."""
    complete(_dead(data_dir))


async def _dead(data_dir: Path | None) -> int:
    table = Table("merchant", "event", "type", "about", "received", "last result")
    async with database(configured(data_dir), may_make=False) as db:
        for merchant_id in await _merchants(db):
            async with db.transaction(merchant_id) as tx:
                for one in await dead_letters(tx):
                    table.add_row(
                        *(str(merchant_id), one.event_id, one.type, one.reference or ""),
                        *(f"{one.received_at:%Y-%m-%d %H:%M}Z", one.result or ""),
                    )
    if not table.row_count:
        typer.echo("Everything that was told was handled, or will be.")
        return 0
    Console().print(table)
    return FAILED


def replay(*, event_id: EventId = None, data_dir: DataDir = None) -> None:
    """Hand dead letters to the worker again: one, or all of them."""
    complete(_replay(event_id, data_dir))


async def _replay(event_id: str | None, data_dir: Path | None) -> int:
    revived: list[str] = []
    async with database(configured(data_dir), may_make=False) as db:
        ports = Ports(db, SystemClock())
        for merchant_id in await _merchants(db):
            revived += await replay_dead(ports, merchant_id, event_id)
    if event_id is not None and not revived:
        raise RefusedError(f"{event_id} is no dead letter.")
    typer.echo(f"The worker tries again: {', '.join(revived) or 'nothing'}.")
    return 0


async def _merchants(db: Database) -> list[MerchantId]:
    async with db.system() as connection:
        rows = await connection.fetch("select id from merchants order by id")
    return [MerchantId(row["id"]) for row in rows]
