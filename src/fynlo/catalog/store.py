"""All writing SQL of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.catalog.model import Product
    from fynlo.kernel.ids import TaxRateId
    from fynlo.platform.database import Tx


def add_tax_rate(
    tx: Tx, rate_id: TaxRateId, name: str, rate_basis_points: int, now: datetime
) -> None:
    """Queue a tax rate; 2000 basis points are 20 %."""
    tx.write(
        """
        insert into tax_rates (merchant_id, id, name, rate_basis_points, created_at)
        values ($1, $2, $3, $4, $5)
        """,
        *(tx.merchant_id, rate_id, name, rate_basis_points, now),
    )


def add_category(tx: Tx, category_id: UUID, name: str, position: int, now: datetime) -> None:
    """Queue a part of the menu."""
    tx.write(
        """
        insert into categories (merchant_id, id, name, position, created_at)
        values ($1, $2, $3, $4, $5)
        """,
        *(tx.merchant_id, category_id, name, position, now),
    )


def add_product(tx: Tx, product: Product) -> None:
    """Queue something for sale."""
    tx.write(
        """
        insert into products (
          merchant_id, id, category_id, name, price_minor, currency, tax_rate_id, tax_included,
          barcode, needs_preparation, prep_minutes, active, created_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        *(tx.merchant_id, product.id, product.category_id, product.name, product.price.minor),
        *(product.price.currency.code, product.tax_rate_id, product.tax_included),
        *(product.barcode, product.needs_preparation, product.prep_minutes, product.active),
        product.created_at,
    )
