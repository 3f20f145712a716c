"""Amounts on their way to Stripe and back: no unit is lost, and none is rounded to fit."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.money import CURRENCIES, MINOR_MAX, Currency, Money, currency, parse_decimal
from fynlo.payments.providers.stripe import currencies

# docs/reference/stripe.md §6, as the page puts it: by Stripe's own exponents.
EXPONENT_0: Final = {
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
    *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
}
WHOLE_UNITS_ONLY: Final = {"ISK", "UGX"}
EXPONENT_3: Final = {"BHD", "JOD", "KWD", "OMR", "TND"}
REFUSED: Final = {"IQD", "LYD", "UYI"}
MINIMUM: Final = (
    "USD 0.50, AED 2.00, ARS 0.50, AUD 0.50, BGN 1.00, BRL 0.50, CAD 0.50, CHF 0.50, COP 0.50, "
    "CZK 15.00, DKK 2.50, EUR 0.50, GBP 0.30, HKD 4.00, HUF 175.00, IDR 0.50, ILS 0.50, INR 0.50, "
    "JPY 50, KRW 50, MXN 10.00, MYR 2.00, NOK 3.00, NZD 0.50, PHP 0.50, PLN 2.00, RON 2.00, "
    "SEK 3.00, SGD 0.50, THB 10.00, ZAR 0.50"
)

SENT: Final = sorted(set(CURRENCIES) - REFUSED)


def exponent(code: str) -> int:
    """Say how many digits Stripe counts for a currency."""
    if code in EXPONENT_0:
        return 0
    return 3 if code in EXPONENT_3 else 2


def worth(minor: int, digits: int) -> Fraction:
    """Say what a count of minor units is worth."""
    return Fraction(minor, 10**digits)


@pytest.mark.parametrize("code", ["GBP", "JPY", "KWD", "ISK", "UGX", "MGA", "HUF", "TWD"])
def test_tr20_every_amount_from_one_unit_to_a_thousand_comes_back_from_stripe(code: str) -> None:
    unit = currency(code)
    ours, stripes = 10**unit.digits, 10 ** exponent(code)
    sent = 0
    for minor in range(1, 100_001):
        amount = Money(minor, unit)
        if currencies.fits(amount):
            count = currencies.to_stripe(amount)
            assert count * ours == minor * stripes  # The same value, by both ways of counting.
            assert currencies.from_stripe(count, unit) == minor
            sent += 1

    assert sent == {"KWD": 10_000, "MGA": 1_000}.get(code, 100_000)


@pytest.mark.parametrize("code", SENT)
def test_stripe_is_told_the_same_value_in_every_currency(code: str) -> None:
    unit = currency(code)
    for minor in (0, 10, 100, 1_000, 1_990, 99_999_900, MINOR_MAX - MINOR_MAX % 100):
        amount = Money(minor, unit)
        if not currencies.fits(amount):
            assert (code, minor % 100) in {("MGA", 10), ("MGA", 90)}
            continue
        count = currencies.to_stripe(amount)

        assert worth(count, exponent(code)) == worth(minor, unit.digits)
        assert currencies.from_stripe(count, unit) == minor


@given(st.sampled_from(SENT), st.integers(0, 10**12))
def test_what_stripe_says_is_read_exactly_or_not_at_all(code: str, count: int) -> None:
    unit = currency(code)
    value = worth(count, exponent(code))
    exact = value * 10**unit.digits

    if exact.denominator == 1:
        assert currencies.from_stripe(count, unit) == int(exact)
    else:
        with pytest.raises(ValueError, match=f"{count} of Stripe's units are no whole amount"):
            currencies.from_stripe(count, unit)


@pytest.mark.parametrize(
    ("text", "code", "count"),
    [
        ("5", "ISK", 500),
        ("5", "UGX", 500),
        ("1000", "JPY", 1000),
        ("10.99", "GBP", 1099),
        ("5.120", "KWD", 5120),
        ("7.00", "MGA", 7),
        ("175.55", "HUF", 17555),
        ("1.99", "TWD", 199),
    ],
)
def test_tr21_each_currency_is_counted_as_stripe_counts_it(
    text: str, code: str, count: int
) -> None:
    amount = parse_decimal(text, currency(code))

    assert currencies.to_stripe(amount) == count
    assert currencies.from_stripe(count, currency(code)) == amount.minor


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("5.124", "KWD"), ("0.001", "BHD"), ("7.01", "MGA")),
        *(("5.120", "IQD"), ("5.120", "LYD"), ("5", "UYI"), ("0", "UYI")),
    ],
)
def test_an_amount_that_stripe_cannot_express_is_refused_and_never_rounded(
    text: str, code: str
) -> None:
    amount = parse_decimal(text, currency(code))

    assert not currencies.fits(amount)
    with pytest.raises(AssertionError):
        currencies.to_stripe(amount)


@pytest.mark.parametrize(("code", "count"), [("ISK", 550), ("ISK", 1), ("UGX", 99)])
def test_a_count_that_is_no_whole_amount_of_ours_is_not_rounded(code: str, count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} of Stripe's units are no whole amount"):
        currencies.from_stripe(count, currency(code))


def test_the_odd_currencies_are_all_that_are_odd() -> None:
    every = CURRENCIES.values()

    assert {one.code for one in every if not currencies.fits(Money(0, one))} == REFUSED
    assert {one.code for one in every if one.digits == 0} - REFUSED == (
        EXPONENT_0 - {"MGA"} | WHOLE_UNITS_ONLY
    )
    assert {one.code for one in every if one.digits == 3} - REFUSED == EXPONENT_3
    assert {
        one.code for one in every if one.code in SENT and not currencies.fits(Money(1, one))
    } == EXPONENT_3 | {"MGA"}


def test_the_least_that_a_card_may_pay_is_what_stripe_names() -> None:
    for line in MINIMUM.split(", "):
        code, text = line.split(" ")
        least = parse_decimal(text, currency(code))

        assert currencies.minimum(least.currency) == least.minor
        assert currencies.fits(least)


@pytest.mark.parametrize(
    ("code", "least"), [("ISK", 1), ("UGX", 1), ("TRY", 1), ("KWD", 10), ("MGA", 100)]
)
def test_where_stripe_names_no_minimum_it_is_the_smallest_amount_that_fits(
    code: str, least: int
) -> None:
    unit: Currency = currency(code)

    assert currencies.minimum(unit) == least
    assert currencies.fits(Money(least, unit))


@pytest.mark.parametrize("code", SENT)
def test_the_least_amount_of_every_currency_can_be_sent(code: str) -> None:
    unit = currency(code)

    assert currencies.fits(Money(currencies.minimum(unit), unit))
