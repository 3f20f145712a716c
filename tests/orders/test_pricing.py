"""What an order costs: each line rounded once, half away from zero, and totals that are sums."""

from __future__ import annotations

from fractions import Fraction
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.ids import LineId, ProductId, TaxRateId, derive
from fynlo.kernel.money import MINOR_MAX, Currency, Money, currency, total
from fynlo.orders.pricing import (
    Item,
    Line,
    Priced,
    add_up,
    parse_quantity,
    price_line,
    show_quantity,
)

GBP: Final = currency("GBP")
UNITS: Final = (currency("JPY"), GBP, currency("KWD"))
ZERO: Final = UUID(int=0)


def line(price: int, milli: int, rate: int, *, included: bool, unit: Currency = GBP) -> Line:
    return price_line(item(price, milli, rate, included=included, unit=unit), Money(0, unit))


def item(
    price: int,
    milli: int,
    rate: int,
    *,
    included: bool,
    unit: Currency = GBP,
    prepared: bool = False,
) -> Item:
    of = Priced(
        product_id=ProductId(ZERO),
        name="Something",
        unit_price=Money(price, unit),
        tax_rate_id=TaxRateId(derive(ZERO, str(rate))),
        rate_basis_points=rate,
        tax_included=included,
        needs_preparation=prepared,
        prep_minutes=0,
    )
    return Item(LineId(ZERO), of, milli, "no onions")


@pytest.mark.parametrize(
    ("price", "milli", "rate", "total_with_tax", "tax"),
    [
        (1200, 1000, 2000, 1200, 200),
        (1000, 1000, 2000, 1000, 167),  # 166.67
        (333, 1000, 2000, 333, 56),  # 55.5
        (999, 3000, 2000, 2997, 500),  # 499.5
        (1, 1000, 2000, 1, 0),  # 0.17
        (3, 1000, 2000, 3, 1),  # 0.5
        (1000, 1000, 0, 1000, 0),
        (1000, 1000, 10_000, 1000, 500),
        (1070, 1000, 700, 1070, 70),
        (1999, 500, 2000, 1000, 167),  # 999.5 is 1000 before its tax is taken out
        (1999, 333, 2000, 666, 111),  # 665.667
        (1, 500, 2000, 1, 0),  # 0.5
        (1, 499, 2000, 0, 0),
        (0, 7000, 2000, 0, 0),
        (550, 1255, 500, 690, 33),  # 690.25 and 32.857
        (MINOR_MAX, 1000, 2000, 999_999_999_999, 166_666_666_667),
    ],
)
def test_a_tax_that_is_included_is_taken_out_of_the_rounded_price(
    price: int, milli: int, rate: int, total_with_tax: int, tax: int
) -> None:
    priced = line(price, milli, rate, included=True)

    assert (priced.total.minor, priced.tax.minor) == (total_with_tax, tax)


@pytest.mark.parametrize(
    ("price", "milli", "rate", "total_with_tax", "tax"),
    [
        (1000, 1000, 2000, 1200, 200),
        (333, 1000, 2000, 400, 67),  # 66.6
        (5, 1000, 1000, 6, 1),  # 0.5
        (4, 1000, 1000, 4, 0),  # 0.4
        (150, 1000, 700, 161, 11),  # 10.5
        (250, 1000, 825, 271, 21),  # 20.625
        (999, 1500, 2000, 1799, 300),  # 1498.5 is 1499, and its tax 299.8
        (1000, 1000, 0, 1000, 0),
        (1000, 1000, 10_000, 2000, 1000),
        (0, 1000, 2000, 0, 0),
    ],
)
def test_a_tax_that_is_added_comes_on_top_of_the_rounded_price(
    price: int, milli: int, rate: int, total_with_tax: int, tax: int
) -> None:
    priced = line(price, milli, rate, included=False)

    assert (priced.total.minor, priced.tax.minor) == (total_with_tax, tax)


@pytest.mark.parametrize("unit", UNITS, ids=str)
def test_prices_are_whole_minor_units_of_every_currency(unit: Currency) -> None:
    priced = line(1001, 2500, 1000, included=False, unit=unit)

    assert (priced.tax, priced.total) == (Money(250, unit), Money(2753, unit))


def test_sums_are_told_apart_by_rate_and_by_how_the_tax_is_asked() -> None:
    items = [
        item(1200, 1000, 2000, included=True),
        item(1000, 1000, 2000, included=False),
        item(105, 1000, 500, included=True),
        item(700, 1000, 0, included=True),
    ]

    bill = add_up(items, GBP)
    lines = bill.lines

    assert [one.item for one in lines] == items
    assert (bill.subtotal.minor, bill.tax_total.minor, bill.total.minor) == (3005, 405, 3205)
    assert bill.tax_by_rate == {
        lines[0].of.tax_rate_id: Money(400, GBP),
        lines[2].of.tax_rate_id: Money(5, GBP),
        lines[3].of.tax_rate_id: Money(0, GBP),
    }


def test_nothing_ordered_costs_nothing_and_the_kitchen_is_asked_by_any_line() -> None:
    nothing = add_up([], GBP)
    drink = item(300, 1000, 2000, included=True)
    meal = item(900, 1000, 2000, included=True, prepared=True)

    assert nothing.subtotal == nothing.tax_total == nothing.total == Money(0, GBP)
    assert (nothing.tax_by_rate, nothing.needs_preparation) == ({}, False)
    assert not add_up([drink], GBP).needs_preparation
    assert add_up([drink, meal], GBP).needs_preparation


def rounded(exact: Fraction) -> int:
    """Round half away from zero, the way a person does; nothing here is negative."""
    return int(exact + Fraction(1, 2))


anything = st.builds(
    item,
    st.integers(0, 10_000_000),
    st.integers(1, 1_000_000),
    st.sampled_from([0, 1, 500, 550, 700, 825, 1000, 1900, 2000, 2500, 9999, 10_000]),
    included=st.booleans(),
)


@given(anything)
def test_a_line_is_rounded_once_for_its_price_and_once_for_its_tax(asked: Item) -> None:
    priced = price_line(asked, Money(0, GBP))
    rate = Fraction(priced.of.rate_basis_points, 10_000)
    price = rounded(Fraction(priced.of.unit_price.minor * asked.quantity_milli, 1000))

    if priced.of.tax_included:
        assert priced.total.minor == price
        assert priced.tax.minor == rounded(price - price / (1 + rate))
    else:
        assert priced.tax.minor == rounded(price * rate)
        assert priced.total.minor == price + priced.tax.minor
    assert 0 <= priced.tax.minor <= priced.total.minor


@given(st.lists(anything, max_size=20))
def test_no_unit_is_lost_between_the_lines_and_their_sums(items: list[Item]) -> None:
    bill = add_up(items, GBP)
    lines = bill.lines

    assert bill.total == total((one.total for one in lines), GBP)
    assert bill.tax_total == total((one.tax for one in lines), GBP)
    assert bill.tax_total == total(bill.tax_by_rate.values(), GBP)
    added = total((one.tax for one in lines if not one.of.tax_included), GBP)
    assert bill.subtotal + added == bill.total


@given(st.lists(anything, max_size=8))
def test_the_order_of_lines_changes_no_sum(items: list[Item]) -> None:
    one, other = add_up(items, GBP), add_up(items[::-1], GBP)

    assert (one.subtotal, one.tax_total, one.total) == (
        other.subtotal,
        other.tax_total,
        other.total,
    )
    assert one.tax_by_rate == other.tax_by_rate


@pytest.mark.parametrize(
    ("quantity", "milli", "shown"),
    [
        (1, 1000, 1),
        (100_000, 100_000_000, 100_000),
        ("1", 1000, 1),
        ("0.001", 1, "0.001"),
        ("0.5", 500, "0.5"),
        ("1.250", 1250, "1.25"),
        ("2.00", 2000, 2),
        ("007.010", 7010, "7.01"),
        ("100000.000", 100_000_000, 100_000),
        ("1.", 1000, 1),
    ],
    ids=repr,
)
def test_a_quantity_is_read_in_thousandths_and_written_as_short_as_it_is(
    quantity: int | str, milli: int, shown: int | str
) -> None:
    assert parse_quantity(quantity) == milli
    assert show_quantity(milli) == shown
    assert type(show_quantity(milli)) is type(shown)


@pytest.mark.parametrize(
    "quantity",
    [
        *(0, -1, 100_001, True, False, 10**30),
        *("", ".", ".5", "0", "0.000", "-1", "+1", " 1", "1 ", "1\n", "1.2345", "100000.001"),
        *("1e3", "1,5", "1.2.3", "NaN", "Infinity", "0x10", "1_000", "٣", "½", "²", "1.٣", "None"),
    ],
    ids=repr,
)
def test_what_is_no_quantity_is_refused(quantity: int | str) -> None:
    with pytest.raises(ValueError, match=r"is no quantity|is out of range"):
        parse_quantity(quantity)


@given(st.integers(1, 100_000_000))
def test_a_quantity_that_is_written_is_read_as_the_same(milli: int) -> None:
    assert parse_quantity(show_quantity(milli)) == milli
