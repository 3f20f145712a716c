"""`fynlo retention`: remove now what has been kept for long enough, or only count it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from fynlo.cli.exits import complete
from fynlo.cli.reach import database
from fynlo.cli.serve import DataDir, configured
from fynlo.platform.clock import SystemClock
from fynlo.platform.ports import Ports
from fynlo.retention.model import AGING
from fynlo.retention.sweep import sweep
from fynlo.staff.forget import forget

if TYPE_CHECKING:
    from pathlib import Path

DryRun = Annotated[bool, typer.Option("--dry-run", help="Count, and remove nothing.")]


def retention(*, data_dir: DataDir = None, dry_run: DryRun = False) -> None:
    """Remove what has been kept for long enough, of every merchant; the worker does so daily."""
    complete(_retention(data_dir, is_dry=dry_run))


async def _retention(data_dir: Path | None, *, is_dry: bool) -> int:
    # Nobody waits at a till for it, and each bite is a short transaction by itself.
    async with database(configured(data_dir), may_make=False, command_seconds=None) as db:
        ports = Ports(db, SystemClock())
        removed = await sweep(ports, is_dry=is_dry)
        at_the_door = 0 if is_dry else await forget(ports)
    table = Table("class", "days", "would go" if is_dry else "removed")
    for one in AGING:
        table.add_row(one.name, str(one.days), str(removed[one.name]))
    if not is_dry:
        table.add_row("attempts and resets", "", str(at_the_door))
    Console().print(table)
    return 0
