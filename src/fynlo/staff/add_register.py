"""Set up another register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.kernel.errors import IdReused, NotFound
from fynlo.kernel.ids import uuid7
from fynlo.staff import queries, store
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


@dataclass(frozen=True, slots=True)
class AddRegister:
    """A register of a location; with an `id`, saying it again changes nothing."""

    id: UUID | None
    location_id: UUID
    name: str


async def add_register(ports: Ports, caller: Caller, wish: AddRegister) -> Row:
    """Add a register. Raises `NotFound` for an unknown location, `IdReused` for another one."""
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        if not await queries.locations(tx, wish.location_id):
            raise NotFound(f"There is no location {wish.location_id}.")
        register_id = wish.id or uuid7(now)
        store.add_register(tx, register_id, wish.location_id, wish.name, now)
        (made,) = await queries.registers(tx, register_id)
        if (made["location_id"], made["name"]) != (wish.location_id, wish.name):
            raise IdReused(f"{register_id} is another register.")
        return made
