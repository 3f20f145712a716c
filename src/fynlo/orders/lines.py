"""Turn what a till asks for into priced lines, or say at once everything that is wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import UNSET, UnsetType

from fynlo import catalog
from fynlo.kernel.errors import DomainError, Invalid, Kind, Retry
from fynlo.kernel.ids import LineId, ProductId, derive
from fynlo.kernel.money import MINOR_MAX, Money
from fynlo.orders.pricing import Bill, Chosen, Item, Override, Priced, add_up, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from fynlo.catalog import Offer
    from fynlo.kernel.ids import LocationId, OrderId, StaffId
    from fynlo.kernel.money import Currency
    from fynlo.orders.discounts import Discount
    from fynlo.orders.pricing import Line
    from fynlo.platform.database import Tx


LINES_MAX: Final = 500


class ProductUnavailable(DomainError):
    """Something on the order is not for sale here; `product_ids` names it."""

    kind = Kind.REFUSED
    code = "product-unavailable"
    title = "A product is not for sale here."
    retry = Retry.NEW_KEY


class LineCannotGrow(DomainError):
    """More of it is not sold at the line's price; `line_ids` names it, and the rest is its own."""

    kind = Kind.REFUSED
    code = "line-cannot-grow"
    title = "More of this is not sold at the price of its line: add the rest as a line of its own."
    retry = Retry.NEW_KEY


class TotalTooLarge(DomainError):
    """More than any order may come to."""

    kind = Kind.REFUSED
    code = "total-too-large"
    title = "The order comes to too much."
    retry = Retry.NEW_KEY


@dataclass(frozen=True, slots=True)
class OtherPrice:
    """Another price than the menu's, in minor units, and why."""

    unit_price: int
    reason: str


@dataclass(frozen=True, slots=True)
class LineRequest:
    """One line as the till asks for it. What is not said of its price stays as it is."""

    product_id: ProductId
    quantity: int | str
    id: UUID | None = None
    note: str | None = None
    modifiers: tuple[UUID, ...] | UnsetType = UNSET
    discount: Discount | UnsetType | None = UNSET
    price_override: OtherPrice | UnsetType | None = UNSET


Asked: TypeAlias = "tuple[LineId, LineRequest, int]"
"""A line with its id, and its quantity in thousandths."""

Kept: TypeAlias = "Mapping[LineId, Item]"
"""What already stands on the order: the same thing keeps the price that it was taken at."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """All lines that an order is to have, and who says so."""

    order_id: OrderId
    lines: Sequence[LineRequest]
    discount: Discount | None
    by: StaffId
    edition: str = "line"
    """What lines without an id are named after: no name that was used before is used again."""
    standing: Sequence[Line] = ()
    """The lines that bear this very discount now, if it stays as it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where lines are priced, and when: taxes and what is sold out depend on it."""

    location_id: LocationId
    unit: Currency
    now: datetime


async def price(tx: Tx, wanted: Wanted, at: Place, kept: Kept) -> Bill:
    """Price lines: new ones as the location offers them, and what stands there as it was taken.

    Raises `Invalid` for a quantity that is none or a line id that comes twice,
    `ProductUnavailable` for products that are unknown, inactive, of another currency or sold out
    there, `ModifierNotOffered`, `LineCannotGrow`, `DiscountTooLarge`, and `TotalTooLarge`. What is
    on the order already stays on it, sold out or not; more of it is sold as it is offered today.
    """
    if len(wanted.lines) > LINES_MAX:
        raise Invalid.at("/lines", f"An order has {LINES_MAX} lines at most.")
    quantities = [
        quantity_milli(line.quantity, f"/lines/{index}/quantity")
        for index, line in enumerate(wanted.lines)
    ]
    ids = [
        LineId(line.id or derive(wanted.order_id, f"{wanted.edition}:{index}"))
        for index, line in enumerate(wanted.lines)
    ]
    if len(set(ids)) < len(ids):
        raise Invalid.at("/lines", "Two lines have the same id.")
    asked = list(zip(ids, wanted.lines, quantities, strict=True))
    sold = await _sold(tx, asked, at, kept)
    items = [
        _item(line_id, line, quantity, _Ground(kept.get(line_id), sold, wanted.by))
        for line_id, line, quantity in asked
    ]
    bill = add_up(items, at.unit, wanted.discount, wanted.standing)
    if bill.subtotal.minor > MINOR_MAX or bill.total.minor > MINOR_MAX:
        raise TotalTooLarge(f"{bill.total} is more than an order may come to.")
    return bill


def _stays(line: LineRequest, was: Item | None) -> bool:
    """Whether it is the same thing, sold at the price that it was taken at."""
    if not _is_same(line, was):
        return False
    assert was is not None
    is_none_still = line.price_override is None and was.of.override is None
    if line.price_override is not UNSET and not is_none_still:
        return False
    return line.modifiers in {UNSET, tuple(one.id for one in was.of.modifiers)}


def _is_same(line: LineRequest, was: Item | None) -> bool:
    """Whether the till means the line that is there: it names it, and what is sold is the same."""
    return line.id is not None and was is not None and was.of.product_id == line.product_id


async def _sold(tx: Tx, asked: Sequence[Asked], at: Place, kept: Kept) -> dict[ProductId, Offer]:
    """Find what is sold here of what is new, or chosen anew; and refuse more of what is not.

    What is sold out is sold to those who have as much of it already.
    """
    new: set[ProductId] = set()
    grown: list[Item] = []
    besides: Counter[ProductId] = Counter()  # In thousandths: how much more there is to be.
    for item in kept.values():
        besides[item.of.product_id] -= item.quantity_milli
    for line_id, line, quantity in asked:
        was = kept.get(line_id)
        besides[line.product_id] += quantity
        if was is None or not _stays(line, was):
            new.add(line.product_id)
        elif was.quantity_milli < quantity and was.of.override is None:
            grown.append(was)
    wanted = new | {item.of.product_id for item in grown}
    offers = await catalog.offers(tx, at.location_id, wanted, at.now) if wanted else {}
    sold = {
        key: one
        for key, one in offers.items()
        if one.product.active and one.product.price.currency is at.unit
    }
    missing = {
        one for one in new if one not in sold or (sold[one].is_sold_out and besides[one] > 0)
    }
    if missing:
        named = [str(one) for one in sorted(missing)]
        raise ProductUnavailable("Not for sale here: " + ", ".join(named), product_ids=named)
    if stuck := [str(item.id) for item in grown if not _is_offered(item, sold)]:
        message = f"The menu has no more at this price; add a line of its own: {', '.join(stuck)}."
        raise LineCannotGrow(message, line_ids=stuck)
    return sold


def _is_offered(item: Item, sold: Mapping[ProductId, Offer]) -> bool:
    """Whether more of it is sold today at the very price that it was taken at."""
    offer = sold.get(item.of.product_id)
    if offer is None or offer.is_sold_out:
        return False
    chosen = [one.id for one in item.of.modifiers]
    if not offer.modifiers.keys() >= set(chosen):
        return False
    return catalog.unit_price(offer, chosen) == item.of.unit_price


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a line is made from: what stood there, what is sold, and who asks."""

    was: Item | None
    sold: Mapping[ProductId, Offer]
    by: StaffId


def _item(line_id: LineId, line: LineRequest, quantity: int, ground: _Ground) -> Item:
    was = ground.was
    if was is not None and _stays(line, was):
        of = was.of
    else:
        of = _priced(ground.sold[line.product_id], _chosen(line, was))
        of = _at_another_price(of, line, was, ground.by)
    discount = line.discount
    if isinstance(discount, UnsetType):
        discount = was.discount if was is not None and _is_same(line, was) else None
    item = Item(line_id, of, quantity, line.note, discount)
    if was is None:
        return item
    if was.of == of and was.quantity_milli == quantity:
        item = replace(item, part=was.part)  # It costs what it cost as a part of a line.
    same = replace(item, version=was.version)
    return same if same == was else replace(item, version=was.version + 1)


def _at_another_price(of: Priced, line: LineRequest, was: Item | None, by: StaffId) -> Priced:
    """Sell it at the price that is said, or that was said of this line before it was changed."""
    other = line.price_override
    if isinstance(other, OtherPrice):
        price = Money(other.unit_price, of.unit_price.currency)
        return replace(of, unit_price=price, override=Override(by, other.reason))
    if other is UNSET and was is not None and _is_same(line, was) and was.of.override is not None:
        return replace(of, unit_price=was.of.unit_price, override=was.of.override)
    return of


def quantity_milli(quantity: int | str, pointer: str) -> int:
    """Read a quantity as thousandths; `Invalid` for what is none."""
    try:
        return parse_quantity(quantity)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from None


def _chosen(line: LineRequest, was: Item | None) -> tuple[UUID, ...]:
    """Return what is chosen with it; what is not said stays, as long as it is the same thing."""
    if not isinstance(line.modifiers, UnsetType):
        return line.modifiers
    if was is None or not _is_same(line, was):
        return ()
    return tuple(one.id for one in was.of.modifiers)


def _priced(offer: Offer, chosen: Sequence[UUID]) -> Priced:
    product, price = offer.product, catalog.unit_price(offer, chosen)
    modifiers = tuple(offer.modifiers[one] for one in chosen)
    return Priced(
        product_id=product.id,
        name=product.name,
        unit_price=price,
        modifiers=tuple(Chosen(one.id, one.name, one.price_delta) for one in modifiers),
        tax_rate_id=product.tax_rate_id,
        rate_basis_points=product.rate_basis_points,
        tax_included=product.tax_included,
        needs_preparation=product.needs_preparation,
        prep_minutes=product.prep_minutes,
    )
