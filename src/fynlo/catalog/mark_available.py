"""Say that a location has something again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.catalog import queries, queries_places, store_places
from fynlo.catalog.announce import MenuTold, menu_updated
from fynlo.kernel.ids import LocationId
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import Permission

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def mark_available(ports: Ports, caller: Caller, location_id: UUID, product_id: UUID) -> None:
    """Let it be ordered there again; the same again changes nothing.

    Raises `NotFound`, `Forbidden` for who works elsewhere.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.KITCHEN_OPERATE, now)
        await queries_places.must_be_a_location(tx, location_id)
        product = await queries.product_of(tx, product_id)
        actor.must_work_at(LocationId(location_id))
        if await store_places.set_available(tx, location_id, product_id):
            act = Act("product.available", "product", product_id, location_id=location_id)
            audit.record(tx, now, caller, act)
            told = MenuTold(product.version, product_id=product_id, location_id=location_id)
            menu_updated(tx, now, told)
