"""Once a day, at two o'clock (UTC): each merchant's sweep, by whichever worker comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.ids import MerchantId
from fynlo.retention import store
from fynlo.retention.model import sweep_day
from fynlo.retention.sweep import sweep_one

if TYPE_CHECKING:
    from fynlo.platform.ports import Ports


async def sweep_daily(ports: Ports) -> int:
    """Sweep for whom it is due; return for how many merchants that was.

    Who was away at two o'clock sweeps later, once. What a stopped worker left, the next day takes.
    """
    day = sweep_day(ports.clock.now())
    async with ports.db.system() as connection:
        merchants = await connection.fetch("select id from merchants order by id")
    done = 0
    for merchant in merchants:
        merchant_id = MerchantId(merchant["id"])
        async with ports.db.transaction(merchant_id) as tx:
            is_mine = await store.begin(tx, day, ports.clock.now())
        if is_mine:
            removed = await sweep_one(ports, merchant_id)
            async with ports.db.transaction(merchant_id) as tx:
                store.finish(tx, day, removed, ports.clock.now())
            done += 1
    return done
