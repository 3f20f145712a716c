"""Write down what every account came to when a day ended, so that no sum grows for ever."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from fynlo.kernel.ids import MerchantId
from fynlo.ledger import store
from fynlo.ledger.reports import trial_balance

if TYPE_CHECKING:
    from datetime import date

    from fynlo.platform.database import Tx
    from fynlo.platform.ports import Ports

GRACE: Final = timedelta(hours=1)
"""How long after its end a day is closed: no transaction is open for nearly as long, and a posting
bears the time at which its operation began."""


async def close_days(ports: Ports) -> int:
    """Close the last full day (UTC) of every merchant that booked anything since the one before.

    Returns how many were closed. Any number of processes may do this: the day's row is inserted
    once, and with its balances. A crash leaves the day open.
    """
    now = ports.clock.now()
    end = datetime.combine((now - GRACE).astimezone(UTC).date(), time(), UTC)
    day = (end - timedelta(days=1)).date()
    async with ports.db.system() as connection:
        rows = await connection.fetch("select id from merchants order by id")
    closed = 0
    for row in rows:
        async with ports.db.transaction(MerchantId(row["id"])) as tx:
            closed += await _close(tx, day, end, now)
    return closed


async def _close(tx: Tx, day: date, end: datetime, now: datetime) -> int:
    if not await store.has_open_postings(tx, end):
        return 0
    return await store.close_day(tx, day, await trial_balance(tx, end), now)
