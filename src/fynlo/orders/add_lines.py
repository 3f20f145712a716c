"""Add to an order, whatever others do to it meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from fynlo import staff
from fynlo.kernel.errors import IdReused
from fynlo.kernel.ids import LineId, derive
from fynlo.orders import store
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


async def add_lines(
    ports: Ports, caller: Caller, command: Command, order_id: OrderId, lines: Sequence[LineRequest]
) -> Answer:
    """Add lines, once; two tills that add at the same time lose nothing of each other.

    The command is claimed before the order is locked, which cannot deadlock (ADR 0011). Raises
    `IdReused` for the id of a line that is there, and what `opened` and `rewrite` raise.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        await store.read(tx, order_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        before = await opened(tx, actor, order_id, None)
        # A line without an id is named after this command: its place on the order may be taken.
        ids = [
            LineId(line.id or derive(command.id, f"line:{index}"))
            for index, line in enumerate(lines)
        ]
        if known := [str(one) for one in ids if one in before.items]:
            message = f"These lines are there already: {', '.join(known)}."
            raise IdReused(message)
        new = [replace(line, id=line_id) for line, line_id in zip(lines, ids, strict=True)]
        wanted = [*before.as_requests(), *new]
        shown = await rewrite(tx, actor, before, wanted, discount=before.discount, now=now)
        answer = Answer(200, msgspec.json.encode(shown))
        commands.finish(tx, command.id, answer)
        return answer
