"""Send an order to the kitchen: all of it, or what changed since it was last sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.orders import queries_kitchen, store
from fynlo.orders.answers import OrderOut, shown
from fynlo.orders.kitchen import UnpaidStaysOut
from fynlo.orders.model import KitchenEvent
from fynlo.orders.save import save
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import OrderId
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def send(ports: Ports, caller: Caller, order_id: OrderId) -> OrderOut:
    """Give the kitchen what it does not know yet of an order; with nothing new, nothing happens.

    So saying it again, or from two tills at once, makes no second ticket. Raises
    `IllegalTransition` for a draft and for what is done or given up, `UnpaidStaysOut` where only
    paid orders go to the kitchen.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        was = await store.lock(tx, order_id)
        actor.must_work_at(was.location_id)
        was.must_be_open_to_the_kitchen(KitchenEvent.SEND)
        if not was.is_paid and not await queries_kitchen.sends_unpaid(tx, was.location_id):
            raise UnpaidStaysOut("It goes to the kitchen when it is paid.")
        await save(tx, was, was=was, now=now, by=actor.staff_id, is_sent=True)
        return await shown(tx, order_id)
