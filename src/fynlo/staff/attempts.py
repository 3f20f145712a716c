"""Failed attempts are counted one after another, in PostgreSQL: guesses at once get no more tries.

While the database is away nobody signs in: the count fails closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.ids import uuid7
from fynlo.staff import store_attempts

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from fynlo.platform.ports import Ports
    from fynlo.staff.limits import Limit


async def must_be_few(connection: asyncpg.Connection, now: datetime, *limits: Limit) -> None:
    """Refuse with `TooManyAttempts` before a slow hash is made; `count` decides for good."""
    for limit in limits:
        failures = await store_attempts.failures_since(
            connection, limit.subject, now - limit.memory
        )
        limit.must_allow(failures, now)


async def count(ports: Ports, now: datetime, *limits: Limit, is_right: bool) -> None:
    """Count an attempt against each limit.

    Raises `TooManyAttempts` when others failed first: then even the right secret was one too many.
    """
    in_order = sorted(limits, key=lambda limit: limit.subject)
    async with ports.db.system() as connection:
        for limit in in_order:
            await store_attempts.lock(connection, limit.subject)
        await must_be_few(connection, now, *limits)
        for limit in in_order:
            if not is_right:
                await store_attempts.add(connection, limit.subject, uuid7(now), now)
            elif limit.is_forgiven:
                await store_attempts.forget(connection, limit.subject)
