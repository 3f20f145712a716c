"""Change a station: its name, what it prepares, and whether it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo import catalog, staff
from fynlo.kernel.errors import must_be_at
from fynlo.orders import store_kitchen
from fynlo.orders.kitchen import must_be_categories
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def change_station(
    ports: Ports, caller: Caller, station_id: UUID, wish: Mapping[str, Any], version: int | None
) -> Row:
    """Change what `wish` names by its columns. Raises `NotFound`, `VersionConflict`, `Invalid`.

    What was sent stays where it went. A station that is not in use gets nothing more.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        was = await store_kitchen.lock_station(tx, station_id)
        must_be_at(was["version"], version)
        if "category_ids" in wish:
            there = await catalog.categories(tx)
            must_be_categories(wish["category_ids"], [one["id"] for one in there])
        after = await store_kitchen.save_station(tx, {**was, **wish})
        before, told = audit.changed(was, after)
        audit.record(tx, now, caller, Act("station.changed", "station", station_id, before, told))
        return after
