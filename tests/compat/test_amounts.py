"""Figures of the till: read from their own digits, to the last minor unit, or refused."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.compat.amounts import UNITS_MAX, read, read_if_told, show
from fynlo.kernel.errors import Invalid
from fynlo.kernel.money import MINOR_MAX, Money, currency

GBP, JPY, BHD = (currency(code) for code in ("GBP", "JPY", "BHD"))


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def refusal(text: str) -> list[dict[str, str]]:
    with pytest.raises(Invalid) as refused:
        read(raw(text), "/amount")
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    return errors


def test_every_penny_up_to_a_thousand_pounds_is_read_from_a_number_and_from_a_text() -> None:
    for minor in range(1, 100_001):
        # What JavaScript writes of the number, and what it writes with two places.
        number, text = json.dumps(minor / 100), f'"{minor // 100}.{minor % 100:02}"'
        assert read(raw(number), "/a").of(GBP).minor == minor
        assert read(raw(text), "/a").of(GBP).minor == minor


@given(st.integers(0, MINOR_MAX), st.sampled_from([GBP, JPY, BHD]))
def test_what_is_shown_is_read_again_as_it_was(minor: int, unit: object) -> None:
    assert isinstance(unit, type(GBP))
    money = Money(minor, unit)
    shown = show(money)

    assert bytes(shown).decode() == money.decimal()
    assert read(shown, "/a").of(unit) == money
    assert read(shown, "/a").is_of(money)
    assert not read(shown, "/a").is_of(Money(minor + 1, unit))


@pytest.mark.parametrize(
    ("text", "unit", "minor"),
    [
        *(("12", GBP, 1200), ("12.5", GBP, 1250), ("12.50", GBP, 1250), ('"12.50"', GBP, 1250)),
        *(("0", GBP, 0), ("1e2", GBP, 10_000), ("1.25E1", GBP, 1250), ("100e-2", GBP, 100)),
        *(("1250", JPY, 1250), ("0.001", BHD, 1), ('"1.234"', BHD, 1234)),
    ],
)
def test_a_figure_is_as_many_minor_units(text: str, unit: object, minor: int) -> None:
    assert isinstance(unit, type(GBP))
    assert read(raw(text), "/a").of(unit) == Money(minor, unit)


@pytest.mark.parametrize(
    ("text", "unit"),
    [("0.001", GBP), ("0.30000000000000004", GBP), ("1.5", JPY), ("1e-3", GBP), ("1.2345", BHD)],
)
def test_more_places_than_the_currency_has_are_refused(text: str, unit: object) -> None:
    assert isinstance(unit, type(GBP))
    with pytest.raises(Invalid) as refused:
        read(raw(text), "/items/3/price").of(unit)

    assert refused.value.facts["errors"] == [
        {
            "pointer": "/items/3/price",
            "detail": f"{unit.code} has {unit.digits} decimal places.",
        }
    ]


def test_more_than_anything_costs_is_refused() -> None:
    assert read(raw("9999999999.99"), "/a").of(GBP).minor == MINOR_MAX
    for text, unit in ((str(UNITS_MAX), GBP), (str(UNITS_MAX), BHD)):
        with pytest.raises(Invalid):
            read(raw(text), "/a").of(unit)


@pytest.mark.parametrize(
    "text",
    [
        *("null", "", "-1", "-0.01", "true", "[]", "{}", "1000000000000", "1e300", "1" * 40),
        *('"NaN"', '"1e3"', '"-1"', '" 1"', '"1,50"', '""', '"1."', '".5"', '"\u0661"', '"1\\n"'),
    ],
)
def test_what_is_no_figure_is_pointed_at(text: str) -> None:
    assert refusal(text) == [
        {"pointer": "/amount", "detail": f"Give a number from 0 to {UNITS_MAX}."}
    ]


@pytest.mark.parametrize("text", ["", "null"])
def test_a_figure_may_be_left_out_where_it_need_not_be(text: str) -> None:
    assert read_if_told(raw(text), "/amount") is None


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("1", 1), ("2.0", 2), ('"3"', 3), ("0.375", "0.375"), ("1.5", "1.500"), ("1e2", 100)],
)
def test_a_quantity_is_whole_or_has_up_to_three_places(text: str, quantity: int | str) -> None:
    assert read(raw(text), "/qty").as_quantity() == quantity


@pytest.mark.parametrize("text", ["0", "0.0001", "100001", "0.000"])
def test_a_quantity_of_nothing_or_of_too_much_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read(raw(text), "/qty").as_quantity()
