"""What of an edit somebody may not do alone: give something away, or take off what is spoken for.

Anybody who takes orders may add to them, and correct what nobody has seen yet. Another price, more
discount than the shop's limit, and taking off what the kitchen has or somebody paid towards, need a
permission, or somebody who has it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fynlo import staff
from fynlo.orders import queries
from fynlo.orders.discounts import is_above
from fynlo.orders.pricing import show_quantity
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import Permission, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from fynlo.kernel.ids import LineId, LocationId, OrderId, ProductId, StaffId
    from fynlo.kernel.money import Money
    from fynlo.orders.pricing import Bill, Item, Line
    from fynlo.platform.database import Tx
    from fynlo.staff import Actor, Allowed, Caller, Consent


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
    gave_more: bool
    gone: tuple[_Gone, ...]


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
        gave_more=not before.gave_as_much(bill),
        gone=tuple(_gone(before, bill)),
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
            details=_details(bill, change),
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
    gives = bool(change.priced)
    if change.gave_more and not gives:
        limit = await queries.discount_limit(tx, before.location_id)
        gives = is_above(limit, discount_total=bill.discount_total, subtotal=bill.subtotal)
    takes = bool(change.gone) and before.is_spoken_for
    return (
        *((Permission.PRICE_OVERRIDE,) if gives else ()),
        *((Permission.ORDERS_MANAGE,) if takes else ()),
    )


def _details(bill: Bill, change: _Change) -> dict[str, Any]:
    """Say in plain JSON what an edit gives away and takes off."""
    told: dict[str, Any] = {}
    if change.priced:
        told["prices"] = [_price(line) for line in change.priced]
    if change.gave_more:
        told["discount_total"] = bill.discount_total.minor
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
    if change.priced or change.gave_more:
        names.append("order.price_given")
    if change.gone and before.is_fixed:
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
