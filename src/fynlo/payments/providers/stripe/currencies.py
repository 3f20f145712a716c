"""Stripe's own count of minor units, which differs from ISO 4217's here and there.

Source: docs/reference/stripe.md §6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fynlo.kernel.money import Currency, Money

_WHOLE_UNITS_AS_HUNDREDTHS: Final = {"ISK", "UGX"}
"""No minor unit in ISO 4217; Stripe counts hundredths of them and takes whole ones only."""

_WHOLE_UNITS: Final = {"MGA"}
"""Two digits in ISO 4217; Stripe counts whole ones."""

_NO_RULE: Final = {"IQD", "LYD", "UYI"}
"""Stripe names no rule for these, and "two digits" contradicts ISO 4217: nothing is sent."""

_AT_LEAST_50: Final = (
    *("ARS", "AUD", "BRL", "CAD", "CHF", "COP", "EUR", "IDR", "ILS"),
    *("INR", "JPY", "KRW", "NZD", "PHP", "SGD", "USD", "ZAR"),
)

_AT_LEAST: Final = {"BGN": 100, "CZK": 1500, "DKK": 250, "GBP": 30, "HKD": 400, "HUF": 17500}

_MINIMUM: Final = {
    **_AT_LEAST,
    **dict.fromkeys(_AT_LEAST_50, 50),
    **dict.fromkeys(("AED", "MYR", "PLN", "RON"), 200),
    **dict.fromkeys(("NOK", "SEK"), 300),
    **dict.fromkeys(("MXN", "THB"), 1000),
}
"""The least that may be paid, where Stripe names it; our minor units are Stripe's in all these."""


def fits(amount: Money) -> bool:
    """Whether Stripe can express an amount exactly: nothing is ever rounded to fit."""
    return amount.currency.code not in _NO_RULE and amount.minor % _step(amount.currency) == 0


def to_stripe(amount: Money) -> int:
    """Count an amount in Stripe's minor units; it must fit."""
    assert fits(amount)
    up, down = _scale(amount.currency)
    return amount.minor * up // down


def from_stripe(count: int, unit: Currency) -> int:
    """Count Stripe's minor units in ours; `ValueError` when that loses anything."""
    up, down = _scale(unit)
    minor, rest = divmod(count * down, up)
    if rest:
        raise ValueError(f"{count} of Stripe's units are no whole amount of {unit}.")
    return minor


def minimum(unit: Currency) -> int:
    """Return the least that a card may pay, in our minor units; one step if Stripe names none.

    Stripe compares in the account's settlement currency, so it may refuse more than this.
    """
    return _MINIMUM.get(unit.code, _step(unit))


def _scale(unit: Currency) -> tuple[int, int]:
    """How many of Stripe's minor units make how many of ours."""
    if unit.code in _WHOLE_UNITS_AS_HUNDREDTHS:
        return 100, 1
    return (1, 100) if unit.code in _WHOLE_UNITS else (1, 1)


def _step(unit: Currency) -> int:
    """Return the smallest difference, in our minor units, between amounts that Stripe takes."""
    return 10 if unit.digits == 3 else _scale(unit)[1]
