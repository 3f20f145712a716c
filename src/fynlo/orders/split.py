"""Take lines off an order, and make an order of them that is paid by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from fynlo import staff
from fynlo.kernel.errors import IdReused, Invalid
from fynlo.kernel.ids import OrderId
from fynlo.orders import queries, store, store_bills
from fynlo.orders.answers import SplitOut, shown
from fynlo.orders.hand_over import hand_over
from fynlo.orders.model import Stage
from fynlo.orders.moves import Moved, MoveKind
from fynlo.orders.parting import must_be_there, part
from fynlo.orders.rewrite import opened
from fynlo.orders.save import save
from fynlo.platform import commands
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import LineId, StaffId
    from fynlo.orders.model import Order
    from fynlo.orders.pricing import Bill
    from fynlo.platform.commands import Command
    from fynlo.platform.database import Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


@dataclass(frozen=True, slots=True)
class Split:
    """Which lines leave, in thousandths, for the version that the till has seen.

    The new order is at the same table, unless another is said; its guests are counted there only.
    """

    version: int
    lines: tuple[tuple[LineId, int], ...]
    table: str | UnsetType | None = UNSET
    covers: int | None = None


async def split(
    ports: Ports, caller: Caller, command: Command, order_id: OrderId, wish: Split
) -> Answer:
    """Make a new order of some lines, once: what they cost, and the kitchen's tickets, go along.

    The new order has the command's id, and stands where the old one does. The command is claimed
    before the order is locked (ADR 0011). Raises `Invalid` for lines that are not there,
    `OrderIsEmpty` when nothing would stay, `MoneyTaken` once anything was paid, `IdReused` for an
    id that another order has, and what `opened` raises.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
        await store.read(tx, order_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        before = await opened(tx, actor, order_id, wish.version)
        before.order.must_have_no_money()
        must_be_there(before.lines, wish.lines)
        parted = part(tuple(before.lines.values()), dict(wish.lines), before.discount, command.id)
        giver = store.seat(tx, _without(before.order, wish.covers), was=before.order, now=now)
        draft = await _draft(tx, giver, command, wish, now=now, by=actor.staff_id)
        taker = await _insert(tx, draft, giver, parted.goes, now)
        store.replace_lines(tx, giver, parted.stays, now)
        if parted.stays.discount is None or parted.stays.discount != before.discount:
            store_bills.share_discount(tx, order_id, order_id, parted.stays.discount)
        store_bills.insert_move(tx, Moved(MoveKind.SPLIT, order_id, taker.id, now, actor.staff_id))
        store.note(tx, giver, now, actor.staff_id, f"split: order {taker.number}")
        giver = await store.read(tx, order_id)
        left, gone = await hand_over(tx, giver, taker, parted.leaving, now)
        if giver.stage is Stage.VALIDATED:
            left, gone = left.pay_if_free(now), gone.validate(now)
        await save(tx, left, was=giver, now=now, by=actor.staff_id)
        await save(tx, gone, was=taker, now=now, by=actor.staff_id)
        out = SplitOut(await shown(tx, taker.id), await shown(tx, order_id))
        answer = Answer(201, msgspec.json.encode(out))
        commands.finish(tx, command.id, answer)
        return answer


def _without(giver: Order, covers: int | None) -> Order:
    """Count the guests that leave no longer; `Invalid` when nobody would be left."""
    if covers is None or giver.covers is None:
        return giver
    if giver.covers <= covers:
        raise Invalid.at("/covers", f"The order is for {giver.covers}; somebody stays.")
    return giver.seat(giver.table, giver.covers - covers)


async def _draft(
    tx: Tx, giver: Order, command: Command, wish: Split, *, now: datetime, by: StaffId
) -> store.Draft:
    return store.Draft(
        id=OrderId(command.id),
        location_id=giver.location_id,
        register_id=giver.register_id,
        business_day=await queries.business_day(tx, giver.location_id, now),
        table=giver.table if isinstance(wish.table, UnsetType) else wish.table,
        covers=wish.covers,
        content_hash=command.body_hash,
        created_by=by,
        reason=f"split from order {giver.number}",
    )


async def _insert(tx: Tx, draft: store.Draft, giver: Order, bill: Bill, now: datetime) -> Order:
    """Insert the new order; whoever gave the old one's discount has given this one's."""
    made = await store.insert(tx, draft, replace(bill, discount=None), now)
    if made is None:
        message = f"{draft.id} is another order."
        raise IdReused(message)
    if bill.discount is not None:
        store_bills.share_discount(tx, giver.id, draft.id, bill.discount)
    return made.order
