"""Bring orders together: one has all the lines then, and the others end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from fynlo import staff
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import LineId, derive
from fynlo.kernel.money import MINOR_MAX
from fynlo.orders import queries_kitchen, store, store_bills
from fynlo.orders.answers import shown
from fynlo.orders.following import Leaving
from fynlo.orders.hand_over import hand_over
from fynlo.orders.lines import LINES_MAX, TotalTooLarge
from fynlo.orders.model import Stage
from fynlo.orders.moves import COVERS_MAX, Moved, MoveKind, OrdersApart
from fynlo.orders.parting import rename, together
from fynlo.orders.pricing import sum_up
from fynlo.orders.rewrite import opened
from fynlo.orders.save import save
from fynlo.platform import commands
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from fynlo.kernel.ids import OrderId, StaffId
    from fynlo.orders.model import Order
    from fynlo.orders.pricing import Bill
    from fynlo.orders.rewrite import Open
    from fynlo.platform.commands import Command
    from fynlo.platform.database import Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller

Names = dict[LineId, LineId]
"""Under which id each line that an order has, or the kitchen has of it, goes on."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Which orders come to this one; each for the version that the till has seen."""

    version: int
    others: tuple[tuple[OrderId, int], ...]


async def merge(
    ports: Ports, caller: Caller, command: Command, order_id: OrderId, wish: Merge
) -> Answer:
    """Put all lines of other orders on this one, once, at what they cost; the others are canceled.

    The command is claimed before the orders are locked (ADR 0011), and they by their ids. What was
    validated stays so. Raises `Invalid` for an order that comes twice or to itself and for too
    many lines or guests, `MoneyTaken` once anything was paid for one of them, `OrdersApart`,
    `TotalTooLarge`, and what `opened` raises.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        await store.read(tx, order_id)
        _must_differ(order_id, wish)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        versions = dict(wish.others) | {order_id: wish.version}
        orders = {one: await opened(tx, actor, one, versions[one]) for one in sorted(versions)}
        target = orders.pop(order_id)
        others = [orders[one] for one, _ in wish.others]
        _must_come_together(target, others)
        names = await _names(tx, target, others, command)
        bill = _bill(target, others, names)
        after = await _take(tx, target, others, bill, _By(actor.staff_id, now))
        for one in others:
            leaving = {was: Leaving(to) for was, to in names[one.order.id].items()}
            giver = await store.read(tx, one.order.id)
            left, after = await hand_over(tx, giver, after, leaving, now)
            reason = f"merged into order {after.number}"
            await save(tx, left.cancel(), was=giver, now=now, by=actor.staff_id, reason=reason)
        was = await store.read(tx, order_id)
        if was.stage is Stage.DRAFT and any(one.order.stage is not was.stage for one in others):
            after = after.validate(now)
        await save(tx, after.pay_if_free(now), was=was, now=now, by=actor.staff_id)
        answer = Answer(200, msgspec.json.encode(await shown(tx, order_id)))
        commands.finish(tx, command.id, answer)
        return answer


@dataclass(frozen=True, slots=True)
class _By:
    """Who does it, and when."""

    staff_id: StaffId
    now: datetime


def _must_differ(order_id: OrderId, wish: Merge) -> None:
    seen = {order_id}
    for index, (other, _) in enumerate(wish.others):
        if other in seen:
            raise Invalid.at(f"/from/{index}/order_id", "An order comes once, and not to itself.")
        seen.add(other)


def _must_come_together(target: Open, others: Sequence[Open]) -> None:
    place = target.order.location_id, target.order.currency
    for one in (target, *others):
        one.order.must_have_no_money()
        if (one.order.location_id, one.order.currency) != place:
            message = f"Order {one.order.number} is of another place."
            raise OrdersApart(message, order_id=str(one.order.id))


async def _names(
    tx: Tx, target: Open, others: Sequence[Open], command: Command
) -> Mapping[OrderId, Names]:
    """Find a new id for each line whose own is taken where it goes."""
    taken = set(await _known(tx, target))
    found: dict[OrderId, Names] = {}
    for one in others:
        names = {
            was: LineId(derive(command.id, f"line:{one.order.id}:{was}")) if was in taken else was
            for was in await _known(tx, one)
        }
        taken |= set(names.values())
        found[one.order.id] = names
    return found


async def _known(tx: Tx, of: Open) -> dict[LineId, None]:
    """List the lines of an order, and those that only the kitchen still has."""
    known = dict.fromkeys(of.lines)
    for ticket in await queries_kitchen.tickets_of(tx, of.order.id):
        known |= dict.fromkeys(line.line_id for line in ticket.lines)
    return known


def _bill(target: Open, others: Sequence[Open], names: Mapping[OrderId, Names]) -> Bill:
    theirs = [
        (rename(tuple(one.lines.values()), names[one.order.id]), one.discount) for one in others
    ]
    own = (list(target.lines.values()), target.discount)
    bill = together([own, *theirs], target.order.currency)
    if len(bill.lines) > LINES_MAX:
        raise Invalid.at("/from", f"An order has {LINES_MAX} lines at most.")
    if bill.subtotal.minor > MINOR_MAX or bill.total.minor > MINOR_MAX:
        raise TotalTooLarge(f"{bill.total} is more than an order may come to.")
    return bill


async def _take(tx: Tx, target: Open, others: Sequence[Open], bill: Bill, by: _By) -> Order:
    """Write the lines, the guests and the discount of all on one order, and none on the others."""
    was, now = target.order, by.now
    seated = store.seat(tx, was.seat(was.table, _covers(was, others)), was=was, now=now)
    store.replace_lines(tx, seated, bill, now)
    given = [one.order.id for one in (target, *others) if one.discount is not None]
    store_bills.share_discount(tx, given[0] if given else was.id, was.id, bill.discount)
    numbers = ", ".join(str(one.order.number) for one in others)
    store.note(tx, seated, now, by.staff_id, f"merged: order {numbers}")
    for one in others:
        store.replace_lines(tx, one.order, sum_up((), was.currency, None), now)
        store.drop_discount(tx, one.order.id)
        moved = Moved(MoveKind.MERGE, one.order.id, was.id, now, by.staff_id)
        store_bills.insert_move(tx, moved)
    return await store.read(tx, was.id)


def _covers(was: Order, others: Sequence[Open]) -> int | None:
    """Add up the guests of those that count any."""
    known = [one for one in (was.covers, *(one.order.covers for one in others)) if one is not None]
    if sum(known) > COVERS_MAX:
        raise Invalid.at("/from", f"An order is for {COVERS_MAX} at most.")
    return sum(known) if known else None
