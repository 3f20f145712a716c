"""What of an edit somebody may not do alone: give something away, or take off what is spoken for.

Anybody who takes orders may add to them, and correct what nobody has seen yet. Another price, more
discount than the shop's limit, and taking off what the kitchen has or somebody paid towards, need a
permission, or somebody who has it. The limit holds for each line by itself too, with its share of
the order's discount: a line may go on to another order, and then what it was a small part of is not
there any more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from fynlo import staff
from fynlo.kernel.money import divide_half_away
from fynlo.orders import queries
from fynlo.orders.discounts import DiscountType, is_above
from fynlo.orders.pricing import MILLI, show_quantity
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import Permission, Wish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from fynlo.kernel.ids import LineId, LocationId, OrderId, ProductId, StaffId
    from fynlo.kernel.money import Money
    from fynlo.orders.pricing import Bill, Item, Line
    from fynlo.platform.database import Tx
    from fynlo.staff import Actor, Allowed, Caller, Consent


ROUNDED_AWAY_MIN: Final = 3
"""How many minor units may be lost by weighing a thing in a few pieces."""


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits, from where, and what they bring of somebody else."""

    actor: Actor
    caller: Caller
    consent: Consent


@dataclass(frozen=True, slots=True)
class Ground:
    """What stood on an order before an edit, and what was taken off it: somebody allowed that."""

    order_id: OrderId
    location_id: LocationId
    lines: Mapping[LineId, Line]
    discount_total: Money
    subtotal: Money
    total: Money
    kitchen_state: str
    is_spoken_for: bool
    """Whether the kitchen has it, or somebody paid towards it."""
    is_fixed: bool
    """Whether it was validated: what is taken off then is on record."""

    def gave_as_much(self, bill: Bill) -> bool:
        """Whether no more is taken off now, neither in money nor as a share of everything."""
        share_now = bill.discount_total.minor * self.subtotal.minor
        share_then = self.discount_total.minor * bill.subtotal.minor
        return bill.discount_total <= self.discount_total and share_now <= share_then


@dataclass(frozen=True, slots=True)
class _Gone:
    """What there is less of: the thing, by the name it was sold under, and how many thousandths."""

    product_id: ProductId
    name: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class _Change:
    """What an edit does that matters: prices that somebody made, discounts, and what goes."""

    priced: tuple[Line, ...]
    given: tuple[Line, ...]
    """Lines with more of a discount of their own than they had."""
    bearing: tuple[Line, ...]
    """Lines of which more is taken off in all, with their share of the order's discount."""
    gave_more: bool
    rounded_away: int
    """What is lost by selling a thing in small pieces, in minor units, as far as it matters."""
    gone: tuple[_Gone, ...]
    is_cheaper: bool
    """Whether it comes to less, before discounts."""

    @property
    def gives(self) -> bool:
        """Whether it gives anything away."""
        is_more_off = self.given or self.bearing or self.gave_more
        return bool(self.priced or is_more_off or self.rounded_away)

    @property
    def takes(self) -> bool:
        """Whether it takes anything off."""
        return bool(self.gone) or self.is_cheaper


async def allow(
    tx: Tx, editor: Editor, before: Ground, bill: Bill, now: datetime
) -> tuple[Bill, StaffId]:
    """Refuse what the editor may do neither alone nor with whom they bring; put it on record.

    Returns the bill with who stands by its new prices, and who that is. What somebody else allowed
    before was for what stood there then: more of it is theirs to allow again. Raises what
    `staff.allow` raises.
    """
    change = _Change(
        priced=tuple(one for one in bill.lines if _is_more_of_another_price(one.item, before)),
        given=tuple(one for one in bill.lines if _has_more_off(one, before)),
        bearing=tuple(one for one in bill.lines if _bears_more(one, before)),
        gave_more=not before.gave_as_much(bill),
        rounded_away=_rounded_away_now(before, bill),
        gone=tuple(_gone(before, bill)),
        is_cheaper=bill.subtotal < before.subtotal,
    )
    needed = await _needed(tx, before, bill, change)
    missing = tuple(one for one in needed if one not in editor.actor.permissions)
    allowed = None
    if missing:
        wish = Wish(
            permissions=missing,
            target_kind="order",
            target_id=before.order_id,
            location_id=before.location_id,
            amount=bill.total,
            details=_details(bill, change) | _as_it_stands(before, change),
        )
        allowed = await staff.allow(tx, editor.caller, wish, editor.consent, now)
    audit.record(tx, now, editor.caller, *_acts(before, bill, change, allowed))
    giver = editor.actor.staff_id if allowed is None else allowed.by
    return _in_the_name_of(giver, bill, change), giver


def _is_more_of_another_price(item: Item, before: Ground) -> bool:
    if item.of.override is None:
        return False
    line = before.lines.get(item.id)
    return line is None or line.of != item.of or line.item.quantity_milli < item.quantity_milli


def _has_more_off(line: Line, before: Ground) -> bool:
    """Whether a larger part of its price is taken off by its own discount than there was."""
    item, was = line.item, before.lines.get(line.id)
    if item.discount is None:
        return False
    if was is None or was.item.discount is None or _thing(was) != _thing(line):
        return True
    if item.discount == was.item.discount and item.discount.type is DiscountType.PERCENT:
        return False  # Another quantity rounds it otherwise.
    now_off, then_off = item.discount_amount.minor, was.item.discount_amount.minor
    return now_off * was.item.price.minor > then_off * item.price.minor


def _bears_more(line: Line, before: Ground) -> bool:
    """Whether both discounts together take a larger part of its price off than they did.

    What an order's fixed sum takes off the lines that stay grows as others go.
    """
    if not line.discount_share:
        return False
    was = before.lines.get(line.id)
    if was is None or _thing(was) != _thing(line):
        return True
    return _weighed(line).minor * was.item.price.minor > was.discounts.minor * line.item.price.minor


def _weighed(line: Line) -> Money:
    """Say what is taken off a line, but for the unit by which its share may have been rounded."""
    share = line.discount_share.minor
    return line.item.discount_amount + replace(line.discount_share, minor=max(0, share - 1))


def _rounded_away_now(before: Ground, bill: Bill) -> int:
    """Tell what is lost to rounding, if it is more than weighing a few pieces loses, and new."""
    lost = _rounded_away(bill.lines)
    is_new = lost > _rounded_away(before.lines.values())
    return lost if lost >= ROUNDED_AWAY_MIN and is_new else 0


def _rounded_away(lines: Iterable[Line]) -> int:
    """Compare each thing's lines with what they would cost as one, in minor units."""
    milli: Counter[tuple[object, ...]] = Counter()
    price: Counter[tuple[object, ...]] = Counter()
    unit: dict[tuple[object, ...], int] = {}
    for line in lines:
        what = *_thing(line), line.of.unit_price.minor
        milli[what] += line.item.quantity_milli
        price[what] += line.item.price.minor
        unit[what] = line.of.unit_price.minor
    wholes = {what: divide_half_away(unit[what] * milli[what], MILLI) for what in unit}
    return sum(max(0, whole - price[what]) for what, whole in wholes.items())


def _gone(before: Ground, bill: Bill) -> Iterator[_Gone]:
    """Find what there is less of, on whichever line: another choice makes it another thing."""
    left: Counter[tuple[object, ...]] = Counter()
    for line in bill.lines:
        left[_thing(line)] += line.item.quantity_milli
    was: dict[tuple[object, ...], _Gone] = {}
    for line in before.lines.values():
        known = was.get(_thing(line), _Gone(line.of.product_id, line.of.name, 0))
        more = known.quantity_milli + line.item.quantity_milli
        was[_thing(line)] = replace(known, quantity_milli=more)
    for thing, one in was.items():
        if left[thing] < one.quantity_milli:
            yield replace(one, quantity_milli=one.quantity_milli - left[thing])


def _thing(line: Line) -> tuple[object, ...]:
    return line.of.product_id, tuple(sorted(one.id for one in line.of.modifiers))


async def _needed(tx: Tx, before: Ground, bill: Bill, change: _Change) -> tuple[Permission, ...]:
    gives = bool(change.priced or change.rounded_away)
    if change.gives and not gives:
        limit = await queries.discount_limit(tx, before.location_id)
        gives = any(
            is_above(limit, discount_total=_weighed(one), subtotal=one.item.price)
            for one in (*change.given, *change.bearing)
        ) or (
            change.gave_more
            and is_above(limit, discount_total=bill.discount_total, subtotal=bill.subtotal)
        )
    takes = change.takes and before.is_spoken_for
    return (
        *((Permission.PRICE_OVERRIDE,) if gives else ()),
        *((Permission.ORDERS_MANAGE,) if takes else ()),
    )


def _details(bill: Bill, change: _Change) -> dict[str, Any]:
    """Say in plain JSON what an edit gives away and takes off."""
    told: dict[str, Any] = {}
    if change.priced:
        told["prices"] = [_price(line) for line in change.priced]
    if change.gave_more or change.given or change.bearing:
        told["discount_total"] = bill.discount_total.minor
    if change.rounded_away:
        told["rounded_away"] = change.rounded_away
    if change.gone:
        told["taken_off"] = [
            {
                "product_id": str(one.product_id),
                "name": one.name,
                "quantity": show_quantity(one.quantity_milli),
            }
            for one in change.gone
        ]
    return told


def _as_it_stands(before: Ground, change: _Change) -> dict[str, Any]:
    """Say what the order is like from which something is taken: another order is another wish."""
    if not change.takes:
        return {}
    return {"kitchen_state": before.kitchen_state, "from_total": before.total.minor}


def _price(line: Line) -> dict[str, Any]:
    assert line.of.override is not None
    return {
        "line_id": str(line.id),
        "name": line.of.name,
        "quantity": show_quantity(line.item.quantity_milli),
        "unit_price": line.of.unit_price.minor,
        "reason": line.of.override.reason,
    }


def _acts(before: Ground, bill: Bill, change: _Change, allowed: Allowed | None) -> Iterator[Act]:
    """Say who gave what away, and what was taken off an order that stood."""
    told = _details(bill, change) | {"total": bill.total.minor}
    names = []
    if change.gives:
        names.append("order.price_given")
    if change.takes and before.is_fixed:
        names.append("order.lines_taken_off")
    for name in names:
        yield Act(
            name,
            "order",
            before.order_id,
            before={"discount_total": before.discount_total.minor, "total": before.total.minor},
            after=told,
            location_id=before.location_id,
            approved_by=None if allowed is None else allowed.by,
            approval_id=None if allowed is None else allowed.approval_id,
        )


def _in_the_name_of(giver: StaffId, bill: Bill, change: _Change) -> Bill:
    """Write who stands by each new price."""
    given = {line.id for line in change.priced}
    return replace(
        bill, lines=tuple(_given_by(giver, one) if one.id in given else one for one in bill.lines)
    )


def _given_by(giver: StaffId, line: Line) -> Line:
    assert line.of.override is not None
    of = replace(line.of, override=replace(line.of.override, by=giver))
    return replace(line, item=replace(line.item, of=of))
