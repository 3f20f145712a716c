"""Change a location: its name, where it is, when its day ends, whether it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncpg import ForeignKeyViolationError

from fynlo.kernel.errors import must_be_at
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import store_places
from fynlo.staff.admit import admit
from fynlo.staff.model import CurrencyFixed, Permission, must_be_a_place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def change_location(
    ports: Ports, caller: Caller, location_id: UUID, wish: Mapping[str, Any], version: int | None
) -> Row:
    """Change what `wish` names by its columns; the next order and drawer obey.

    One that is not in use takes no new order and opens no drawer; what is open can be finished.
    Raises `NotFound`, `VersionConflict`, `Invalid`, and `CurrencyFixed` once it took an order: the
    orders' own key refers to the currency, so that not even an order at the same moment differs.
    """
    now = ports.clock.now()
    try:
        async with ports.db.transaction(caller.merchant_id) as tx:
            await admit(tx, caller, Permission.SETTINGS_MANAGE, now)
            was = await store_places.lock_location(tx, location_id)
            must_be_at(was["version"], version)
            must_be_a_place(wish)
            after = await store_places.save_location(tx, {**was, **wish})
            before, told = audit.changed(was, after)
            act = Act("location.changed", "location", location_id, before, told)
            audit.record(tx, now, caller, act)
            return after
    except ForeignKeyViolationError as error:
        if error.constraint_name != "orders_currency":
            raise
        raise CurrencyFixed("Open another location for another currency.") from None
