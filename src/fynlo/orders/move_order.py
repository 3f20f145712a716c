"""Move a whole order on in the kitchen: begin, finish, serve, hand out for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo import staff
from fynlo.orders import announce, kitchen, queries_kitchen, store, store_kitchen
from fynlo.orders.answers import OrderOut, shown
from fynlo.orders.model import KitchenEvent
from fynlo.platform import outbox
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import OrderId
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller

_NEEDS: Final = {
    KitchenEvent.PREPARE: Permission.KITCHEN_OPERATE,
    KitchenEvent.FINISH: Permission.KITCHEN_OPERATE,
    KitchenEvent.SERVE: Permission.KITCHEN_OPERATE,
    KitchenEvent.COMPLETE: Permission.ORDERS_CREATE,
}
"""Whoever sells hands out; the rest is the kitchen's."""


async def move_order(
    ports: Ports, caller: Caller, order_id: OrderId, event: KitchenEvent
) -> OrderOut:
    """Move all tickets of an order that the event can move, and the order with them.

    Raises `IllegalTransition` where the order's kitchen state does not allow it, and to complete
    what is not paid.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, _NEEDS[event], now)
        was = await store.lock(tx, order_id)
        actor.must_work_at(was.location_id)
        was.must_be_open_to_the_kitchen(event)
        tickets = await queries_kitchen.tickets_of(tx, order_id)
        steps = kitchen.moves_of_all(tickets, event, now)
        left = kitchen.tickets_after(tickets, steps)
        order = was.in_kitchen(kitchen.after_move(was.kitchen_state, event, left))
        store_kitchen.save_steps(tx, steps, now, actor.staff_id)
        store.save(tx, order, was=was, now=now, by=actor.staff_id)
        moved = [after for before, after in zip(tickets, left, strict=True) if after != before]
        outbox.append(tx, now, *map(announce.ticket_changed, moved))
        return await shown(tx, order_id)
