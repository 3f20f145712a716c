"""Change what an order is for, as long as it is not paid in full."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

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
    from fynlo.orders.pricing import Item
    from fynlo.orders.rewrite import Open
    from fynlo.platform.commands import Command
    from fynlo.platform.ports import Ports
    from fynlo.staff import Brought, Caller, Consent


@dataclass(frozen=True, slots=True)
class OtherLines:
    """All lines that it is to have, for the version that was seen; and who may allow it.

    A till that `knows_no_ids` means the line that is there by naming the same thing. With `table`
    the order moves there too. As a `command` it happens once: a repeat is told what
    the first was, whatever came after it.
    """

    order_id: OrderId
    version: int | None
    lines: Sequence[LineRequest]
    brought: Brought = NOBODY
    table: str | None = None
    command: Command | None = None
    knows_no_ids: bool = False


async def change_lines(ports: Ports, caller: Caller, wish: OtherLines) -> OrderOut:
    """Replace all lines by those that the till wants, for the version that it has seen.

    Raises what `opened` and `rewrite` raise, and `ApprovalRequired`.
    """
    consent = await staff.consent(ports, caller, Permission.ORDERS_CREATE, wish.brought)
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
        lines = _found(before, wish.lines) if wish.knows_no_ids else wish.lines
        order = await rewrite(tx, editor, before, lines, discount=before.discount, now=now)
        if command is not None:
            commands.finish(tx, command.id, Answer(200, msgspec.json.encode(order)))
        return order


def _found(before: Open, lines: Sequence[LineRequest]) -> list[LineRequest]:
    """Name the lines that are there: each is meant once, by whatever is the same thing."""
    left = list(before.items.values())
    found = []
    for line in lines:
        same = next((one for one in left if line.id is None and _is_meant(line, one)), None)
        if same is not None:
            left.remove(same)
        found.append(line if same is None else replace(line, id=same.id))
    return found


def _is_meant(line: LineRequest, item: Item) -> bool:
    chosen = tuple(one.id for one in item.of.modifiers)
    return line.product_id == item.of.product_id and line.modifiers in {UNSET, chosen}
