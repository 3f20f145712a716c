"""What people and orders read of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.catalog.model import Product
from fynlo.kernel.ids import ProductId, TaxRateId
from fynlo.kernel.money import Money, currency

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from fynlo.platform.database import Row, Tx

_PRODUCT: Final = """
    select p.*, r.rate_basis_points
    from products p
    join tax_rates r on r.merchant_id = p.merchant_id and r.id = p.tax_rate_id
    where p.merchant_id = $1
"""


def _product(row: Row) -> Product:
    return Product(
        id=ProductId(row["id"]),
        category_id=row["category_id"],
        name=row["name"],
        price=Money(row["price_minor"], currency(row["currency"])),
        tax_rate_id=TaxRateId(row["tax_rate_id"]),
        rate_basis_points=row["rate_basis_points"],
        tax_included=row["tax_included"],
        barcode=row["barcode"],
        needs_preparation=row["needs_preparation"],
        prep_minutes=row["prep_minutes"],
        active=row["active"],
        version=row["version"],
        created_at=row["created_at"],
    )


async def priced_products(tx: Tx, ids: Iterable[UUID]) -> dict[ProductId, Product]:
    """Read products with their prices and taxes, in one round trip; unknown ids are left out."""
    rows = await tx.fetch(_PRODUCT + " and p.id = any($2::uuid[])", tx.merchant_id, list(set(ids)))
    return {ProductId(row["id"]): _product(row) for row in rows}


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products to list, and after which name and id the page starts."""

    category_id: UUID | None = None
    search: str | None = None
    barcode: str | None = None
    after: tuple[str, UUID] | None = None


async def products(tx: Tx, wanted: ProductFilter, limit: int) -> list[Product]:
    """List products by name."""
    after_name, after_id = wanted.after or (None, None)
    rows = await tx.fetch(
        _PRODUCT
        + """
          and ($2::uuid is null or p.category_id = $2)
          and ($3::text is null or position(lower($3) in lower(p.name)) > 0)
          and ($4::text is null or p.barcode = $4)
          and ($5::text is null or (p.name, p.id) > ($5, $6::uuid))
        order by p.name, p.id
        limit $7
        """,
        *(tx.merchant_id, wanted.category_id, wanted.search, wanted.barcode),
        *(after_name, after_id, limit),
    )
    return [_product(row) for row in rows]


async def categories(tx: Tx) -> list[Row]:
    """List the categories in their order."""
    return await tx.fetch(
        """
        select id, name, position, version, created_at from categories
        where merchant_id = $1 order by position, name, id
        """,
        tx.merchant_id,
    )


async def tax_rates(tx: Tx) -> list[Row]:
    """List the tax rates."""
    return await tx.fetch(
        """
        select id, name, rate_basis_points, active, version, created_at from tax_rates
        where merchant_id = $1 order by rate_basis_points desc, name, id
        """,
        tx.merchant_id,
    )
