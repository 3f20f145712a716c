"""Say that a location has none left of something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.catalog import queries, queries_places, store_places
from fynlo.catalog.announce import MenuTold, menu_updated
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import LocationId
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import Permission

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def mark_sold_out(
    ports: Ports, caller: Caller, location_id: UUID, product_id: UUID, until: datetime | None
) -> Row:
    """Let nobody order it there until a moment, or until it is marked available.

    What is on an order stays on it. The same again changes nothing. Raises `NotFound`, `Forbidden`
    for who works elsewhere, `Invalid` for a moment that is not to come.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.KITCHEN_OPERATE, now)
        await queries_places.must_be_a_location(tx, location_id)
        product = await queries.product_of(tx, product_id)
        actor.must_work_at(LocationId(location_id))
        if until is not None and until <= now:
            raise Invalid.at("/until", "This moment is not to come.")
        if await store_places.set_sold_out(
            tx, location_id, product_id, until=until, now=now, by=actor.staff_id
        ):
            act = Act(
                "product.sold_out",
                "product",
                product_id,
                after={"until": until},
                location_id=location_id,
            )
            audit.record(tx, now, caller, act)
            told = MenuTold(product.version, product_id=product_id, location_id=location_id)
            menu_updated(tx, now, told)
        (row,) = await queries_places.sold_out(tx, location_id, now, product_id)
        return row
