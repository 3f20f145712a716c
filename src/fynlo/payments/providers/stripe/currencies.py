"""Stripe's own count of minor units, which differs from ISO 4217's here and there.

Source: docs/reference/stripe.md §6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fynlo.kernel.money import Currency, Money

_NO_DIGITS: Final = frozenset(
    {
        *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
        *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
    }
)
_THREE_DIGITS: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Of these the last digit must be zero. All other currencies have two digits."""

_NO_RULE: Final = frozenset({"IQD", "LYD", "UYI"})
"""Stripe names no rule for these, and "two digits" contradicts ISO 4217: nothing is sent."""

_MINIMUM: Final = {
    **{"AED": 200, "ARS": 50, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50},
    **{"COP": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17500},
    **{"IDR": 50, "ILS": 50, "INR": 50, "JPY": 50, "KRW": 50, "MXN": 1000, "MYR": 200},
    **{"NOK": 300, "NZD": 50, "PHP": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50},
    **{"THB": 1000, "USD": 50, "ZAR": 50},
}


def fits(amount: Money) -> bool:
    """Whether Stripe can express an amount exactly: nothing is ever rounded to fit."""
    return amount.currency.code not in _NO_RULE and amount.minor % _step(amount.currency) == 0


def to_stripe(amount: Money) -> int:
    """Count an amount in Stripe's minor units; it must fit."""
    assert fits(amount)
    more = _digits(amount.currency) - amount.currency.digits
    return amount.minor * 10**more if more >= 0 else amount.minor // 10**-more


def from_stripe(count: int, unit: Currency) -> int:
    """Count Stripe's minor units in ours; `ValueError` when that loses anything."""
    fewer = unit.digits - _digits(unit)
    minor, rest = (count * 10**fewer, 0) if fewer >= 0 else divmod(count, 10**-fewer)
    if rest:
        raise ValueError(f"{count} of Stripe's units are no whole amount of {unit}.")
    return minor


def minimum(unit: Currency) -> int:
    """Return the least that a card may pay, in our minor units; one step where Stripe names none.

    Stripe compares in the account's settlement currency, so it may refuse more than this.
    """
    return _MINIMUM.get(unit.code, _step(unit))


def _digits(unit: Currency) -> int:
    """How many digits Stripe counts; two for ISK and UGX, although it takes whole ones only."""
    if unit.code in _NO_DIGITS:
        return 0
    return 3 if unit.code in _THREE_DIGITS else 2


def _step(unit: Currency) -> int:
    """Return the smallest difference, in our minor units, between amounts that Stripe takes."""
    if unit.code in _THREE_DIGITS:
        return 10
    return int(10 ** max(0, unit.digits - _digits(unit)))
