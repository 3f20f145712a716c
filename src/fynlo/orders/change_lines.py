"""Change what an order is for, as long as it is not paid in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.orders.allow import Editor
from fynlo.orders.rewrite import opened, rewrite
from fynlo.staff import NOBODY, Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.kernel.ids import OrderId
    from fynlo.orders.answers import OrderOut
    from fynlo.orders.lines import LineRequest
    from fynlo.platform.ports import Ports
    from fynlo.staff import Brought, Caller, Consent


@dataclass(frozen=True, slots=True)
class OtherLines:
    """All lines that it is to have, for the version that was seen; and who may allow it."""

    order_id: OrderId
    version: int
    lines: Sequence[LineRequest]
    brought: Brought = NOBODY


async def change_lines(ports: Ports, caller: Caller, wish: OtherLines) -> OrderOut:
    """Replace all lines by those that the till wants, for the version that it has seen.

    Raises what `opened` and `rewrite` raise, and `ApprovalRequired`.
    """
    consent = await staff.consent(ports, caller.merchant_id, wish.brought)
    return await staff.ask(ports, caller, _change_lines(ports, caller, wish, consent))


async def _change_lines(
    ports: Ports, caller: Caller, wish: OtherLines, consent: Consent
) -> OrderOut:
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        before = await opened(tx, actor, wish.order_id, wish.version)
        editor = Editor(actor, caller, consent)
        return await rewrite(tx, editor, before, wish.lines, discount=before.discount, now=now)
