"""Stripe's own count of minor units, which differs from ISO 4217's here and there.

Source: docs/reference/stripe.md §6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fynlo.kernel.money import Currency, Money

_WHOLE_UNITS_AS_HUNDREDTHS: Final = {"ISK", "UGX"}
"""No minor unit in ISO 4217; Stripe counts hundredths of them and takes whole ones only."""

_MINIMUM: Final = {
    "USD": 50, "AED": 200, "ARS": 50, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50,
    "COP": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17500,
    "IDR": 50, "ILS": 50, "INR": 50, "JPY": 50, "KRW": 50, "MXN": 1000, "MYR": 200, "NOK": 300,
    "NZD": 50, "PHP": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "ZAR": 50,
}  # fmt: skip


def fits(amount: Money) -> bool:
    """Whether Stripe can express an amount: three-digit currencies end in zero."""
    return amount.currency.digits != 3 or amount.minor % 10 == 0


def to_stripe(amount: Money) -> int:
    """Count an amount in Stripe's minor units; it must fit."""
    assert fits(amount)
    return amount.minor * _factor(amount.currency)


def from_stripe(count: int, unit: Currency) -> int:
    """Count Stripe's minor units in ours; `ValueError` when that loses anything."""
    minor, rest = divmod(count, _factor(unit))
    if rest:
        raise ValueError(f"{count} of Stripe's units are no whole amount of {unit}.")
    return minor


def minimum(unit: Currency) -> int:
    """Return the least that a card may pay, in our minor units; 1 where Stripe names none.

    Stripe compares in the account's settlement currency, so it may refuse more than this.
    """
    return _MINIMUM.get(unit.code, 1)


def _factor(unit: Currency) -> int:
    return 100 if unit.code in _WHOLE_UNITS_AS_HUNDREDTHS else 1
