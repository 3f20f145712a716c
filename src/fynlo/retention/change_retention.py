"""Keep what ages for longer or shorter, within what must be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.retention import queries, store
from fynlo.retention.model import BY_NAME
from fynlo.staff import Permission, admit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fynlo.platform.ports import Ports
    from fynlo.retention.model import Aging
    from fynlo.staff import Caller


async def change_retention(
    ports: Ports, caller: Caller, wish: Mapping[str, int]
) -> list[tuple[Aging, int]]:
    """Set the days of the classes named; the next sweep obeys.

    Raises `RetentionTooShort`, and then nothing is changed.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        for name, days in wish.items():
            BY_NAME[name].must_allow(days)
        was = {aging.name: days for aging, days in await queries.days(tx)}
        for name, days in wish.items():
            store.keep_for(tx, name, days, now)
        before, told = audit.changed(was, {**was, **wish})
        audit.record(
            tx, now, caller, Act("retention.changed", "merchant", tx.merchant_id, before, told)
        )
        return await queries.days(tx)
