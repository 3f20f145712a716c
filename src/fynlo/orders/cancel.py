"""Give up an order that nobody has paid anything for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from fynlo import staff
from fynlo.orders import queries, store
from fynlo.orders.answers import shown
from fynlo.orders.model import Stage
from fynlo.orders.save import save
from fynlo.platform import commands
from fynlo.platform.commands import Answer
from fynlo.staff import NOBODY, Permission, Wish

if TYPE_CHECKING:
    from fynlo.kernel.ids import OrderId, StaffId
    from fynlo.orders.model import Order
    from fynlo.platform.commands import Command
    from fynlo.platform.database import Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff import Brought, Caller, Consent


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Which order, why, and what the call brings of somebody who may cancel it."""

    order_id: OrderId
    reason: str
    brought: Brought = NOBODY


async def cancel(ports: Ports, caller: Caller, command: Command, wish: CancelOrder) -> Answer:
    """Cancel an order, once. A validated one, or another person's, needs `orders.manage`.

    The command is claimed before the order is locked, which cannot deadlock (ADR 0011). Raises
    `MoneyTaken` or `MoneyReserved` while money is in it, `IllegalTransition` once done, and for
    who may not do it alone what `staff.ask` and `staff.allow` raise.
    """
    consent = await staff.consent(ports, caller, Permission.ORDERS_CREATE, wish.brought)
    return await staff.ask(ports, caller, _cancel(ports, caller, command, wish, consent))


async def _cancel(
    ports: Ports, caller: Caller, command: Command, wish: CancelOrder, consent: Consent
) -> Answer:
    now, order_id = ports.clock.now(), wish.order_id
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        await store.read(tx, order_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        was = await store.lock(tx, order_id)
        actor.must_work_at(was.location_id)
        after = was.cancel()
        if Permission.ORDERS_MANAGE not in actor.permissions and not await _is_own_draft(
            tx, was, actor.staff_id
        ):
            await staff.allow(tx, caller, _as_wish(was, wish.reason), consent, now)
        await save(tx, after, was=was, now=now, by=actor.staff_id, reason=wish.reason)
        answer = Answer(200, msgspec.json.encode(await shown(tx, order_id)))
        commands.finish(tx, command.id, answer)
        return answer


async def _is_own_draft(tx: Tx, order: Order, staff_id: StaffId) -> bool:
    """Whether nothing of it is fixed, and nobody else took any of it."""
    is_theirs = order.stage is Stage.DRAFT and order.created_by == staff_id
    return is_theirs and not await queries.has_lines_of_others(tx, order.id, staff_id)


def _as_wish(order: Order, reason: str) -> Wish:
    return Wish(
        permissions=(Permission.ORDERS_MANAGE,),
        target_kind="order",
        target_id=order.id,
        location_id=order.location_id,
        amount=order.total,
        # The approval is for the order as it was seen: what is sent or changed later is another.
        details={"cancel": reason, "version": order.version},
    )
