"""Hand an order that is done over to the accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.orders import store
from fynlo.orders.answers import OrderOut, shown
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import OrderId
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def invoice(ports: Ports, caller: Caller, order_id: OrderId) -> OrderOut:
    """Mark an order as invoiced, which ends it. Raises `IllegalTransition` unless it is done."""
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_MANAGE, now)
        was = await store.lock(tx, order_id)
        actor.must_work_at(was.location_id)
        store.save(tx, was.invoice(), was=was, now=now, by=actor.staff_id)
        return await shown(tx, order_id)
