"""Fix an order so that it can be paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.orders import queries, store
from fynlo.orders.answers import OrderOut, order_out
from fynlo.orders.model import OrderIsEmpty
from fynlo.orders.save import save
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import OrderId
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def validate(ports: Ports, caller: Caller, order_id: OrderId) -> OrderOut:
    """Turn a draft into an order that takes payments; one that costs nothing is paid at once.

    Raises `OrderIsEmpty` without lines, `IllegalTransition` unless it is a draft.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        was = await store.lock(tx, order_id)
        actor.must_work_at(was.location_id)
        order = was.validate(now)
        contents = await queries.contents(tx, was)
        if not contents.lines:
            raise OrderIsEmpty("Put something on the order first.")
        saved = await save(tx, order, was=was, now=now, by=actor.staff_id)
        return order_out(saved.order, contents.and_then(saved.change))
