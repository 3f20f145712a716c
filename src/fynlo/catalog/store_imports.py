"""All writing SQL of an import: a whole menu in a handful of statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from fynlo.catalog.model.importing import Plan
    from fynlo.catalog.model.product import Product
    from fynlo.kernel.ids import StaffId
    from fynlo.kernel.money import Money
    from fynlo.platform.database import Tx


async def lock_menu(tx: Tx, product_ids: Sequence[UUID]) -> None:
    """Let one import of a merchant's run at a time, and nobody else change what it changes."""
    await tx.fetchval("select 1 from merchants where id = $1 for no key update", tx.merchant_id)
    await tx.fetch(
        """
        select 1 from products where merchant_id = $1 and id = any($2::uuid[])
        order by id for no key update
        """,
        *(tx.merchant_id, product_ids),
    )


def save_import(tx: Tx, import_id: UUID, plan: Plan, by: StaffId, now: datetime) -> None:
    """Queue everything that an import does, and that it was one."""
    tx.write(
        """
        insert into catalog_imports (merchant_id, id, by_staff, at, added, changed, unchanged)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        *(tx.merchant_id, import_id, by, now, len(plan.added), len(plan.changed)),
        plan.unchanged,
    )
    _add_categories(tx, plan, now)
    _free_barcodes(tx, plan)
    _change_products(tx, [after for _, after in plan.changed])
    _add_products(tx, plan.added)
    _set_modifiers(tx, plan)
    prices: list[tuple[Product, Money | None]] = [(one, None) for one in plan.added]
    prices += [(after, was.price) for was, after in plan.changed if was.price != after.price]
    _add_prices(tx, prices, import_id, by, now)


def _add_categories(tx: Tx, plan: Plan, now: datetime) -> None:
    tx.write(
        """
        insert into categories (merchant_id, id, name, position, created_at)
        select $1::uuid, new.id, new.name,
          least(1000000, new.place + coalesce(
            (select max(position) from categories where merchant_id = $1), -1)),
          $4::timestamptz
        from unnest($2::uuid[], $3::text[]) with ordinality as new (id, name, place)
        """,
        *(tx.merchant_id, list(plan.categories.values()), list(plan.categories), now),
        rows=len(plan.categories),
    )


def _free_barcodes(tx: Tx, plan: Plan) -> None:
    """Take barcodes away first: two products may exchange theirs."""
    moved = [after.id for was, after in plan.changed if was.barcode not in {None, after.barcode}]
    tx.write(
        "update products set barcode = null where merchant_id = $1 and id = any($2::uuid[])",
        *(tx.merchant_id, moved),
        rows=len(moved),
    )


_COLUMNS: Final = """
  unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::uuid[], $8::boolean[],
    $9::text[], $10::boolean[], $11::integer[], $12::boolean[])
  as new (id, category_id, name, price_minor, currency, tax_rate_id, tax_included, barcode,
    needs_preparation, prep_minutes, active)
"""


def _values(products: Sequence[Product]) -> tuple[list[object], ...]:
    return (
        [one.id for one in products],
        [one.category_id for one in products],
        [one.name for one in products],
        [one.price.minor for one in products],
        [one.price.currency.code for one in products],
        [one.tax_rate_id for one in products],
        [one.tax_included for one in products],
        [one.barcode for one in products],
        [one.needs_preparation for one in products],
        [one.prep_minutes for one in products],
        [one.active for one in products],
    )


def _change_products(tx: Tx, products: Sequence[Product]) -> None:
    tx.write(
        f"""
        update products p
        set category_id = new.category_id, name = new.name, price_minor = new.price_minor,
            currency = new.currency, tax_rate_id = new.tax_rate_id,
            tax_included = new.tax_included, barcode = new.barcode,
            needs_preparation = new.needs_preparation, prep_minutes = new.prep_minutes,
            active = new.active, version = p.version + 1
        from {_COLUMNS}
        where p.merchant_id = $1 and p.id = new.id
        """,  # noqa: S608 - our own constant
        *(tx.merchant_id, *_values(products)),
        rows=len(products),
    )


def _add_products(tx: Tx, products: Sequence[Product]) -> None:
    tx.write(
        f"""
        insert into products (
          merchant_id, id, category_id, name, price_minor, currency, tax_rate_id, tax_included,
          barcode, needs_preparation, prep_minutes, active, created_at
        )
        select $1::uuid, new.*, $13::timestamptz from {_COLUMNS}
        """,  # noqa: S608 - our own constant
        *(tx.merchant_id, *_values(products)),
        products[0].created_at if products else None,
        rows=len(products),
    )


def _set_modifiers(tx: Tx, plan: Plan) -> None:
    changed = [
        (was, after) for was, after in plan.changed if was.modifier_ids != after.modifier_ids
    ]
    tx.write(
        """
        delete from product_modifiers where merchant_id = $1 and product_id = any($2::uuid[])
        """,
        *(tx.merchant_id, [after.id for _, after in changed]),
        rows=sum(len(was.modifier_ids) for was, _ in changed),
    )
    chosen: list[tuple[UUID, UUID, int]] = []
    for product in [*(after for _, after in changed), *plan.added]:
        chosen += [(product.id, one, place) for place, one in enumerate(product.modifier_ids, 1)]
    tx.write(
        """
        insert into product_modifiers (merchant_id, product_id, modifier_id, position)
        select $1::uuid, new.product_id, new.modifier_id, new.position
        from unnest($2::uuid[], $3::uuid[], $4::bigint[])
          as new (product_id, modifier_id, position)
        """,
        *(tx.merchant_id, [one[0] for one in chosen], [one[1] for one in chosen]),
        [one[2] for one in chosen],
        rows=len(chosen),
    )


def _add_prices(
    tx: Tx,
    prices: Sequence[tuple[Product, Money | None]],
    import_id: UUID,
    by: StaffId,
    now: datetime,
) -> None:
    tx.write(
        """
        insert into product_prices (
          merchant_id, id, product_id, at, by_staff, old_price_minor, old_currency, price_minor,
          currency, import_id
        )
        select $1::uuid, new.id, new.product_id, $2::timestamptz, $3::uuid,
          new.old_price_minor, new.old_currency, new.price_minor, new.currency, $4::uuid
        from unnest($5::uuid[], $6::uuid[], $7::bigint[], $8::text[], $9::bigint[], $10::text[])
          as new (id, product_id, old_price_minor, old_currency, price_minor, currency)
        """,
        *(tx.merchant_id, now, by, import_id),
        [uuid7(now) for _ in prices],
        [product.id for product, _ in prices],
        [None if old is None else old.minor for _, old in prices],
        [None if old is None else old.currency.code for _, old in prices],
        [product.price.minor for product, _ in prices],
        [product.price.currency.code for product, _ in prices],
        rows=len(prices),
    )
