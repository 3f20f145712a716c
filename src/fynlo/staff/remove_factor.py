"""Remove somebody's second factor: they lost it, and an admin has seen who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.errors import Forbidden, NotFound
from fynlo.kernel.ids import StaffId
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import queries, store_factors
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def remove_factor(ports: Ports, caller: Caller, person_id: UUID) -> None:
    """Remove it with its recovery codes; twice is harmless.

    Raises `NotFound` for nobody of this merchant's, and `Forbidden` for one's own: a session alone
    is no second factor.
    """
    now, staff_id = ports.clock.now(), StaffId(person_id)
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.STAFF_MANAGE, now)
        if actor.staff_id == staff_id:
            raise Forbidden("Another admin removes yours, or whoever runs the installation.")
        if not await queries.people(tx, person_id):
            raise NotFound(f"There is no person {person_id}.")
        if await store_factors.lock(tx, staff_id) is not None:
            store_factors.remove(tx, staff_id)
            audit.record(tx, now, caller, Act("second_factor.removed", "person", staff_id))
