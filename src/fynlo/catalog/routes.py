"""The catalogue over HTTP."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.params import FromPath, FromQuery

from fynlo.catalog import queries
from fynlo.catalog.model import Product
from fynlo.kernel.errors import NotFound
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import LIMIT_DEFAULT, Given, Limit, decode_cursor, encode_cursor
from fynlo.staff import Caller, admit
from fynlo.staff.ports import StaffPorts


class ProductOut(msgspec.Struct, frozen=True):
    """One thing for sale; `price` in minor units of `currency`."""

    id: UUID
    name: str
    category_id: UUID | None
    price: int
    currency: str
    tax_rate_id: UUID
    tax_included: bool
    barcode: str | None
    modifier_ids: list[UUID]
    needs_preparation: bool
    prep_minutes: int
    active: bool
    version: int
    created_at: datetime


class CategoryOut(msgspec.Struct, frozen=True):
    """A part of the menu."""

    id: UUID
    name: str
    position: int
    version: int
    created_at: datetime


class TaxRateOut(msgspec.Struct, frozen=True):
    """A tax rate in basis points: 2000 is 20 %."""

    id: UUID
    name: str
    rate_basis_points: int
    active: bool
    version: int
    created_at: datetime


class ProductList(msgspec.Struct, frozen=True):
    """A page of products, by name."""

    items: list[ProductOut]
    next: str | None


class CategoryList(msgspec.Struct, frozen=True):
    """All categories: there are few."""

    items: list[CategoryOut]
    next: str | None = None


class TaxRateList(msgspec.Struct, frozen=True):
    """All tax rates: there are few."""

    items: list[TaxRateOut]
    next: str | None = None


def _out(product: Product) -> ProductOut:
    return ProductOut(
        id=product.id,
        name=product.name,
        category_id=product.category_id,
        price=product.price.minor,
        currency=product.price.currency.code,
        tax_rate_id=product.tax_rate_id,
        tax_included=product.tax_included,
        barcode=product.barcode,
        modifier_ids=[],
        needs_preparation=product.needs_preparation,
        prep_minutes=product.prep_minutes,
        active=product.active,
        version=product.version,
        created_at=product.created_at,
    )


@get("/products", responses=SIGNED_IN)
async def list_products(
    *,
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
    category_id: FromQuery[UUID | None] = None,
    search: FromQuery[str | None] = None,
    barcode: FromQuery[str | None] = None,
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> ProductList:
    """List products by name."""
    place = decode_cursor(after, tuple[str, UUID])
    wanted = queries.ProductFilter(category_id, search, barcode, place)
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        found = await queries.products(tx, wanted, limit + 1)
    page = found[:limit]
    more = encode_cursor(page[-1].name, page[-1].id) if len(found) > limit else None
    return ProductList([_out(one) for one in page], more)


@get("/products/{product_id:uuid}", responses=SIGNED_IN)
async def get_product(
    product_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> ProductOut:
    """Show one product."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        found = await queries.priced_products(tx, [product_id])
    if not found:
        raise NotFound(f"There is no product {product_id}.")
    return _out(next(iter(found.values())))


@get("/categories", responses=SIGNED_IN)
async def list_categories(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> CategoryList:
    """List the categories in the menu's order."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.categories(tx)
    return CategoryList([msgspec.convert(dict(row), CategoryOut) for row in rows])


@get("/tax-rates", responses=SIGNED_IN)
async def list_tax_rates(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> TaxRateList:
    """List the tax rates."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.tax_rates(tx)
    return TaxRateList([msgspec.convert(dict(row), TaxRateOut) for row in rows])


router = Router(
    "/",
    route_handlers=[list_products, get_product, list_categories, list_tax_rates],
    tags=["Catalogue"],
)
