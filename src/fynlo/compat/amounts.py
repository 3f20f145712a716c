"""Figures as the till writes them: numbers of the currency's unit, read from their own digits.

`12.5` is 12.50 in GBP, that is 1250. The text of the number is read, so no float comes near it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from litestar.openapi.spec import OpenAPIType, Schema

from fynlo.kernel.errors import Invalid
from fynlo.kernel.money import MINOR_MAX, Money
from fynlo.platform.body import END

if TYPE_CHECKING:
    from fynlo.kernel.money import Currency

UNITS_MAX: Final = MINOR_MAX
"""The largest figure: of a currency without minor units it is as much as any request may name."""
_PATTERN: Final = rf"^[0-9]{{1,12}}(\.[0-9]{{1,4}})?{END}"

_NUMBER_SHAPE: Final = Schema(
    type=OpenAPIType.NUMBER, minimum=0, maximum=UNITS_MAX, examples=[12.5]
)
_TEXT_SHAPE: Final = Schema(type=OpenAPIType.STRING, pattern=_PATTERN)
_NULL_SHAPE: Final = Schema(type=OpenAPIType.NULL)

Figure = Annotated[msgspec.Raw, Schema(one_of=[_NUMBER_SHAPE, _TEXT_SHAPE])]
"""A number, or the same as a text: `12.5` or `"12.50"`. Read it with `read`."""

OptionalFigure = Annotated[msgspec.Raw, Schema(one_of=[_NUMBER_SHAPE, _TEXT_SHAPE, _NULL_SHAPE])]
"""A figure that may be left out, or null. Read it with `read_if_told`."""

Shown = Annotated[msgspec.Raw, Schema(type=OpenAPIType.NUMBER)]
"""A number of the currency's unit, written with exactly its digits."""

_NUMBER: Final = re.compile(
    rb"(?P<whole>0|[1-9][0-9]{0,30})(?:\.(?P<places>[0-9]{1,30}))?"
    rb"(?:[eE](?P<power>[+-]?[0-9]{1,3}))?"
)
_TEXT: Final = re.compile(rb'"(?P<whole>[0-9]{1,12})(?:\.(?P<places>[0-9]{1,4}))?"')

QUANTITY_PLACES: Final = 3
QUANTITY_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Told:
    """A figure, exactly: `digits` with the point so many `places` from their end."""

    digits: int
    places: int
    pointer: str

    def of(self, unit: Currency) -> Money:
        """Return it as money; `Invalid` for more places than the currency has, or too much."""
        minor = self._in_units_of(unit.digits)
        if minor is None:
            raise Invalid.at(self.pointer, f"{unit.code} has {unit.digits} decimal places.")
        if minor > MINOR_MAX:
            raise Invalid.at(self.pointer, "That is more than anything costs.")
        return Money(minor, unit)

    def is_of(self, money: Money) -> bool:
        """Whether it is exactly this much: what a till only shows may have any places."""
        told: int = self.digits * 10**money.currency.digits
        ours: int = money.minor * 10**self.places
        return told == ours

    def as_quantity(self) -> int | str:
        """Return it as a quantity: a whole number, or a text of up to three places."""
        milli = self._in_units_of(QUANTITY_PLACES)
        if milli is None or not 0 < milli <= QUANTITY_MAX * 1000:
            raise Invalid.at(self.pointer, "A quantity is above 0 and has up to 3 decimal places.")
        whole, rest = divmod(milli, 1000)
        return f"{whole}.{rest:03}" if rest else whole

    def _in_units_of(self, places: int) -> int | None:
        """Count it in units of so many places; None if it has more of them."""
        if self.places > places:
            return None
        counted: int = self.digits * 10 ** (places - self.places)
        return counted


def read(raw: msgspec.Raw, pointer: str) -> Told:
    """Read what must be a figure; `Invalid` points at what is none, or is too large."""
    told = read_if_told(raw, pointer)
    if told is None:
        raise _no_figure(pointer)
    return told


def read_if_told(raw: msgspec.Raw, pointer: str) -> Told | None:
    """Read a figure; None where nothing was told."""
    text = bytes(raw)
    if text in {b"", b"null"}:
        return None
    match = _NUMBER.fullmatch(text) or _TEXT.fullmatch(text)
    if match is None:
        raise _no_figure(pointer)
    fraction = match["places"] or b""
    places = len(fraction) - int(match.groupdict().get("power") or b"0")
    digits = int(match["whole"] + fraction)
    if places < 0:
        digits, places = digits * 10**-places, 0
    if digits > UNITS_MAX * 10**places:
        raise _no_figure(pointer)
    return Told(digits, places, pointer)


def _no_figure(pointer: str) -> Invalid:
    return Invalid.at(pointer, f"Give a number from 0 to {UNITS_MAX}.")


def show(money: Money) -> msgspec.Raw:
    """Write money as a number of its unit with exactly its digits, as in `12.50`."""
    return msgspec.Raw(money.decimal().encode())
