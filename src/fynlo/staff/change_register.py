"""Change a register: its name, and whether it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import must_be_at
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import store_places
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def change_register(
    ports: Ports, caller: Caller, register_id: UUID, wish: Mapping[str, Any], version: int | None
) -> Row:
    """Change what `wish` names by its columns. Raises `NotFound` and `VersionConflict`.

    It stays at its location: its orders, its drawer's cash and its Z numbers are of that place. One
    that is not in use takes no new order and opens no drawer; a drawer that is open stays so until
    it is counted and closed, because its cash is there whatever a switch says.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        was = await store_places.lock_register(tx, register_id)
        must_be_at(was["version"], version)
        after = await store_places.save_register(tx, {**was, **wish})
        before, told = audit.changed(was, after)
        audit.record(
            tx, now, caller, Act("register.changed", "register", register_id, before, told)
        )
        return after
