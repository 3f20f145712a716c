"""What is taken off: from one line, or from the whole order and then split over its lines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import DomainError, Kind, Retry
from fynlo.kernel.money import Money, divide_half_away, total

if TYPE_CHECKING:
    from collections.abc import Sequence

BASIS: Final = 10_000
"""How many basis points the whole is."""


class DiscountType(StrEnum):
    """How a discount is told."""

    PERCENT = "percent"
    AMOUNT = "amount"


class DiscountTooLarge(DomainError):
    """More is taken off than there is."""

    kind = Kind.REFUSED
    code = "discount-too-large"
    title = "The discount is more than what it is taken from."
    retry = Retry.NEW_KEY


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount as it was given: `value` is in basis points, or in minor units."""

    type: DiscountType
    value: int

    def __post_init__(self) -> None:
        """Hold a percentage to the whole."""
        assert self.value > 0
        assert self.type is DiscountType.AMOUNT or self.value <= BASIS

    def off(self, price: Money) -> Money:
        """Say what it takes off; a percentage is rounded half away from zero. May be too much."""
        if self.type is DiscountType.AMOUNT:
            return Money(self.value, price.currency)
        return Money(divide_half_away(price.minor * self.value, BASIS), price.currency)

    def off_part(self, before: Money, price: Money) -> Money:
        """Say what it takes off a part of a line, of which `before` is what comes before it."""
        if self.type is DiscountType.AMOUNT:
            return self.off(price)
        return self.off(before + price) - self.off(before)


def shares(discount: Discount | None, prices: Sequence[Money], nothing: Money) -> list[Money]:
    """Split what an order's discount takes off over its lines, by what each costs.

    No unit is lost, and no line costs less than nothing: an amount takes off at most everything.
    """
    whole = total(prices, nothing.currency)
    if discount is None or not whole:
        return [nothing for _ in prices]
    return min(discount.off(whole), whole).split([price.minor for price in prices])


def is_left_behind(discount: Discount, left: Money, borne: Money) -> bool:
    """Whether no line bears a discount that would take something off.

    A process of an earlier release, which knows of no discounts, wrote the lines without it: they
    cost what they cost, and it is over.
    """
    return not borne and bool(min(discount.off(left), left))


def is_above(limit_basis_points: int, *, discount_total: Money, subtotal: Money) -> bool:
    """Whether more is taken off than anybody at the till may give by themselves."""
    return discount_total.minor * BASIS > subtotal.minor * limit_basis_points
