"""Every way this business books money, posting by posting."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.ids import CauseId, DrawerSessionId, LineId, ProductId, TaxRateId
from fynlo.kernel.money import Money, currency, total
from fynlo.ledger import Account, Entry, Posting, recipes
from fynlo.ledger.model import (
    CARD_CLEARING,
    CASH_OVER_SHORT,
    ORDER_DEPOSITS,
    OUTSIDE,
    SAFE,
    SALES,
    SURPLUS_HELD,
    TIPS_PAYABLE,
    cash_drawer,
    other_tender,
    tax_payable,
)
from fynlo.orders.pricing import Item, Priced, add_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GBP = currency("GBP")
CAUSE = CauseId(UUID(int=1))
SESSION = DrawerSessionId(UUID(int=2))
DRAWER = Account("cash_drawer:00000000-0000-0000-0000-000000000002")
ONE, TWO = TaxRateId(UUID(int=3)), TaxRateId(UUID(int=4))
TAX_ONE = Account("tax_payable:00000000-0000-0000-0000-000000000003")
TAX_TWO = Account("tax_payable:00000000-0000-0000-0000-000000000004")
VOUCHER = Account("other:voucher")


def gbp(minor: int) -> Money:
    return Money(minor, GBP)


def card(recipe: Callable[..., Entry], *minor: int) -> Entry:
    return recipe(CAUSE, *(gbp(one) for one in minor))


def drawer(recipe: Callable[..., Entry], *more: Any) -> Entry:
    return recipe(CAUSE, SESSION, *(gbp(one) if isinstance(one, int) else one for one in more))


def voucher(amount: int, tip: int) -> Entry:
    return recipes.other_taken(CAUSE, "voucher", gbp(amount), gbp(tip))


def paid(sales: int, tax: dict[TaxRateId, int]) -> Entry:
    return recipes.order_paid(CAUSE, gbp(sales), {rate: gbp(minor) for rate, minor in tax.items()})


@pytest.mark.parametrize(
    ("entry", "recipe", "postings"),
    [
        # What customers pay with: into the account of the tender, owed to them until it is sold.
        (
            drawer(recipes.cash_taken, 900, 100),
            "cash taken",
            [(DRAWER, ORDER_DEPOSITS, 900), (DRAWER, TIPS_PAYABLE, 100)],
        ),
        (drawer(recipes.cash_taken, 900, 0), "cash taken", [(DRAWER, ORDER_DEPOSITS, 900)]),
        (
            card(recipes.card_taken, 900, 100),
            "card taken",
            [(CARD_CLEARING, ORDER_DEPOSITS, 900), (CARD_CLEARING, TIPS_PAYABLE, 100)],
        ),
        (card(recipes.card_taken, 900, 0), "card taken", [(CARD_CLEARING, ORDER_DEPOSITS, 900)]),
        (
            voucher(900, 100),
            "other taken",
            [(VOUCHER, ORDER_DEPOSITS, 900), (VOUCHER, TIPS_PAYABLE, 100)],
        ),
        (
            card(recipes.card_returned, 900, 100),
            "card returned",
            [(ORDER_DEPOSITS, CARD_CLEARING, 900), (TIPS_PAYABLE, CARD_CLEARING, 100)],
        ),
        (
            card(recipes.card_returned, 900, 0),
            "card returned",
            [(ORDER_DEPOSITS, CARD_CLEARING, 900)],
        ),
        (card(recipes.surplus_taken, 5), "surplus taken", [(CARD_CLEARING, SURPLUS_HELD, 5)]),
        (card(recipes.surplus_returned, 5), "surplus returned", [(SURPLUS_HELD, CARD_CLEARING, 5)]),
        # The sale: what was deposited becomes ours, and the tax offices'.
        (
            paid(1_000, {TWO: 50, ONE: 200}),
            "order paid",
            [
                (ORDER_DEPOSITS, SALES, 1_000),
                (ORDER_DEPOSITS, TAX_ONE, 200),
                (ORDER_DEPOSITS, TAX_TWO, 50),
            ],
        ),
        (paid(1_000, {ONE: 0}), "order paid", [(ORDER_DEPOSITS, SALES, 1_000)]),
        (paid(0, {ONE: 1}), "order paid", [(ORDER_DEPOSITS, TAX_ONE, 1)]),
        (paid(0, {}), "order paid", []),
        # Drawers: the safe and the outside are what they are filled from and emptied into.
        (drawer(recipes.drawer_opened, 500), "drawer opened", [(DRAWER, SAFE, 500)]),
        (drawer(recipes.drawer_opened, 0), "drawer opened", []),
        (drawer(recipes.cash_put_in, "loan", 7), "loan", [(DRAWER, SAFE, 7)]),
        (drawer(recipes.cash_put_in, "paid_in", 7), "paid_in", [(DRAWER, OUTSIDE, 7)]),
        (drawer(recipes.cash_taken_out, "paid_out", 7), "paid_out", [(OUTSIDE, DRAWER, 7)]),
        (drawer(recipes.cash_taken_out, "drop", 7), "drop", [(SAFE, DRAWER, 7)]),
        (drawer(recipes.cash_taken_out, "pickup", 7), "pickup", [(SAFE, DRAWER, 7)]),
        (drawer(recipes.cash_taken_out, "no_sale", 0), "no_sale", []),
        (drawer(recipes.drawer_counted, 3), "drawer counted", [(DRAWER, CASH_OVER_SHORT, 3)]),
        (drawer(recipes.drawer_counted, -3), "drawer counted", [(CASH_OVER_SHORT, DRAWER, 3)]),
        (drawer(recipes.drawer_counted, 0), "drawer counted", []),
        (drawer(recipes.drawer_emptied, 500), "drawer emptied", [(SAFE, DRAWER, 500)]),
        (drawer(recipes.drawer_emptied, 0), "drawer emptied", []),
    ],
)
def test_a_recipe_books_these_postings_and_no_others(
    entry: Entry, recipe: str, postings: list[tuple[Account, Account, int]]
) -> None:
    expected = tuple(Posting(debit, credit, gbp(minor)) for debit, credit, minor in postings)

    assert entry == Entry(CAUSE, recipe, expected)


def test_accounts_are_named_after_what_they_hold() -> None:
    assert (cash_drawer(SESSION), tax_payable(ONE)) == (DRAWER, TAX_ONE)
    assert other_tender("voucher") == VOUCHER


@pytest.mark.parametrize("minor", [0, -1])
def test_a_posting_moves_something(minor: int) -> None:
    with pytest.raises(AssertionError):
        Posting(SAFE, SALES, gbp(minor))


def test_a_posting_moves_from_one_account_to_another() -> None:
    with pytest.raises(AssertionError):
        Posting(SAFE, SAFE, gbp(1))


def balances(entries: Iterable[Entry]) -> Counter[Account]:
    """Add up what every account has: debits less credits."""
    found: Counter[Account] = Counter()
    for entry in entries:
        for posting in entry.postings:
            found[posting.debit] += posting.amount.minor
            found[posting.credit] -= posting.amount.minor
    return found


LINES = st.lists(
    st.tuples(
        st.integers(0, 100_000),  # The price of one.
        st.integers(1, 20_000),  # How many thousandths.
        st.sampled_from([0, 1, 500, 725, 2_000, 9_999, 10_000]),  # The rate, in basis points.
        st.booleans(),  # Whether the price includes the tax.
    ),
    min_size=1,
    max_size=8,
)
WAYS = st.lists(
    st.tuples(st.sampled_from(["cash", "card", "voucher"]), st.integers(1, 9), st.integers(0, 500)),
    min_size=1,
    max_size=6,
)


def take(way: str, amount: Money, tip: Money) -> Entry:
    if way == "cash":
        return recipes.cash_taken(CAUSE, SESSION, amount, tip)
    if way == "card":
        return recipes.card_taken(CAUSE, amount, tip)
    return recipes.other_taken(CAUSE, way, amount, tip)


@given(LINES, WAYS)
def test_a_paid_sale_leaves_no_deposit_and_is_sales_and_tax_to_the_last_unit(
    lines: list[tuple[int, int, int, bool]], ways: list[tuple[str, int, int]]
) -> None:
    bill = add_up(
        [
            Item(LineId(CAUSE), priced(minor, basis, included), quantity)
            for minor, quantity, basis, included in lines
        ],
        GBP,
    )
    shares = bill.total.split([weight for _, weight, _ in ways])
    tips = [gbp(tip) for _, _, tip in ways]

    sale = recipes.order_paid(CAUSE, bill.total - bill.tax_total, bill.tax_by_rate)
    taken = [take(way, *of) for (way, *_), *of in zip(ways, shares, tips, strict=True)]
    found = balances([*taken, sale])

    assert found.total() == 0
    assert found[ORDER_DEPOSITS] == 0
    taxes = {account: -minor for account, minor in found.items() if account.startswith("tax_")}
    assert -found[SALES] + sum(taxes.values()) == bill.total.minor
    assert taxes == {tax_payable(rate): tax.minor for rate, tax in bill.tax_by_rate.items() if tax}
    assert -found[TIPS_PAYABLE] == total(tips, GBP).minor
    assert (
        found[DRAWER] + found[CARD_CLEARING] + found[VOUCHER]
        == (bill.total + total(tips, GBP)).minor
    )


def priced(minor: int, basis_points: int, included: bool) -> Priced:
    return Priced(
        product_id=ProductId(CAUSE),
        name="Something",
        unit_price=gbp(minor),
        tax_rate_id=TaxRateId(UUID(int=basis_points)),
        rate_basis_points=basis_points,
        tax_included=included,
        needs_preparation=False,
        prep_minutes=0,
    )


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_what_is_returned_is_as_if_it_had_never_been_taken(amount: int, tip: int) -> None:
    back_and_forth = [
        card(recipes.card_taken, amount, tip),
        card(recipes.card_returned, amount, tip),
    ]

    assert set(balances(back_and_forth).values()) <= {0}


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_counted_drawer_is_empty_in_the_books(opening: int, sold: int, counted: int) -> None:
    found = balances(
        [
            drawer(recipes.drawer_opened, opening),
            drawer(recipes.cash_taken, sold, 0),
            drawer(recipes.drawer_counted, counted - opening - sold),
            drawer(recipes.drawer_emptied, counted),
        ]
    )

    assert found[DRAWER] == 0
    assert found[SAFE] == counted - opening
    assert found[CASH_OVER_SHORT] == opening + sold - counted
