"""Take an order: the server prices it and gives it the day's next number."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.kernel.errors import IdReused, Invalid
from fynlo.kernel.ids import LocationId, OrderId, RegisterId, uuid7
from fynlo.kernel.money import Money, currency
from fynlo.orders import store
from fynlo.orders.allow import Editor, Ground, allow
from fynlo.orders.answers import OrderOut, order_out, shown
from fynlo.orders.lines import Place, Wanted, price
from fynlo.orders.model import KitchenState
from fynlo.orders.queries import Contents
from fynlo.platform.commands import Made
from fynlo.staff import Consent, Permission

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.orders.discounts import Discount
    from fynlo.orders.lines import LineRequest
    from fynlo.orders.model import Order
    from fynlo.orders.pricing import Bill
    from fynlo.orders.store import Saved
    from fynlo.platform.database import Row, Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff import Actor, Caller


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """What the till asks for; `content_hash` recognises the same content under the same id."""

    id: OrderId | None
    location_id: LocationId | None
    register_id: RegisterId | None
    table: str | None
    covers: int | None
    lines: tuple[LineRequest, ...]
    content_hash: bytes
    discount: Discount | None = None


async def create(ports: Ports, caller: Caller, wish: CreateOrder) -> Made[OrderOut]:
    """Take an order as a draft. The same id and content again gives the same order.

    Raises `IdReused` for other content under a known id, `Invalid` for an unknown location or
    register, `Forbidden` for a
    price or a discount that this person may not give, and what `price` raises.
    """
    now = ports.clock.now()
    with suppress(_Taken):
        async with ports.db.transaction(caller.merchant_id) as tx:
            actor = await staff.admit(tx, caller, Permission.ORDERS_CREATE, now)
            if wish.id is not None and (known := await store.find(tx, wish.id)) is not None:
                return await _same(tx, known, wish)
            made, bill = await _take(tx, caller, actor, wish, now)
            assert made.change is not None
            contents = Contents(bill.lines, (made.change,), bill.discount)
            return Made(order_out(made.order, contents), is_replay=False)
    # Somebody took the id meanwhile; it is committed by now.
    async with ports.db.transaction(caller.merchant_id) as tx:
        assert wish.id is not None, "An id that is minted here is nobody else's."
        return await _same(tx, await store.read(tx, wish.id), wish)


def _nothing_yet(order_id: OrderId, location_id: LocationId, nothing: Money) -> Ground:
    return Ground(
        order_id=order_id,
        location_id=location_id,
        lines={},
        discount_total=nothing,
        subtotal=nothing,
        total=nothing,
        kitchen_state=KitchenState.NONE.value,
        is_spoken_for=False,
        is_fixed=False,
    )


class _Taken(Exception):
    """The id was given away at the same moment; nothing of this order is kept."""


async def _take(
    tx: Tx, caller: Caller, actor: Actor, wish: CreateOrder, now: datetime
) -> tuple[Saved, Bill]:
    place = await _place(tx, actor, wish)
    order_id = wish.id or OrderId(uuid7(now))
    location_id = LocationId(place["location_id"])
    at = Place(location_id, currency(place["currency"]), now)
    wanted = Wanted(order_id, wish.lines, wish.discount, actor.staff_id)
    bill = await price(tx, wanted, at, {})
    # There is nothing yet that another person could be asked about.
    editor = Editor(actor, caller, Consent())
    before = _nothing_yet(order_id, location_id, Money(0, at.unit))
    bill, _ = await allow(tx, editor, before, bill, now)
    draft = store.Draft(
        id=order_id,
        location_id=location_id,
        register_id=wish.register_id,
        business_day=staff.business_day(now, place["timezone"], place["day_cutoff"]),
        table=wish.table,
        covers=wish.covers,
        content_hash=wish.content_hash,
        created_by=actor.staff_id,
    )
    made = await store.insert(tx, draft, bill, now)
    if made is None:
        raise _Taken
    return made, bill


async def _same(tx: Tx, known: Order, wish: CreateOrder) -> Made[OrderOut]:
    if known.content_hash != wish.content_hash:
        raise IdReused(f"{known.id} is another order.")
    return Made(await shown(tx, known.id), is_replay=True)


async def _place(tx: Tx, actor: Actor, wish: CreateOrder) -> Row:
    """Find where the order is taken: the register's location, the named one, or the only one."""
    rows = await store.places(tx, wish.location_id, wish.register_id)
    if wish.location_id is None and wish.register_id is None:
        rows = [row for row in rows if row["location_id"] in actor.location_ids] or rows
    if not rows:
        raise await _nowhere(tx, wish)
    if len(rows) > 1:
        raise _invalid("location_id", "Say at which location.")
    actor.must_work_at(LocationId(rows[0]["location_id"]))
    return rows[0]


async def _nowhere(tx: Tx, wish: CreateOrder) -> Invalid:
    is_there = wish.location_id is None or bool(await store.places(tx, wish.location_id, None))
    if wish.register_id is None or not is_there:
        return _invalid("location_id", "There is no such location, or it is not in use.")
    return _invalid("register_id", "There is no such register there, or it is not in use.")


def _invalid(field: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": f"/{field}", "detail": detail}])
