"""Give a kitchen ticket another place in the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.kernel.errors import must_be_at
from fynlo.orders import announce, queries_kitchen, store, store_kitchen
from fynlo.orders.answers_kitchen import TicketOut, ticket_out
from fynlo.orders.kitchen import Step, TicketEvent
from fynlo.platform import outbox
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import TicketId
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def prioritize(
    ports: Ports, caller: Caller, ticket_id: TicketId, priority: int, version: int | None
) -> TicketOut:
    """Set a ticket's priority; the same again changes nothing.

    Raises `NotFound`, `VersionConflict` for a version that is not the present one, and
    `IllegalTransition` for a ticket that has left the queue.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.KITCHEN_OPERATE, now)
        seen = await queries_kitchen.ticket(tx, ticket_id)
        actor.must_work_at(seen.location_id)
        await store.lock(tx, seen.order_id)
        was = await queries_kitchen.ticket(tx, ticket_id)
        if was.order_id == seen.order_id:
            must_be_at(was.version, version)
            after = was.prioritize(priority, now)
            if after != was:
                steps = [Step(TicketEvent.PRIORITIZE, was, after)]
                store_kitchen.save_steps(tx, steps, now, actor.staff_id)
                outbox.append(tx, now, announce.ticket_changed(after))
            return ticket_out(after, await queries_kitchen.ticket_history(tx, ticket_id))
    # It went to another order meanwhile; that is committed by now.
    return await prioritize(ports, caller, ticket_id, priority, version)
