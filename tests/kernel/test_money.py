"""Money: exact, never mixed, never lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.money import (
    CURRENCIES,
    Currency,
    Money,
    currency,
    divide_half_away,
    parse_decimal,
    total,
)

GBP = currency("GBP")
JPY = currency("JPY")
KWD = currency("KWD")


@pytest.mark.parametrize("unit", [JPY, GBP, KWD], ids=str)
def test_tr20_every_amount_from_one_unit_to_a_thousand_survives_the_round_trip(
    unit: Currency,
) -> None:
    for minor in range(1, 100_001):
        money = Money(minor, unit)

        assert parse_decimal(money.decimal(), unit) == money


def test_tr20_19_99_is_1999_pence() -> None:
    assert parse_decimal("19.99", GBP).minor == 1999


@pytest.mark.parametrize(
    ("code", "text", "minor"),
    [("JPY", "500", 500), ("GBP", "5.00", 500), ("KWD", "0.500", 500), ("ISK", "500", 500)],
)
def test_tr21_each_currency_has_its_own_number_of_digits(code: str, text: str, minor: int) -> None:
    assert parse_decimal(text, currency(code)) == Money(minor, currency(code))


@pytest.mark.parametrize(
    "text", ["", "1", "1.5", "1.500", "1,50", "NaN", "1e2", "٣.50", ".50", "--1.00"]
)
def test_a_text_with_other_digits_than_the_currency_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount of GBP"):
        parse_decimal(text, GBP)


def test_a_negative_amount_is_written_and_read_with_its_sign() -> None:
    assert Money(-5, GBP).decimal() == "-0.05"
    assert parse_decimal("-0.05", GBP) == Money(-5, GBP)
    assert str(-Money(1250, GBP)) == "-12.50 GBP"
    assert str(Money(7, JPY)) == "7 JPY"


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_money_counts_whole_units_only(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, GBP)  # type: ignore[arg-type]


def test_currencies_do_not_mix() -> None:
    for mix in (Money.__add__, Money.__sub__, Money.__lt__, Money.__le__):
        with pytest.raises(ValueError, match="Cannot mix GBP with JPY"):
            mix(Money(1, GBP), Money(1, JPY))


def test_money_adds_compares_and_is_false_at_zero() -> None:
    assert total([Money(1, GBP), Money(2, GBP)], GBP) == Money(3, GBP)
    assert total([], GBP) == Money(0, GBP)
    assert Money(1, GBP) < Money(2, GBP) <= Money(2, GBP)
    assert not Money(0, GBP)
    assert Money(3, GBP) - Money(4, GBP) == Money(-1, GBP)


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any),
)
def test_a_split_loses_no_unit(minor: int, weights: list[int]) -> None:
    shares = Money(minor, GBP).split(weights)

    assert total(shares, GBP) == Money(minor, GBP)
    assert len(shares) == len(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(abs(share.minor) - abs(minor) * weight / sum(weights)) < 1 + 1e-3
        assert weight or not share


def test_spare_units_go_to_the_earliest_shares() -> None:
    assert [one.minor for one in Money(100, GBP).split([1, 1, 1])] == [34, 33, 33]
    assert [one.minor for one in Money(-100, GBP).split([1, 1, 1])] == [-34, -33, -33]
    assert [one.minor for one in Money(2, GBP).split([1, 0, 1, 1])] == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 10, 1), (-5, 10, -1), (4, 10, 0), (-4, 10, 0), (15, 10, 2), (0, 7, 0), (1999, 120, 17)],
)
def test_halves_are_rounded_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert divide_half_away(numerator, denominator) == rounded


def test_every_currency_code_is_three_letters_and_unknown_ones_are_refused() -> None:
    assert all(len(code) == 3 and code.isupper() for code in CURRENCIES)
    assert {one.digits for one in CURRENCIES.values()} == {0, 2, 3}
    assert str(GBP) == "GBP"
    with pytest.raises(KeyError):
        currency("gbp")
