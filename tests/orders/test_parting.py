"""A bill is parted, and bills come together, and not a unit is lost, doubled or taxed twice."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import LineId
from fynlo.orders.model import OrderIsEmpty
from fynlo.orders.parting import must_be_there, part, part_line, rename, together
from fynlo.orders.pricing import Bill, Item, add_up
from tests.orders.priced import GBP, amount, discounts, item, items, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.orders.discounts import Discount

NAME = UUID(int=9)


def numbered(found: Sequence[Item]) -> list[Item]:
    """Give each a line of its own."""
    return [replace(one, id=LineId(UUID(int=index))) for index, one in enumerate(found, 1)]


def sums(*bills: Bill) -> tuple[int, int, int, int]:
    """Add up what bills come to: prices, discounts, taxes, totals."""
    return (
        sum(one.subtotal.minor for one in bills),
        sum(one.discount_total.minor for one in bills),
        sum(one.tax_total.minor for one in bills),
        sum(one.total.minor for one in bills),
    )


def quantities(bill: Bill) -> int:
    return sum(line.item.quantity_milli for line in bill.lines)


def with_amounts(one: Item, off: int) -> Item:
    """Take a fixed amount off a line now and then."""
    return replace(one, discount=amount(min(off, one.price.minor))) if one.price else one


given_lines = st.lists(
    items | st.builds(with_amounts, items, st.integers(1, 5_000)), min_size=1, max_size=6
)
given_discounts = discounts | st.builds(amount, st.integers(1, 3_000_000))
shares_of_lines = st.lists(st.integers(0, 1000), min_size=6, max_size=6)


def cut(bill: Bill, per_mille: Sequence[int], name: UUID = NAME) -> tuple[Bill, Bill] | None:
    """Part a bill by so much of each line; None when nothing would go, or stay."""
    taken = {
        line.id: line.item.quantity_milli * share // 1000
        for line, share in zip(bill.lines, per_mille, strict=False)
    }
    taken = {line_id: milli for line_id, milli in taken.items() if milli}
    if not taken or all(taken.get(one.id) == one.item.quantity_milli for one in bill.lines):
        return None
    parted = part(bill.lines, taken, bill.discount, name)
    assert set(parted.leaving) == set(taken)
    return parted.stays, parted.goes


@given(given_lines, given_discounts, shares_of_lines, shares_of_lines)
def test_u20_two_bills_come_to_what_the_one_came_to_however_often_it_is_parted(
    found: list[Item], discount: Discount | None, first: list[int], second: list[int]
) -> None:
    whole = add_up(numbered(found), GBP, discount)

    parts = cut(whole, first)
    if parts is None:
        return
    again = [cut(one, second, UUID(int=10 + index)) or (one,) for index, one in enumerate(parts)]
    quarters = list(chain.from_iterable(again))

    for bills in (
        parts,
        quarters,
        (together([(one.lines, one.discount) for one in quarters], GBP),),
    ):
        assert sums(*bills) == sums(whole)
        assert sum(quantities(one) for one in bills) == quantities(whole)
    for one in quarters:
        added = sum(line.tax.minor for line in one.lines if not line.of.tax_included)
        assert one.subtotal.minor - one.discount_total.minor + added == one.total.minor
        assert sum(tax.minor for tax in one.tax_by_rate.values()) == one.tax_total.minor
        for line in one.lines:
            assert 0 <= line.discount_share.minor <= line.item.left.minor
            assert 0 <= line.tax.minor <= line.total.minor
        same = add_up([line.item for line in one.lines], GBP, one.discount, one.lines)
        assert same == one  # Whoever writes a note on it changes no money.
        anew = add_up([line.item for line in one.lines], GBP, one.discount)
        if discount is not None and discount.type == "amount":
            assert anew.discount_total == one.discount_total


def test_a_part_costs_what_the_line_costs_up_to_its_end_less_what_is_before_it() -> None:
    """Half a kilogram at 9.99 is 5.00, with 0.83 of tax; a quarter by itself has 0.42."""
    (line,) = add_up([item(999, 500)], GBP).lines
    rest, gone = part_line(line, 250, LineId(NAME))

    assert (line.total.minor, rest.total.minor, gone.total.minor) == (500, 250, 250)
    assert (line.tax.minor, rest.tax.minor, gone.tax.minor) == (83, 42, 41)
    assert (rest.item.version, gone.item.version, gone.id) == (2, 1, NAME)
    again = add_up([replace(gone.item, part=item(1).part)], GBP)
    assert (again.total.minor, again.tax_total.minor) == (250, 42)


def test_what_is_taken_off_goes_with_the_lines_that_bear_it() -> None:
    bill = add_up(
        numbered([item(1000, 2000, amount(101)), item(333), item(167, 1000, percent(5000))]),
        GBP,
        amount(200),
    )
    first, second, _ = bill.lines

    parted = part(bill.lines, {first.id: 1000, second.id: 1000}, bill.discount, NAME)

    stays, goes = parted.stays, parted.goes
    assert [line.item.discount for line in stays.lines] == [amount(51), percent(5000)]
    assert [line.item.discount for line in goes.lines] == [amount(50), None]
    assert [line.discount_share.minor for line in bill.lines] == [165, 28, 7]
    assert [line.discount_share.minor for line in goes.lines] == [82, 28]
    assert (stays.discount, goes.discount) == (amount(90), amount(110))
    assert sums(stays, goes) == sums(bill)


def test_a_percentage_stays_on_both_and_an_amount_of_all_leaves_nothing() -> None:
    bill = add_up(numbered([item(1000), item(0)]), GBP, amount(100))
    percents = add_up(numbered([item(1000), item(500)]), GBP, percent(1000))

    all_gone = part(bill.lines, {bill.lines[0].id: 1000}, bill.discount, NAME)
    both = part(percents.lines, {percents.lines[1].id: 1000}, percents.discount, NAME)

    assert (all_gone.stays.discount, all_gone.goes.discount) == (None, amount(100))
    assert (both.stays.discount, both.goes.discount) == (percent(1000), percent(1000))


def test_something_stays_and_only_what_is_there_goes() -> None:
    bill = add_up(numbered([item(1000, 1500), item(333)]), GBP)
    lines = {line.id: line for line in bill.lines}
    one, two = lines

    with pytest.raises(OrderIsEmpty):
        part(bill.lines, {one: 1500, two: 1000}, None, NAME)
    for wish, pointer in (
        ([(LineId(NAME), 1)], "/lines/0/line_id"),
        ([(one, 1), (one, 1)], "/lines/1/line_id"),
        ([(one, 1), (two, 1001)], "/lines/1/quantity"),
    ):
        with pytest.raises(Invalid) as refusal:
            must_be_there(lines, wish)
        assert refusal.value.facts["errors"][0]["pointer"] == pointer  # type: ignore[index]
    must_be_there(lines, [(one, 1500), (two, 1000)])


def test_orders_with_one_percentage_keep_it_and_others_what_it_comes_to() -> None:
    def bill(price: int, discount: Discount | None) -> Bill:
        return add_up(numbered([item(price)]), GBP, discount)

    def both(*bills: Bill) -> Discount | None:
        together_now = together([(one.lines, one.discount) for one in bills], GBP)
        assert sums(together_now) == sums(*bills)
        return together_now.discount

    ten, none = percent(1000), None
    assert both(bill(1000, ten), bill(505, ten)) == ten
    assert both(bill(1000, none), bill(505, none)) is None
    assert both(bill(1000, ten), bill(505, none)) == amount(100)
    assert both(bill(1000, ten), bill(505, percent(5000))) == amount(353)
    assert both(bill(1000, amount(70)), bill(505, amount(70))) == amount(140)
    assert both(bill(300, amount(1000)), bill(505, none)) == amount(300)
    assert together([((), ten), (bill(505, ten).lines, ten)], GBP).discount == ten
    assert together([((), ten), ((), none)], GBP).discount is None


def test_a_line_is_renamed_where_its_name_is_taken() -> None:
    lines = add_up(numbered([item(1000), item(333)]), GBP).lines

    renamed = rename(lines, {lines[0].id: LineId(NAME)})

    assert [line.id for line in renamed] == [NAME, lines[1].id]
    assert [line.total for line in renamed] == [line.total for line in lines]
