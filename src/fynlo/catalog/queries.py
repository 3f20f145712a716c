"""What people and orders read of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo.catalog.model.offer import Modifier, Offer
from fynlo.catalog.model.price import PriceChange, Why
from fynlo.catalog.model.product import Ground
from fynlo.catalog.store import PRODUCT, product
from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import ProductId, StaffId, TaxRateId
from fynlo.kernel.money import Money, currency

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fynlo.catalog.model.product import Product
    from fynlo.platform.database import Row, Tx


async def priced_products(tx: Tx, ids: Iterable[UUID]) -> dict[ProductId, Product]:
    """Read products with their prices and taxes, in one round trip; unknown ids are left out."""
    rows = await tx.fetch(PRODUCT + " and p.id = any($2::uuid[])", tx.merchant_id, list(set(ids)))
    return {ProductId(row["id"]): product(row) for row in rows}


async def product_of(tx: Tx, product_id: UUID) -> Product:
    """Read one product; `NotFound` if there is none."""
    found = await priced_products(tx, [product_id])
    if not found:
        raise NotFound(f"There is no product {product_id}.")
    return found[ProductId(product_id)]


async def sells_in(tx: Tx, unit: str) -> bool:
    """Whether any location sells in this currency."""
    found = await tx.fetchval(
        "select exists (select from locations where merchant_id = $1 and currency = $2)",
        *(tx.merchant_id, unit),
    )
    return bool(found)


_OFFERS: Final = """
    select p.*, r.id as applied_rate_id, r.rate_basis_points,
      array(select c.modifier_id from product_modifiers c
        where c.merchant_id = p.merchant_id and c.product_id = p.id order by c.position)
        as modifier_ids,
      s.product_id is not null as is_sold_out,
      (select json_agg(to_jsonb(m) order by c.position)
        from product_modifiers c
        join modifiers m on m.merchant_id = c.merchant_id and m.id = c.modifier_id
        where c.merchant_id = p.merchant_id and c.product_id = p.id and m.active)::text
        as modifiers
    from products p
    left join location_tax_rates t on t.merchant_id = p.merchant_id and t.location_id = $2
      and t.tax_rate_id = p.tax_rate_id
    join tax_rates r on r.merchant_id = p.merchant_id
      and r.id = coalesce(t.applied_rate_id, p.tax_rate_id)
    left join sold_out s on s.merchant_id = p.merchant_id and s.location_id = $2
      and s.product_id = p.id and (s.until is null or s.until > $4)
    where p.merchant_id = $1 and p.id = any($3::uuid[])
"""


class _ModifierRow(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    price_delta_minor: int
    currency: str
    active: bool
    version: int
    created_at: datetime


_modifier_rows: Final = msgspec.json.Decoder(list[_ModifierRow])


async def offers(
    tx: Tx, location_id: UUID, ids: Iterable[UUID], now: datetime
) -> dict[ProductId, Offer]:
    """Read products as a location offers them, in one round trip; unknown ids are left out."""
    rows = await tx.fetch(_OFFERS, tx.merchant_id, location_id, list(set(ids)), now)
    return {ProductId(row["id"]): _offer(row) for row in rows}


def _offer(row: Row) -> Offer:
    found = [_modifier(one) for one in _modifier_rows.decode(row["modifiers"] or "[]")]
    return Offer(
        replace(product(row), tax_rate_id=TaxRateId(row["applied_rate_id"])),
        {one.id: one for one in found},
        row["is_sold_out"],
    )


def _modifier(row: _ModifierRow) -> Modifier:
    price_delta = Money(row.price_delta_minor, currency(row.currency))
    return Modifier(row.id, row.name, price_delta, row.active, row.version, row.created_at)


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products to list, and after which name and id the page starts."""

    category_id: UUID | None = None
    search: str | None = None
    barcode: str | None = None
    after: tuple[str, UUID] | None = None


_BEFORE_ALL: Final = ("", UUID(int=0))
"""Where the first page starts: every name has a letter."""


async def products(tx: Tx, wanted: ProductFilter, limit: int | None) -> list[Product]:
    """List products by name; without a limit, all of them.

    What is not asked is not in the statement: only so does the index on names give a page.
    """
    args: list[object] = [tx.merchant_id, *(wanted.after or _BEFORE_ALL)]
    sql = PRODUCT + " and (p.name, p.id) > ($2, $3::uuid)"
    for condition, value in (
        (" and p.category_id = ${}", wanted.category_id),
        (" and p.barcode = ${}", wanted.barcode),
        (_LIKE, _patterns(wanted.search or "") or None),
    ):
        if value is not None:
            args.append(value)
            sql += condition.format(len(args))
    args.append(limit)
    sql += f" order by p.name, p.id limit ${len(args)}"
    return [product(row) for row in await tx.fetch(sql, *args)]


_LIKE: Final = " and lower(p.name) like all (array(select lower(one) from unnest(${}::text[]) one))"
_PLAIN: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def _patterns(search: str) -> list[str]:
    """Return what a name must be like to have every word of a search in it."""
    return [f"%{word.translate(_PLAIN)}%" for word in search.split()]


async def modifiers(
    tx: Tx,
    modifier_id: UUID | None = None,
    *,
    after: tuple[str, UUID] | None = None,
    limit: int | None = None,
) -> list[Row]:
    """List the modifiers by name, or the one; without a limit, all of them."""
    return await tx.fetch(
        """
        select id, name, price_delta_minor, currency, active, version, created_at from modifiers
        where merchant_id = $1 and ($2::uuid is null or id = $2)
          and ($3::text is null or (name, id) > ($3, $4::uuid))
        order by name, id
        limit $5
        """,
        *(tx.merchant_id, modifier_id, *(after or (None, None)), limit),
    )


async def prices(
    tx: Tx, product_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[PriceChange]:
    """List what a product has cost, the latest change first."""
    before_at, before_id = before or (None, None)
    rows = await tx.fetch(
        """
        select id, at, by_staff, reason, import_id, old_price_minor, old_currency, price_minor,
          currency
        from product_prices
        where merchant_id = $1 and product_id = $2
          and ($3::timestamptz is null or (at, id) < ($3, $4::uuid))
        order by at desc, id desc
        limit $5
        """,
        *(tx.merchant_id, product_id, before_at, before_id, limit),
    )
    return [_price_change(row) for row in rows]


def _price_change(row: Row) -> PriceChange:
    by, old, unit = row["by_staff"], row["old_price_minor"], row["old_currency"]
    return PriceChange(
        id=row["id"],
        at=row["at"],
        why=Why(None if by is None else StaffId(by), row["reason"], row["import_id"]),
        old=None if old is None else Money(old, currency(unit)),
        new=Money(row["price_minor"], currency(row["currency"])),
    )


async def categories(
    tx: Tx,
    category_id: UUID | None = None,
    *,
    after: tuple[int, str, UUID] | None = None,
    limit: int | None = None,
) -> list[Row]:
    """List the categories in their order, or the one; without a limit, all of them."""
    return await tx.fetch(
        """
        select id, name, position, version, created_at from categories
        where merchant_id = $1 and ($2::uuid is null or id = $2)
          and ($3::integer is null or (position, name, id) > ($3, $4::text, $5::uuid))
        order by position, name, id
        limit $6
        """,
        *(tx.merchant_id, category_id, *(after or (None, None, None)), limit),
    )


async def tax_rates(
    tx: Tx,
    rate_id: UUID | None = None,
    *,
    after: tuple[int, str, UUID] | None = None,
    limit: int | None = None,
) -> list[Row]:
    """List the tax rates, the highest first, or the one; without a limit, all of them."""
    return await tx.fetch(
        """
        select id, name, rate_basis_points, active, version, created_at from tax_rates
        where merchant_id = $1 and ($2::uuid is null or id = $2)
          and ($3::integer is null or (-rate_basis_points, name, id) > (-$3, $4::text, $5::uuid))
        order by rate_basis_points desc, name, id
        limit $6
        """,
        *(tx.merchant_id, rate_id, *(after or (None, None, None)), limit),
    )


async def ground(
    tx: Tx, *, category_id: UUID | None, tax_rate_id: UUID, unit: str, modifier_ids: Sequence[UUID]
) -> Ground:
    """Read whether what a product would stand on is there."""
    row = await tx.fetchrow(
        """
        select
          exists (select from categories where merchant_id = $1 and id = $2) as has_category,
          exists (select from locations where merchant_id = $1 and currency = $4) as has_currency,
          r.rate_basis_points, coalesce(r.active, false) as rate_is_active,
          array(select (id, active, currency) from modifiers
            where merchant_id = $1 and id = any($5::uuid[])) as modifiers
        from (select) as one
        left join tax_rates r on r.merchant_id = $1 and r.id = $3
        """,
        *(tx.merchant_id, category_id, tax_rate_id, unit, list(modifier_ids)),
    )
    assert row is not None
    known = {modifier_id: (active, its_unit) for modifier_id, active, its_unit in row["modifiers"]}
    return Ground(
        has_category=row["has_category"],
        rate_basis_points=row["rate_basis_points"],
        rate_is_active=row["rate_is_active"],
        has_currency=row["has_currency"],
        modifiers=known,
    )
