"""What people and orders read of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.catalog.model import Ground
from fynlo.catalog.store import PRODUCT, product
from fynlo.kernel.ids import ProductId

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from fynlo.catalog.model import Product
    from fynlo.platform.database import Row, Tx


async def priced_products(tx: Tx, ids: Iterable[UUID]) -> dict[ProductId, Product]:
    """Read products with their prices and taxes, in one round trip; unknown ids are left out."""
    rows = await tx.fetch(PRODUCT + " and p.id = any($2::uuid[])", tx.merchant_id, list(set(ids)))
    return {ProductId(row["id"]): product(row) for row in rows}


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
        PRODUCT
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
    return [product(row) for row in rows]


async def categories(tx: Tx, category_id: UUID | None = None) -> list[Row]:
    """List the categories in their order, or the one."""
    return await tx.fetch(
        """
        select id, name, position, version, created_at from categories
        where merchant_id = $1 and ($2::uuid is null or id = $2)
        order by position, name, id
        """,
        *(tx.merchant_id, category_id),
    )


async def tax_rates(tx: Tx, rate_id: UUID | None = None) -> list[Row]:
    """List the tax rates, or the one."""
    return await tx.fetch(
        """
        select id, name, rate_basis_points, active, version, created_at from tax_rates
        where merchant_id = $1 and ($2::uuid is null or id = $2)
        order by rate_basis_points desc, name, id
        """,
        *(tx.merchant_id, rate_id),
    )


async def ground(tx: Tx, *, category_id: UUID | None, tax_rate_id: UUID, unit: str) -> Ground:
    """Read whether what a product would stand on is there."""
    row = await tx.fetchrow(
        """
        select
          exists (select from categories where merchant_id = $1 and id = $2) as has_category,
          exists (select from locations where merchant_id = $1 and currency = $4) as has_currency,
          r.rate_basis_points, coalesce(r.active, false) as rate_is_active
        from (select) as one
        left join tax_rates r on r.merchant_id = $1 and r.id = $3
        """,
        *(tx.merchant_id, category_id, tax_rate_id, unit),
    )
    assert row is not None
    return Ground(**row)
