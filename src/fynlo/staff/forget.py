"""Forget what no attempt is counted with any more, and resets that nobody can use."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fynlo.staff import store_attempts, store_resets
from fynlo.staff.limits import COUNTED_FOR_A_DAY, FAILURE_DAY, FAILURE_WINDOW

if TYPE_CHECKING:
    from fynlo.platform.ports import Ports

RESETS_KEPT: Final = timedelta(days=2)


async def forget(ports: Ports) -> int:
    """Remove them; returns how many rows that was.

    Anybody may make failures and ask for resets for any address, so they must not pile up.
    """
    now = ports.clock.now()
    async with ports.db.system() as connection:
        failures = await store_attempts.forget_before(
            connection, now - FAILURE_WINDOW, now - FAILURE_DAY, COUNTED_FOR_A_DAY
        )
        resets = await store_resets.forget_before(connection, now - RESETS_KEPT)
    return failures + resets
