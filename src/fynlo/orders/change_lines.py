"""Change what an order is for, as long as it is not paid in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.kernel.errors import VersionConflict
from fynlo.kernel.machine import IllegalTransition
from fynlo.orders import store
from fynlo.orders.answers import OrderOut, shown
from fynlo.orders.lines import price
from fynlo.orders.model import OrderIsEmpty, Stage
from fynlo.orders.save import save
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.kernel.ids import OrderId
    from fynlo.orders.lines import LineRequest
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def change_lines(
    ports: Ports, caller: Caller, order_id: OrderId, version: int, lines: Sequence[LineRequest]
) -> OrderOut:
    """Replace all lines; a validated order that costs nothing any more is paid at once.

    What was paid in part stays paid, so the order must go on to owe something. Raises
    `VersionConflict` when somebody was faster, `MoneyReserved` while a payment is under way,
    `MoneyTaken` when the order is paid or the lines come to no more than what was paid,
    `OrderIsEmpty` when nothing would be left of a validated order, and what `price` raises.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        was = await store.lock(tx, order_id)
        actor.must_work_at(was.location_id)
        if was.version != version:
            raise VersionConflict(f"The order is at version {was.version}.", version=was.version)
        if was.stage not in {Stage.DRAFT, Stage.VALIDATED}:
            raise IllegalTransition(
                f"The order is {was.state}; its lines are fixed.",
                **{"from": was.state.value, "event": "change_lines"},
            )
        was.must_be_open_to_change()
        if was.stage is Stage.VALIDATED and not lines:
            raise OrderIsEmpty("Cancel the order, or leave something on it.")
        bill = await price(tx, order_id, lines, was.currency)
        was.must_still_owe_at(bill.total)
        store.replace_lines(tx, was, bill, now)
        changed = await store.read(tx, order_id)
        after = changed.pay_if_free(now)
        await save(tx, after, was=changed, now=now, by=actor.staff_id)
        return await shown(tx, order_id)
