"""Change what an order is for, as long as it is not paid in full."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from fynlo import staff
from fynlo.orders import store
from fynlo.orders.allow import Editor
from fynlo.orders.answers import OrderOut
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
class OtherLines:
    """All lines that it is to have, for the version that was seen; and who may allow it.

    With `table` the order moves there too. As a `command` it happens once: a repeat is told what
    the first was, whatever came after it.
    """

    order_id: OrderId
    version: int | None
    lines: Sequence[LineRequest]
    brought: Brought = NOBODY
    table: str | None = None
    command: Command | None = None


async def change_lines(ports: Ports, caller: Caller, wish: OtherLines) -> OrderOut:
    """Replace all lines by those that the till wants, for the version that it has seen.

    Raises what `opened` and `rewrite` raise, and `ApprovalRequired`.
    """
    consent = await staff.consent(ports, caller.merchant_id, wish.brought)
    return await staff.ask(ports, caller, _change_lines(ports, caller, wish, consent))


async def _change_lines(
    ports: Ports, caller: Caller, wish: OtherLines, consent: Consent
) -> OrderOut:
    now, command = ports.clock.now(), wish.command
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        if command is not None:
            await store.read(tx, wish.order_id)
            repeat = await commands.claim(tx, command, actor.staff_id, now)
            if repeat is not None:
                assert repeat.answer is not None  # It is claimed and finished in one commit.
                return msgspec.json.decode(repeat.answer.body, type=OrderOut)
        before = await opened(tx, actor, wish.order_id, wish.version)
        if wish.table is not None:
            was = before.order
            moved = store.seat(tx, was.seat(wish.table, was.covers), was=was, now=now)
            before = replace(before, order=moved)
        editor = Editor(actor, caller, consent)
        order = await rewrite(tx, editor, before, wish.lines, discount=before.discount, now=now)
        if command is not None:
            commands.finish(tx, command.id, Answer(200, msgspec.json.encode(order)))
        return order
