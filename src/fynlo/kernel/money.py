"""Money is a whole number of minor units of one currency, and no unit is ever lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NO_DIGITS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO_DIGITS: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
    "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG"
)
_THREE_DIGITS: Final = "BHD IQD JOD KWD LYD OMR TND"

MINOR_MAX: Final = 999_999_999_999
"""The largest amount, in minor units, that any request may name: far above any sale."""


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: its upper-case code and how many digits its minor unit has."""

    code: str
    digits: int

    def __str__(self) -> str:
        return self.code


CURRENCIES: Final = {
    **{code: Currency(code, 0) for code in _NO_DIGITS.split()},
    **{code: Currency(code, 2) for code in _TWO_DIGITS.split()},
    **{code: Currency(code, 3) for code in _THREE_DIGITS.split()},
}


def currency(code: str) -> Currency:
    """Find a currency by its upper-case ISO 4217 code; `KeyError` when there is none."""
    return CURRENCIES[code]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `minor` whole minor units of `currency`. It may be negative (a correction)."""

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.minor) is not int:  # Refuses float, Decimal and bool alike.
            message = f"Money counts whole minor units, not {self.minor!r}."
            raise TypeError(message)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._comparable(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._comparable(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._comparable(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._comparable(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency.code}"

    def decimal(self) -> str:
        """Write the amount in the currency's unit with exactly its digits, as in `12.50`."""
        digits = self.currency.digits
        sign = "-" if self.minor < 0 else ""
        text = str(abs(self.minor)).rjust(digits + 1, "0")
        return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Divide by weights without losing a unit: spare ones go to the earliest shares.

        At least one weight must be positive; a weight of zero gets nothing.
        """
        assert weights
        assert all(weight >= 0 for weight in weights)
        total = sum(weights)
        assert total > 0
        sign = -1 if self.minor < 0 else 1
        whole = abs(self.minor)
        shares = [whole * weight // total for weight in weights]
        spare = whole - sum(shares)
        for index, weight in enumerate(weights):
            if spare and weight:
                shares[index] += 1
                spare -= 1
        assert spare == 0
        return [Money(sign * share, self.currency) for share in shares]

    def _comparable(self, other: Money) -> int:
        if other.currency is not self.currency:
            message = f"Cannot mix {self.currency.code} with {other.currency.code}."
            raise ValueError(message)
        return other.minor


def parse_decimal(text: str, unit: Currency) -> Money:
    """Read `12.50` as minor units; `ValueError` when it has other digits than the currency."""
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.removeprefix("-").partition(".")
    digits_only = (whole + fraction).isascii() and (whole + fraction).isdigit()
    if not digits_only or not whole or len(fraction) != unit.digits:
        message = f"{text!r} is not an amount of {unit.code}."
        raise ValueError(message)
    return Money(sign * int(whole + fraction), unit)


def total(amounts: Iterable[Money], unit: Currency) -> Money:
    """Add up amounts of one currency; nothing adds up to zero."""
    return sum(amounts, start=Money(0, unit))


def divide_half_away(numerator: int, denominator: int) -> int:
    """Divide whole numbers and round half away from zero: the rounding of taxes and discounts."""
    assert denominator > 0
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))
