"""Add to an order, whatever others do to it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from fynlo import staff
from fynlo.kernel.errors import IdReused
from fynlo.kernel.ids import LineId, derive
from fynlo.orders import store
from fynlo.orders.allow import Editor
from fynlo.orders.rewrite import opened, rewrite
from fynlo.platform import commands
from fynlo.platform.commands import Answer
from fynlo.staff import NOBODY, Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.kernel.ids import OrderId
    from fynlo.orders.lines import LineRequest
    from fynlo.platform.commands import Command
    from fynlo.platform.ports import Ports
    from fynlo.staff import Brought, Caller, Consent


@dataclass(frozen=True, slots=True)
class MoreLines:
    """What is ordered besides, and what the call brings of somebody who may give it a price."""

    order_id: OrderId
    lines: Sequence[LineRequest]
    brought: Brought = NOBODY


async def add_lines(ports: Ports, caller: Caller, command: Command, wish: MoreLines) -> Answer:
    """Add lines, once; two tills that add at the same time lose nothing of each other.

    The command is claimed before the order is locked, which cannot deadlock (ADR 0011). Raises
    `IdReused` for the id of a line that is there, what `opened` and `rewrite` raise, and
    `ApprovalRequired` for a price that they may not give.
    """
    consent = await staff.consent(ports, caller, Permission.ORDERS_CREATE, wish.brought)
    return await staff.ask(ports, caller, _add_lines(ports, caller, command, wish, consent))


async def _add_lines(
    ports: Ports, caller: Caller, command: Command, wish: MoreLines, consent: Consent
) -> Answer:
    now, order_id, lines = ports.clock.now(), wish.order_id, wish.lines
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
        editor = Editor(actor, caller, consent)
        shown = await rewrite(tx, editor, before, wanted, discount=before.discount, now=now)
        answer = Answer(200, msgspec.json.encode(shown))
        commands.finish(tx, command.id, answer)
        return answer
