"""Amounts as Stripe counts and writes them; not always as ISO 4217 does (stripe.md §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.kernel.money import CURRENCIES
from fynlo.sandbox import check
from fynlo.sandbox.problems import Refusal, missing

if TYPE_CHECKING:
    from fynlo.sandbox.forms import Params

AMOUNT_MAX: Final = 99_999_999

_NO_DIGITS: Final = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905 - a list
)
_WHOLE_UNITS: Final = frozenset({"isk", "ugx"})
"""Counted in hundredths that must be whole units."""

_THREE_DIGITS: Final = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
"""Counted in thousandths that must be whole hundredths."""

_SYMBOLS: Final = {"eur": "€", "gbp": "£", "jpy": "¥", "usd": "$"}

_MINIMUM: Final = {
    "usd": 50,
    "aed": 200,
    "ars": 50,
    "aud": 50,
    "bgn": 100,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "cop": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "idr": 50,
    "ils": 50,
    "inr": 50,
    "jpy": 50,
    "krw": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "php": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
    "zar": 50,
}


def read(params: Params, currency: str) -> int:
    """Read an amount of a currency, by all rules that Stripe has for it."""
    found = check.integer(params, "amount")
    if found is None:
        raise missing("amount")
    if found > AMOUNT_MAX:
        raise Refusal(
            400,
            f"Amount must be no more than {text(AMOUNT_MAX, currency)}",
            code="amount_too_large",
            param="amount",
        )
    must_fit(found, currency, "amount")
    least = _MINIMUM.get(currency, 1)
    if found < least:
        raise Refusal(
            400,
            f"Amount must be at least {text(least, currency)}",
            code="amount_too_small",
            param="amount",
        )
    return found


def must_fit(amount: int, currency: str, param: str) -> None:
    """Refuse an amount that has more digits than its currency."""
    if (currency in _WHOLE_UNITS and amount % 100) or (currency in _THREE_DIGITS and amount % 10):
        raise Refusal(400, f"Invalid amount for {currency}", param=param)


def currency(params: Params) -> str:
    """Read a currency in either case."""
    word = params.get("currency")
    if word is None:
        raise missing("currency")
    if word.upper() not in CURRENCIES:
        raise Refusal(400, f"Invalid currency: {word}", param="currency")
    return str(word).lower()


def decimal(amount: int, currency: str) -> str:
    """Write an amount in its unit, with its digits: `10.00`."""
    if currency in _WHOLE_UNITS:
        return str(amount // 100)
    if currency in _NO_DIGITS:
        return str(amount)
    digits = 3 if currency in _THREE_DIGITS else 2
    whole, part = divmod(amount, 10**digits)
    return f"{whole}.{part:0{digits}}"


def text(amount: int, currency: str) -> str:
    """Write an amount as Stripe's messages do: `$6.01`."""
    if currency in _SYMBOLS:
        return _SYMBOLS[currency] + decimal(amount, currency)
    return f"{decimal(amount, currency)} {currency.upper()}"
