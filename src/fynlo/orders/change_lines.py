"""Change what an order is for, as long as it is not paid in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.orders.rewrite import opened, rewrite
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.kernel.ids import OrderId
    from fynlo.orders.answers import OrderOut
    from fynlo.orders.lines import LineRequest
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def change_lines(
    ports: Ports, caller: Caller, order_id: OrderId, version: int, lines: Sequence[LineRequest]
) -> OrderOut:
    """Replace all lines by those that the till wants, for the version that it has seen.

    Raises what `opened` and `rewrite` raise.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        before = await opened(tx, actor, order_id, version)
        return await rewrite(tx, actor, before, lines, discount=before.discount, now=now)
