"""Change what an order is for, as long as it is not paid in full."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from fynlo import staff
from fynlo.orders import store
from fynlo.orders.answers import OrderOut
from fynlo.orders.rewrite import opened, rewrite
from fynlo.platform import commands
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.kernel.ids import OrderId
    from fynlo.orders.lines import LineRequest
    from fynlo.platform.commands import Command
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def change_lines(
    ports: Ports,
    caller: Caller,
    order_id: OrderId,
    version: int | None,
    lines: Sequence[LineRequest],
    *,
    table: str | None = None,
    command: Command | None = None,
) -> OrderOut:
    """Replace all lines by those that the till wants, for the version that it has seen.

    With `table` the order moves there too. As a command it happens once: a repeat is told what the
    first was, whatever came after it. Raises what `opened` and `rewrite` raise.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        if command is not None:
            await store.read(tx, order_id)
            repeat = await commands.claim(tx, command, actor.staff_id, now)
            if repeat is not None:
                assert repeat.answer is not None  # It is claimed and finished in one commit.
                return msgspec.json.decode(repeat.answer.body, type=OrderOut)
        before = await opened(tx, actor, order_id, version)
        if table is not None:
            was = before.order
            moved = store.seat(tx, was.seat(table, was.covers), was=was, now=now)
            before = replace(before, order=moved)
        order = await rewrite(tx, actor, before, lines, discount=before.discount, now=now)
        if command is not None:
            commands.finish(tx, command.id, Answer(200, msgspec.json.encode(order)))
        return order
