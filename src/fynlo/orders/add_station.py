"""Set up another station of a kitchen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo import catalog, staff
from fynlo.kernel.errors import Invalid, must_be_the_same
from fynlo.kernel.ids import uuid7
from fynlo.orders import queries_kitchen, store_kitchen
from fynlo.orders.kitchen import must_be_categories
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.platform.commands import Made
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def add_station(
    ports: Ports, caller: Caller, station_id: UUID | None, wish: Mapping[str, Any]
) -> Made[Row]:
    """Add a station as `wish` says by its columns; with an id, saying it again changes nothing.

    Raises `Invalid` for an unknown location or category, `IdReused` when the id names what is, or
    has become, another one.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        if not await staff.locations(tx, wish["location_id"]):
            raise Invalid.at("/location_id", f"There is no location {wish['location_id']}.")
        there = await catalog.categories(tx)
        must_be_categories(wish["category_ids"], [one["id"] for one in there])
        station_id = station_id or uuid7(now)
        is_new = await store_kitchen.insert_station(tx, station_id, wish, now)
        if is_new:
            act = Act("station.added", "station", station_id, after=wish)
            audit.record(tx, now, caller, act)
        (made,) = await queries_kitchen.stations(tx, station_id)
        must_be_the_same(made, wish)
        return Made(made, is_replay=not is_new)
