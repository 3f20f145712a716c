"""Give up an order that nobody has paid anything for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fynlo import staff
from fynlo.orders import store
from fynlo.orders.answers import shown
from fynlo.orders.model import Stage
from fynlo.orders.save import save
from fynlo.platform import commands
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import OrderId
    from fynlo.platform.commands import Command
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def cancel(
    ports: Ports, caller: Caller, command: Command, order_id: OrderId, reason: str
) -> Answer:
    """Cancel an order, once. A validated one needs `orders.manage`.

    The command is claimed before the order is locked, which cannot deadlock (ADR 0011). Raises
    `MoneyTaken` or `MoneyReserved` while money is in it, `IllegalTransition` once done.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        await store.read(tx, order_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        was = await store.lock(tx, order_id)
        actor.must_work_at(was.location_id)
        if was.stage is not Stage.DRAFT or was.created_by != actor.staff_id:
            actor.must(Permission.ORDERS_MANAGE)
        await save(tx, was.cancel(), was=was, now=now, by=actor.staff_id, reason=reason)
        answer = Answer(200, msgspec.json.encode(await shown(tx, order_id)))
        commands.finish(tx, command.id, answer)
        return answer
