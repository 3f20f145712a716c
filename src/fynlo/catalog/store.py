"""All writing SQL of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.catalog.model.price import NOBODY, Why
from fynlo.catalog.model.product import Product
from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import ProductId, TaxRateId, uuid7
from fynlo.kernel.money import Money, currency

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Row, Tx


PRODUCT: Final = """
    select p.*, r.rate_basis_points,
      array(select m.modifier_id from product_modifiers m
        where m.merchant_id = p.merchant_id and m.product_id = p.id order by m.position)
        as modifier_ids
    from products p
    join tax_rates r on r.merchant_id = p.merchant_id and r.id = p.tax_rate_id
    where p.merchant_id = $1
"""


def product(row: Row) -> Product:
    """Read a product from its row and its tax rate's."""
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
        modifier_ids=tuple(row["modifier_ids"]),
    )


async def insert_tax_rate(
    tx: Tx, rate_id: UUID, name: str, rate_basis_points: int, now: datetime
) -> bool:
    """Insert a tax rate, 2000 basis points are 20 %; False if the id is taken."""
    inserted = await tx.fetchval(
        """
        insert into tax_rates (merchant_id, id, name, rate_basis_points, created_at)
        values ($1, $2, $3, $4, $5)
        on conflict (merchant_id, id) do nothing
        returning true
        """,
        *(tx.merchant_id, rate_id, name, rate_basis_points, now),
    )
    return inserted is not None


async def lock_tax_rate(tx: Tx, rate_id: UUID) -> Row:
    """Read a tax rate in order to change it; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from tax_rates where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, rate_id),
    )
    if row is None:
        raise NotFound(f"There is no tax rate {rate_id}.")
    return row


async def save_tax_rate(tx: Tx, after: Mapping[str, Any]) -> Row:
    """Write a tax rate as its next version."""
    row = await tx.fetchrow(
        """
        update tax_rates
        set name = $3, rate_basis_points = $4, active = $5, version = version + 1
        where merchant_id = $1 and id = $2
        returning *
        """,
        *(tx.merchant_id, after["id"], after["name"], after["rate_basis_points"]),
        after["active"],
    )
    assert row is not None
    return row


async def insert_category(
    tx: Tx, category_id: UUID, name: str, position: int, now: datetime
) -> bool:
    """Insert a part of the menu; False if the id is taken."""
    inserted = await tx.fetchval(
        """
        insert into categories (merchant_id, id, name, position, created_at)
        values ($1, $2, $3, $4, $5)
        on conflict (merchant_id, id) do nothing
        returning true
        """,
        *(tx.merchant_id, category_id, name, position, now),
    )
    return inserted is not None


async def lock_category(tx: Tx, category_id: UUID) -> Row:
    """Read a category in order to change it; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from categories where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, category_id),
    )
    if row is None:
        raise NotFound(f"There is no category {category_id}.")
    return row


async def save_category(tx: Tx, after: Mapping[str, Any]) -> Row:
    """Write a category as its next version."""
    row = await tx.fetchrow(
        """
        update categories set name = $3, position = $4, version = version + 1
        where merchant_id = $1 and id = $2
        returning *
        """,
        *(tx.merchant_id, after["id"], after["name"], after["position"]),
    )
    assert row is not None
    return row


async def insert_product(tx: Tx, new: Product, why: Why = NOBODY) -> bool:
    """Insert something for sale; False if the id or the barcode is taken."""
    inserted = await tx.fetchval(
        """
        insert into products (
          merchant_id, id, category_id, name, price_minor, currency, tax_rate_id, tax_included,
          barcode, needs_preparation, prep_minutes, active, created_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        on conflict do nothing
        returning true
        """,
        *(tx.merchant_id, new.id, new.category_id, new.name, new.price.minor),
        *(new.price.currency.code, new.tax_rate_id, new.tax_included, new.barcode),
        *(new.needs_preparation, new.prep_minutes, new.active, new.created_at),
    )
    if inserted is None:
        return False
    _add_modifiers(tx, new)
    _add_price(tx, new, None, why, new.created_at)
    return True


async def lock_product(tx: Tx, product_id: ProductId) -> Product:
    """Read a product in order to change it; `NotFound` if there is none."""
    locked = await tx.fetchval(
        "select true from products where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, product_id),
    )
    if locked is None:
        raise NotFound(f"There is no product {product_id}.")
    # Only a statement that begins under the lock sees which tax rate the last commit gave it.
    row = await tx.fetchrow(PRODUCT + " and p.id = $2", *(tx.merchant_id, product_id))
    assert row is not None
    return product(row)


def save_product(tx: Tx, after: Product, *, was: Product, why: Why, now: datetime) -> None:
    """Queue a product's next version, compare and swap; a barcode in use fails at its index."""
    tx.write(
        """
        update products
        set category_id = $4, name = $5, price_minor = $6, currency = $7, tax_rate_id = $8,
            tax_included = $9, barcode = $10, needs_preparation = $11, prep_minutes = $12,
            active = $13, version = $14
        where merchant_id = $1 and id = $2 and version = $3
        """,
        *(tx.merchant_id, after.id, was.version, after.category_id, after.name),
        *(after.price.minor, after.price.currency.code, after.tax_rate_id, after.tax_included),
        *(after.barcode, after.needs_preparation, after.prep_minutes, after.active),
        after.version,
    )
    if after.modifier_ids != was.modifier_ids:
        tx.write(
            "delete from product_modifiers where merchant_id = $1 and product_id = $2",
            *(tx.merchant_id, after.id),
            rows=len(was.modifier_ids),
        )
        _add_modifiers(tx, after)
    if after.price != was.price:
        _add_price(tx, after, was.price, why, now)


def _add_modifiers(tx: Tx, product: Product) -> None:
    if not product.modifier_ids:
        return
    tx.write(
        """
        insert into product_modifiers (merchant_id, product_id, modifier_id, position)
        select $1, $2, chosen.id, chosen.place
        from unnest($3::uuid[]) with ordinality as chosen (id, place)
        """,
        *(tx.merchant_id, product.id, list(product.modifier_ids)),
        rows=len(product.modifier_ids),
    )


def _add_price(tx: Tx, product: Product, old: Money | None, why: Why, now: datetime) -> None:
    tx.write(
        """
        insert into product_prices (
          merchant_id, id, product_id, at, by_staff, old_price_minor, old_currency, price_minor,
          currency, reason, import_id
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        *(tx.merchant_id, uuid7(now), product.id, now, why.by),
        *(None if old is None else old.minor, None if old is None else old.currency.code),
        *(product.price.minor, product.price.currency.code, why.reason, why.import_id),
    )
