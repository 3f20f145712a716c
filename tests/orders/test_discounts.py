"""Discounts: what they take off, how an order's is split, and that no unit is lost."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.money import total
from fynlo.orders.discounts import (
    Discount,
    DiscountTooLarge,
    is_above,
    is_left_behind,
    shares,
)
from fynlo.orders.pricing import Item, add_up
from tests.orders.priced import GBP, ZERO, amount, discounts, gbp, item, items, percent

NOTHING: Final = gbp(0)


@pytest.mark.parametrize(
    ("discount", "price", "off", "tax"),
    [
        (percent(1000), 1000, 100, 150),
        (percent(1000), 1005, 101, 151),  # 100.5 goes away from zero; 150.67 to the nearest.
        (percent(1), 4999, 0, 833),
        (percent(1), 5000, 1, 833),
        (percent(10_000), 333, 333, 0),
        (amount(250), 1000, 250, 125),
        (amount(1000), 1000, 1000, 0),
        (amount(1), 4, 1, 1),  # 0.5 goes away from zero.
    ],
)
def test_a_discount_of_a_line_is_taken_off_before_its_tax(
    discount: Discount, price: int, off: int, tax: int
) -> None:
    bill = add_up([item(price, discount=discount)], GBP)

    (line,) = bill.lines
    assert (bill.subtotal, bill.discount_total, bill.total) == (
        gbp(price),
        gbp(off),
        gbp(price - off),
    )
    assert line.tax == gbp(tax)


def test_more_than_a_line_costs_cannot_be_taken_off_it() -> None:
    with pytest.raises(DiscountTooLarge) as refusal:
        add_up([item(999, discount=amount(1000))], GBP)

    assert refusal.value.facts == {"line_id": str(ZERO), "price": 999}


def test_the_discount_of_an_order_is_split_by_what_each_line_costs_after_its_own() -> None:
    items = [item(1000, discount=percent(5000)), item(333), item(167, rate=0)]

    bill = add_up(items, GBP, percent(1000))

    assert [line.discount_share.minor for line in bill.lines] == [51, 33, 16]
    assert (bill.subtotal, bill.discount_total, bill.total) == (gbp(1500), gbp(600), gbp(900))
    assert bill.tax_total == gbp(75 + 50)


def test_tax_that_is_added_is_of_what_is_left() -> None:
    bill = add_up([item(1000, included=False)], GBP, amount(100))

    assert (bill.subtotal, bill.discount_total, bill.tax_total, bill.total) == (
        gbp(1000),
        gbp(100),
        gbp(180),
        gbp(1080),
    )


def test_an_order_cannot_cost_less_than_nothing() -> None:
    bill = add_up([item(300), item(0)], GBP, amount(1000))

    assert (bill.discount_total, bill.total, bill.tax_total) == (gbp(300), NOTHING, NOTHING)
    assert [line.discount_share for line in bill.lines] == [gbp(300), NOTHING]
    assert shares(percent(1000), [], NOTHING) == []


def test_a_discount_that_no_line_bears_was_left_behind() -> None:
    """Unless it takes nothing off what is there."""
    assert is_left_behind(percent(1000), gbp(100), NOTHING)
    assert is_left_behind(amount(1), gbp(1), NOTHING)
    assert not is_left_behind(percent(1000), gbp(100), gbp(10))
    assert not is_left_behind(percent(1000), NOTHING, NOTHING)
    assert not is_left_behind(percent(1), gbp(100), NOTHING)


@pytest.mark.parametrize(
    ("limit", "off", "subtotal", "expected"),
    [
        (0, 0, 1000, False),
        (0, 1, 1000, True),
        (1000, 100, 1000, False),
        (1000, 101, 1000, True),
        (1000, 0, 0, False),
        (10_000, 1000, 1000, False),
    ],
)
def test_a_limit_is_a_share_of_what_everything_costs(
    limit: int, off: int, subtotal: int, *, expected: bool
) -> None:
    assert is_above(limit, discount_total=gbp(off), subtotal=gbp(subtotal)) is expected


@given(st.lists(items, max_size=12), discounts | st.builds(amount, st.integers(1, 10_000_000)))
def test_no_unit_is_lost_whatever_is_taken_off(
    lines: list[Item], discount: Discount | None
) -> None:
    bill = add_up(lines, GBP, discount)

    assert bill.total == total((one.total for one in bill.lines), GBP)
    assert bill.tax_total == total((one.tax for one in bill.lines), GBP)
    assert bill.tax_total == total(bill.tax_by_rate.values(), GBP)
    assert bill.discount_total == total((one.discounts for one in bill.lines), GBP)
    added = total((one.tax for one in bill.lines if not one.of.tax_included), GBP)
    assert bill.subtotal - bill.discount_total + added == bill.total
    for one in bill.lines:
        assert NOTHING <= one.discount_share <= one.item.price - one.item.discount_amount
        assert NOTHING <= one.tax <= one.total
    left = total((one.item.price - one.item.discount_amount for one in bill.lines), GBP)
    taken = total((one.discount_share for one in bill.lines), GBP)
    assert taken == (min(discount.off(left), left) if discount else NOTHING)


@given(st.integers(0, 10**9), st.integers(1, 100))
def test_shares_of_a_bill_come_to_the_bill_and_differ_by_a_unit_at_most(
    due: int, count: int
) -> None:
    parts = gbp(due).split([1] * count)

    assert total(parts, GBP) == gbp(due)
    assert max(parts).minor - min(parts).minor <= 1
    assert parts == sorted(parts, reverse=True)
