"""Remove what was kept for long enough: a merchant at a time, in transactions of one bite each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fynlo.kernel.ids import MerchantId
from fynlo.platform.telemetry import log
from fynlo.retention import store
from fynlo.retention.model import AGING, before

if TYPE_CHECKING:
    from fynlo.platform.ports import Ports


async def sweep(ports: Ports, *, is_dry: bool = False) -> Counter[str]:
    """Remove it everywhere, now; return how many rows of each class that was.

    A dry one only counts. What somebody holds at this moment is left for the next one.
    """
    async with ports.db.system() as connection:
        merchants = await connection.fetch("select id from merchants order by id")
    total: Counter[str] = Counter({one.name: 0 for one in AGING})
    for merchant in merchants:
        total.update(await sweep_one(ports, MerchantId(merchant["id"]), is_dry=is_dry))
    return total


async def sweep_one(
    ports: Ports, merchant_id: MerchantId, *, is_dry: bool = False
) -> dict[str, int]:
    """Remove one merchant's; return and log how many rows of each class that was."""
    async with ports.db.transaction(merchant_id) as tx:
        rules = await store.rules(tx)
    removed: dict[str, int] = {}
    for one in AGING:
        moment = before(ports.clock.now(), rules.get(one.name, one.days))
        if is_dry:
            async with ports.db.transaction(merchant_id) as tx:
                removed[one.name] = await store.count(tx, one.name, moment)
            continue
        removed[one.name] = 0
        while True:
            async with ports.db.transaction(merchant_id) as tx:
                gone = await store.remove(tx, one.name, moment)
            removed[one.name] += gone
            if gone == 0:
                break
    if any(removed.values()) and not is_dry:
        log.info("what was old is removed", merchant=str(merchant_id), **removed)
    return removed
