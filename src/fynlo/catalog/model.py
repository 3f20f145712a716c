"""What is for sale, what it costs, and how it is taxed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import ProductId, TaxRateId
    from fynlo.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Product:
    """One thing for sale, with the tax rate that applies to it."""

    id: ProductId
    category_id: UUID | None
    name: str
    price: Money
    tax_rate_id: TaxRateId
    rate_basis_points: int
    tax_included: bool
    barcode: str | None
    needs_preparation: bool
    prep_minutes: int
    active: bool
    version: int
    created_at: datetime
