"""What an order costs: the server prices every line from the catalogue, to the last unit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.kernel.money import Money, divide_half_away, total
from fynlo.orders.discounts import BASIS, DiscountTooLarge, shares

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fynlo.kernel.ids import LineId, ProductId, StaffId, TaxRateId
    from fynlo.kernel.money import Currency
    from fynlo.orders.discounts import Discount

MILLI: Final = 1000


@dataclass(frozen=True, slots=True)
class Priced:
    """What pricing needs to know of a product with its modifiers; the rate is in basis points."""

    product_id: ProductId
    name: str
    unit_price: Money
    tax_rate_id: TaxRateId
    rate_basis_points: int
    tax_included: bool
    needs_preparation: bool
    prep_minutes: int
    modifiers: tuple[Chosen, ...] = ()
    override: Override | None = None

    @property
    def choice(self) -> str:
        """What is chosen with it, as the kitchen reads it."""
        return ", ".join(one.name for one in self.modifiers)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A modifier as it was chosen; what it adds is in the unit price."""

    id: UUID
    name: str
    price_delta: Money


@dataclass(frozen=True, slots=True)
class Override:
    """Who sold it at another price than the menu's, and why."""

    by: StaffId
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """What of a line that was parted comes before this part: thousandths, and units charged.

    A part costs what the line costs up to its end, less what it costs up to its beginning; its
    tax and its percentage likewise. So parts come to the line exactly, however often it is parted.
    """

    before_milli: int = 0
    before_minor: int = 0


WHOLE: Final = Part()
"""Nothing comes before it."""


@dataclass(frozen=True, slots=True)
class Item:
    """What stands on a line, before it is priced; `quantity_milli` counts thousandths."""

    id: LineId
    of: Priced
    quantity_milli: int
    note: str | None = None
    discount: Discount | None = None
    version: int = 1
    part: Part = WHOLE

    @property
    def price(self) -> Money:
        """What it costs before any discount, rounded half away from zero."""
        before = self.part.before_milli
        return self._cost(before + self.quantity_milli) - self._cost(before)

    @property
    def left(self) -> Money:
        """What of its price its own discount leaves."""
        return self.price - self.discount_amount

    @property
    def discount_amount(self) -> Money:
        """What its own discount takes off; `DiscountTooLarge` for more than it costs."""
        if self.discount is None:
            return Money(0, self.of.unit_price.currency)
        off = self.discount.off_part(self._cost(self.part.before_milli), self.price)
        if self.price < off:
            message = f"{off} cannot be taken off {self.of.name}, which costs {self.price}."
            raise DiscountTooLarge(message, line_id=str(self.id), price=self.price.minor)
        return off

    def _cost(self, milli: int) -> Money:
        """Say what so many thousandths cost."""
        minor = divide_half_away(self.of.unit_price.minor * milli, MILLI)
        return Money(minor, self.of.unit_price.currency)


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is priced: `total` includes the tax, and is what is left after discounts."""

    item: Item
    discount_share: Money
    """What it bears of the order's discount."""
    tax: Money
    total: Money

    @property
    def id(self) -> LineId:
        """Which line it is."""
        return self.item.id

    @property
    def of(self) -> Priced:
        """What is sold."""
        return self.item.of

    @property
    def discounts(self) -> Money:
        """All that is taken off it."""
        return self.item.discount_amount + self.discount_share


@dataclass(frozen=True, slots=True)
class Bill:
    """All lines and their sums."""

    lines: tuple[Line, ...]
    discount: Discount | None
    subtotal: Money
    """What everything costs before discounts, and before taxes that are added."""
    discount_total: Money
    tax_total: Money
    total: Money
    tax_by_rate: dict[TaxRateId, Money]

    @property
    def needs_preparation(self) -> bool:
        """Whether the kitchen has anything to do."""
        return any(line.of.needs_preparation for line in self.lines)


def price_line(item: Item, discount_share: Money) -> Line:
    """Price one line; price and tax are each rounded half away from zero, once.

    The tax is of what is left after every discount.
    """
    assert item.quantity_milli > 0
    unit, of, before = item.of.unit_price.currency, item.of, item.part.before_minor
    net = (item.left - discount_share).minor
    assert net >= 0
    tax = _tax(of, before + net) - _tax(of, before)
    gross = net if of.tax_included else net + tax
    return Line(item, discount_share, Money(tax, unit), Money(gross, unit))


def _tax(of: Priced, net: int) -> int:
    """Say what tax is in so many minor units, or comes on top of them."""
    base = BASIS + of.rate_basis_points if of.tax_included else BASIS
    return divide_half_away(net * of.rate_basis_points, base)


def add_up(
    items: Sequence[Item],
    unit: Currency,
    discount: Discount | None = None,
    standing: Sequence[Line] = (),
) -> Bill:
    """Price all lines and add them up. Raises `DiscountTooLarge` for a line's discount.

    `standing` are the lines that bear this very discount now: where nothing changes of what they
    cost, each goes on to bear what it bears.
    """
    left = [(item.id, item.left) for item in items]
    if left == [(line.id, line.item.left) for line in standing]:
        shared = [line.discount_share for line in standing]
    else:
        shared = shares(discount, [amount for _, amount in left], Money(0, unit))
    lines = tuple(price_line(item, share) for item, share in zip(items, shared, strict=True))
    return sum_up(lines, unit, discount)


def sum_up(lines: Sequence[Line], unit: Currency, discount: Discount | None) -> Bill:
    """Add up lines as they are priced; `discount` is what they bear their shares of."""
    nothing = Money(0, unit)
    by_rate: defaultdict[TaxRateId, Money] = defaultdict(lambda: nothing)
    for line in lines:
        by_rate[line.of.tax_rate_id] += line.tax
    return Bill(
        lines=tuple(lines),
        discount=discount,
        subtotal=total((line.item.price for line in lines), unit),
        discount_total=total((line.discounts for line in lines), unit),
        tax_total=total((line.tax for line in lines), unit),
        total=total((line.total for line in lines), unit),
        tax_by_rate=dict(by_rate),
    )


def parse_quantity(quantity: int | str) -> int:
    """Read a quantity as thousandths: a whole number, or a decimal text of up to three places.

    Raises `ValueError` for anything else, and for what is not between 0.001 and 100 000.
    """
    whole, _, places = str(quantity).partition(".")
    digits = whole + places
    if not (digits.isascii() and digits.isdigit() and whole) or len(places) > 3:
        raise ValueError(f"{quantity!r} is no quantity.")
    milli = int(whole) * MILLI + int(places.ljust(3, "0"))
    if not 0 < milli <= 100_000 * MILLI:
        raise ValueError(f"{quantity!r} is out of range.")
    return milli


def show_quantity(milli: int) -> int | str:
    """Write thousandths as the shortest quantity."""
    if milli % MILLI == 0:
        return milli // MILLI
    return f"{milli // MILLI}.{milli % MILLI:03}".rstrip("0")
