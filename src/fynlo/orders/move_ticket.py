"""Move one kitchen ticket: start it, bump it, recall it, serve it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.orders import announce, kitchen, queries_kitchen, store, store_kitchen
from fynlo.orders.answers_kitchen import TicketOut, ticket_out
from fynlo.orders.kitchen import Step, TicketEvent
from fynlo.platform import outbox
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import TicketId
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def move_ticket(
    ports: Ports, caller: Caller, ticket_id: TicketId, event: TicketEvent
) -> TicketOut:
    """Move a ticket, and its order to where all its tickets stand then.

    Raises `NotFound`, and `IllegalTransition` where the ticket's state does not allow it.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.KITCHEN_OPERATE, now)
        seen = await queries_kitchen.ticket(tx, ticket_id)
        actor.must_work_at(seen.location_id)
        order = await store.lock(tx, seen.order_id)
        was = await queries_kitchen.ticket(tx, ticket_id)
        if was.order_id == order.id:
            after = was.move(event, now)
            steps = [Step(event, was, after)]
            store_kitchen.save_steps(tx, steps, now, actor.staff_id)
            left = await queries_kitchen.tickets_of(tx, order.id)
            moved = order.in_kitchen(kitchen.kitchen_of(one.state for one in left))
            store.save(tx, moved, was=order, now=now, by=actor.staff_id)
            outbox.append(tx, now, announce.ticket_changed(after))
            return ticket_out(after, await queries_kitchen.ticket_history(tx, ticket_id))
    # It went to another order meanwhile; that is committed by now.
    return await move_ticket(ports, caller, ticket_id, event)
