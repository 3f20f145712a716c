"""How a bill is parted in two, and how several become one: no unit is lost, none is doubled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import LineId, derive
from fynlo.kernel.money import Money, total
from fynlo.orders.discounts import Discount, DiscountType
from fynlo.orders.following import Leaving
from fynlo.orders.kitchen import Key
from fynlo.orders.model import OrderIsEmpty
from fynlo.orders.pricing import Part, price_line, sum_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from fynlo.kernel.money import Currency
    from fynlo.orders.pricing import Bill, Line


@dataclass(frozen=True, slots=True)
class Parted:
    """What stays on an order and what goes to another, and how each line goes."""

    stays: Bill
    goes: Bill
    leaving: Mapping[LineId, Leaving]


def must_be_there(lines: Mapping[LineId, Line], wish: Sequence[tuple[LineId, int]]) -> None:
    """Refuse to take what is not there: a line, twice a line, or more of it than it has."""
    seen: set[LineId] = set()
    for index, (line_id, milli) in enumerate(wish):
        if line_id not in lines or line_id in seen:
            detail = "comes twice" if line_id in seen else "is not on this order"
            raise Invalid.at(f"/lines/{index}/line_id", f"The line {line_id} {detail}.")
        if milli > lines[line_id].item.quantity_milli:
            raise Invalid.at(f"/lines/{index}/quantity", "There is not as much of it.")
        seen.add(line_id)


def part(
    lines: Sequence[Line], taken: Mapping[LineId, int], discount: Discount | None, name: UUID
) -> Parted:
    """Take so many thousandths of these lines away, as they are priced and discounted.

    A line that goes whole keeps its id; a part of one is named after `name`. Raises
    `OrderIsEmpty` when nothing would stay.
    """
    stays: list[Line] = []
    goes: list[Line] = []
    leaving: dict[LineId, Leaving] = {}
    for line in lines:
        milli = taken.get(line.id, 0)
        if not milli:
            stays.append(line)
        elif milli == line.item.quantity_milli:
            goes.append(line)
            leaving[line.id] = Leaving(line.id)
        else:
            new_id = LineId(derive(name, f"line:{line.id}"))
            rest, gone = part_line(line, milli, new_id)
            stays.append(rest)
            goes.append(gone)
            key = Key(line.id, line.of.product_id, line.of.choice)
            leaving[line.id] = Leaving(new_id, key, milli)
    if not stays:
        raise OrderIsEmpty("Something stays: an order as a whole moves to another table.")
    unit = stays[0].total.currency
    borne = total((line.discount_share for line in goes), unit)
    first, second = _divide(discount, borne)
    return Parted(sum_up(stays, unit, first), sum_up(goes, unit, second), leaving)


def part_line(line: Line, milli: int, new_id: LineId) -> tuple[Line, Line]:
    """Part one line into what stays and the given thousandths of it, which are under a new id.

    Its own fixed discount, and what it bears of the order's, are split by what each part costs.
    """
    item = line.item
    rest_milli = item.quantity_milli - milli
    assert 0 < milli < item.quantity_milli
    rest = replace(item, quantity_milli=rest_milli, version=item.version + 1)
    before = replace(item.part, before_milli=item.part.before_milli + rest_milli)
    gone = replace(item, id=new_id, quantity_milli=milli, version=1, part=before)
    if item.discount is not None and item.discount.type is DiscountType.AMOUNT:
        first, second = item.discount_amount.split([rest.price.minor, gone.price.minor])
        rest = replace(rest, discount=_amount(first))
        gone = replace(gone, discount=_amount(second))
    shares = [line.discount_share, line.discount_share]
    if line.discount_share:
        shares = line.discount_share.split([rest.left.minor, gone.left.minor])
    charged = item.part.before_minor + (rest.left - shares[0]).minor
    gone = replace(gone, part=Part(before.before_milli, charged))
    return price_line(rest, shares[0]), price_line(gone, shares[1])


def together(bills: Sequence[tuple[Sequence[Line], Discount | None]], unit: Currency) -> Bill:
    """Put the lines of several orders on one; what each bears of its order's discount stays so.

    One percentage for all goes on as it is. What differs becomes an amount: what it comes to.
    """
    lines = list(chain.from_iterable(one for one, _ in bills))
    given = {discount for one, discount in bills if one}
    borne = total((line.discount_share for line in lines), unit)
    discount = _amount(borne)
    if len(given) == 1 and all(one is None or one.type is DiscountType.PERCENT for one in given):
        (discount,) = given
    return sum_up(lines, unit, discount)


def rename(lines: Sequence[Line], names: Mapping[LineId, LineId]) -> list[Line]:
    """Give lines other ids, where their own are taken."""
    return [
        replace(line, item=replace(line.item, id=names.get(line.id, line.id))) for line in lines
    ]


def _divide(discount: Discount | None, borne: Money) -> tuple[Discount | None, Discount | None]:
    """Leave a percentage on both; of an amount, what goes bears goes with it."""
    if discount is None or discount.type is DiscountType.PERCENT:
        return discount, discount
    rest = Money(discount.value, borne.currency) - borne
    return _amount(rest), _amount(borne)


def _amount(off: Money) -> Discount | None:
    return Discount(DiscountType.AMOUNT, off.minor) if off else None
