"""Two transactions that meet: a test waits until the one stands before what the other holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fynlo.platform.database import Tx

WAIT_SECONDS_MAX = 20


async def until_somebody_waits(tx: Tx, how_many: int = 1) -> None:
    """Come back once so many transactions of this database wait for a lock."""
    waiting = 0
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while waiting < how_many:
            # Or a transaction sees who was connected when it first looked, and nobody else.
            await tx.fetchval("select pg_stat_clear_snapshot()")
            waiting = await tx.fetchval(
                """
                select count(distinct l.pid)
                from pg_locks l join pg_stat_activity a on a.pid = l.pid
                where not l.granted and a.datname = current_database()
                """
            )
