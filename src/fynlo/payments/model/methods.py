"""Payment methods: what a merchant takes, and under which rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


@dataclass(frozen=True, slots=True)
class PaymentRules:
    """The merchant's settings that decide what a till may take."""

    allow_partial_payments: bool
    allow_overpayment: bool
    change_limit_minor: int
    action_deadline_seconds: int
