"""What an order costs: the server prices every line from the catalogue, to the last unit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.kernel.money import Money, divide_half_away, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.kernel.ids import LineId, ProductId, TaxRateId
    from fynlo.kernel.money import Currency

MILLI: Final = 1000
BASIS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Priced:
    """What pricing needs to know of a product; the rate is in basis points."""

    product_id: ProductId
    name: str
    unit_price: Money
    tax_rate_id: TaxRateId
    rate_basis_points: int
    tax_included: bool
    needs_preparation: bool
    prep_minutes: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `quantity_milli` counts thousandths; `total` includes the tax."""

    id: LineId
    of: Priced
    quantity_milli: int
    note: str | None
    tax: Money
    total: Money


@dataclass(frozen=True, slots=True)
class Bill:
    """All lines and their sums."""

    lines: tuple[Line, ...]
    subtotal: Money
    tax_total: Money
    total: Money
    tax_by_rate: dict[TaxRateId, Money]

    @property
    def needs_preparation(self) -> bool:
        """Whether the kitchen has anything to do."""
        return any(line.of.needs_preparation for line in self.lines)


def price_line(line_id: LineId, of: Priced, quantity_milli: int, note: str | None) -> Line:
    """Price one line; price and tax are each rounded half away from zero, once."""
    assert quantity_milli > 0
    unit = of.unit_price.currency
    price = divide_half_away(of.unit_price.minor * quantity_milli, MILLI)
    if of.tax_included:
        tax = divide_half_away(price * of.rate_basis_points, BASIS + of.rate_basis_points)
        gross = price
    else:
        tax = divide_half_away(price * of.rate_basis_points, BASIS)
        gross = price + tax
    return Line(line_id, of, quantity_milli, note, Money(tax, unit), Money(gross, unit))


def add_up(lines: Sequence[Line], unit: Currency) -> Bill:
    """Add up the lines; `subtotal` is what they cost before added taxes."""
    by_rate: defaultdict[TaxRateId, Money] = defaultdict(lambda: Money(0, unit))
    for line in lines:
        by_rate[line.of.tax_rate_id] += line.tax
    gross = total((line.total for line in lines), unit)
    added = total((line.tax for line in lines if not line.of.tax_included), unit)
    return Bill(
        lines=tuple(lines),
        subtotal=gross - added,
        tax_total=total((line.tax for line in lines), unit),
        total=gross,
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
