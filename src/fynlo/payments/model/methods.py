"""Payment methods: what a merchant takes, and under which rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID


class MethodType(StrEnum):
    """How the money of a method is moved."""

    CASH = "cash"
    CARD = "card"
    APPLE_PAY = "apple_pay"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Method:
    """One way of paying that a merchant set up; amounts in minor units of the order's currency."""

    id: UUID
    code: str
    name: str
    type: MethodType
    enabled: bool
    requires_reference: bool
    reference_single_use: bool
    needs_confirmation: bool
    opens_drawer: bool
    min_amount_minor: int | None
    max_amount_minor: int | None
    version: int
    created_at: datetime

    def change(self, wish: Mapping[str, Any]) -> Method:
        """Return the method with these fields changed; `Invalid` points at what cannot be."""
        for name in wish:
            if name in _OF_MANUAL and self.type is not MethodType.MANUAL and wish[name]:
                raise _invalid(
                    name, f"{self.name} is moved by a machine, which knows it by itself."
                )
        if self.type is MethodType.APPLE_PAY and wish.get("enabled"):
            raise _invalid("enabled", "Apple Pay has no certificates here.")
        changed = replace(self, **wish)
        low, high = changed.min_amount_minor, changed.max_amount_minor
        if low is not None and high is not None and low > high:
            raise _invalid("max_amount", "The largest amount is below the smallest.")
        return replace(changed, version=self.version + 1)


_OF_MANUAL: Final = {"requires_reference", "reference_single_use", "needs_confirmation"}


def _invalid(name: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": f"/{name}", "detail": detail}])


@dataclass(frozen=True, slots=True)
class PaymentRules:
    """The rules of a location that decide what a till may take."""

    allow_partial_payments: bool
    allow_overpayment: bool
    change_limit_minor: int
    action_deadline_seconds: int
