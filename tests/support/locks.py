"""Two transactions that meet: a test waits until the one stands before what the other holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fynlo.platform.database import Tx

WAIT_SECONDS_MAX = 20


async def until_somebody_waits(tx: Tx) -> None:
    """Come back once a transaction of this database waits for a lock."""
    somebody_waits = False
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while not somebody_waits:
            # Or a transaction sees who was connected when it first looked, and nobody else.
            await tx.fetchval("select pg_stat_clear_snapshot()")
            somebody_waits = await tx.fetchval(
                """
                select exists (
                  select from pg_locks l join pg_stat_activity a on a.pid = l.pid
                  where not l.granted and a.datname = current_database())
                """
            )
