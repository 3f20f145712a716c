"""What a product has cost: who changed its price, when, from what to what, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import StaffId
    from fynlo.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Why:
    """Who changes a price, and for what: in their words, or by an import."""

    by: StaffId | None
    reason: str | None = None
    import_id: UUID | None = None


NOBODY: Final = Why(None)
"""A shop that is seeded changes its prices by itself."""


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One change; `old` is None when the product was new."""

    id: UUID
    at: datetime
    why: Why
    old: Money | None
    new: Money
