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
    from datetime import datetime

    from fynlo.kernel.ids import OrderId
    from fynlo.orders.model import Order
    from fynlo.orders.queries import Contents
    from fynlo.platform.database import Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff import Actor, Caller


async def validate(ports: Ports, caller: Caller, order_id: OrderId) -> OrderOut:
    """Turn a draft into an order that takes payments; one that costs nothing is paid at once.

    Raises `OrderIsEmpty` without lines, `IllegalTransition` unless it is a draft.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        was = await store.lock(tx, order_id)
        actor.must_work_at(was.location_id)
        saved, contents = await _fix(tx, actor, was, now)
        return order_out(saved.order, contents.and_then(saved.change))


async def fix(tx: Tx, actor: Actor, was: Order, now: datetime) -> Order:
    """Fix a locked draft in the commit of what needs it fixed; return it as it stands then.

    Raises what `validate` raises, and `Forbidden` for who may take no orders.
    """
    actor.must(Permission.ORDERS_CREATE)
    saved, _ = await _fix(tx, actor, was, now)
    await tx.flush()  # Whatever else is written of this order follows it.
    return saved.order


async def _fix(tx: Tx, actor: Actor, was: Order, now: datetime) -> tuple[store.Saved, Contents]:
    order = was.validate(now)
    contents = await queries.contents(tx, was)
    if not contents.lines:
        raise OrderIsEmpty("Put something on the order first.")
    return await save(tx, order, was=was, now=now, by=actor.staff_id), contents
