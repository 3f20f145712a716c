"""Set up another register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import Invalid, must_be_the_same
from fynlo.kernel.ids import uuid7
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.platform.commands import Made
from fynlo.staff import queries, store_places
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def add_register(
    ports: Ports, caller: Caller, register_id: UUID | None, wish: Mapping[str, Any]
) -> Made[Row]:
    """Add a register as `wish` says by its columns; with an id, saying it again changes nothing.

    Raises `Invalid` for an unknown location, `IdReused` when the id names what is, or has become,
    another one.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        if not await queries.locations(tx, wish["location_id"]):
            raise Invalid.at("/location_id", f"There is no location {wish['location_id']}.")
        register_id = register_id or uuid7(now)
        is_new = await store_places.insert_register(tx, register_id, wish, now)
        (made,) = await queries.registers(tx, register_id)
        if is_new:
            act = Act("register.added", "register", register_id, after=wish)
            audit.record(tx, now, caller, act)
        must_be_the_same(made, wish)
        return Made(made, is_replay=not is_new)
