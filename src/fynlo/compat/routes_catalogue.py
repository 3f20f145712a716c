"""The menu as the till reads it: the same products and categories, prices as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from fynlo.catalog import queries
from fynlo.compat.amounts import Shown, show
from fynlo.kernel.errors import NotFound
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import LIMIT_DEFAULT, Given, Limit
from fynlo.staff import Caller, admit
from fynlo.staff.ports import StaffPorts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fynlo.catalog import Product
    from fynlo.platform.database import Row, Tx

BATCH_MAX: Final = 100
OFFSET_MAX: Final = 10_000

BarcodePath = Annotated[str, PathParameter(description="What a scanner reads.")]
Offset = Annotated[int, QueryParameter(ge=0, le=OFFSET_MAX)]


class TillProduct(msgspec.Struct, frozen=True):
    """Something for sale; `price` is a number of `currency`'s unit."""

    id: UUID
    name: str
    price: Shown
    currency: str
    category_id: UUID | None
    barcode: str | None
    available: bool
    prep_minutes: int


class TillCategory(msgspec.Struct, frozen=True):
    """A part of the menu."""

    id: UUID
    name: str
    sequence: int


class TillProductAnswer(msgspec.Struct, frozen=True):
    """One product."""

    success: bool
    data: TillProduct


class TillProductsAnswer(msgspec.Struct, frozen=True):
    """Products, by name."""

    success: bool
    data: list[TillProduct]


class TillCategoriesAnswer(msgspec.Struct, frozen=True):
    """All categories, in the menu's order."""

    success: bool
    data: list[TillCategory]


class TillSearchIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to look for: each word is somewhere in the name."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    category_id: UUID | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=BATCH_MAX)] = LIMIT_DEFAULT


class TillBatchIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which products to show; those that are not there are left out."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=BATCH_MAX)]


def _product(product: Product) -> TillProduct:
    return TillProduct(
        id=product.id,
        name=product.name,
        price=show(product.price),
        currency=product.price.currency.code,
        category_id=product.category_id,
        barcode=product.barcode,
        available=product.active,
        prep_minutes=product.prep_minutes,
    )


def _products(found: Iterable[Product]) -> TillProductsAnswer:
    return TillProductsAnswer(success=True, data=[_product(one) for one in found])


def _categories(rows: Iterable[Row]) -> TillCategoriesAnswer:
    data = [TillCategory(row["id"], row["name"], row["position"]) for row in rows]
    return TillCategoriesAnswer(success=True, data=data)


async def _admit(tx: Tx, caller: Caller, ports: StaffPorts) -> None:
    await admit(tx, caller, None, ports.clock.now())


@get("/products/mobile", responses=SIGNED_IN)
async def mobile_menu(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> TillProductsAnswer:
    """List all that is for sale."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await _admit(tx, caller, staff_ports)
        found = await queries.products(tx, queries.ProductFilter(), None)
    return _products(one for one in found if one.active)


@get("/till/products", responses=SIGNED_IN)
async def till_products(
    *,
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
    category_id: FromQuery[UUID | None] = None,
    search: FromQuery[str | None] = None,
    limit: Limit = LIMIT_DEFAULT,
    offset: Offset = 0,
) -> TillProductsAnswer:
    """List products by name, from an offset."""
    wanted = queries.ProductFilter(category_id, search)
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await _admit(tx, caller, staff_ports)
        found = await queries.products(tx, wanted, offset + limit)
    return _products(found[offset:])


@get("/products/category/{category_id:uuid}", responses=SIGNED_IN)
async def products_of_category(
    category_id: FromPath[UUID], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> TillProductsAnswer:
    """List what is for sale in a part of the menu."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await _admit(tx, caller, staff_ports)
        if not await queries.categories(tx, category_id):
            raise NotFound(f"There is no category {category_id}.")
        found = await queries.products(tx, queries.ProductFilter(category_id), None)
    return _products(one for one in found if one.active)


@get("/products/barcode/{code:str}", responses=SIGNED_IN)
async def product_by_barcode(
    code: BarcodePath, caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> TillProductAnswer:
    """Show what has this barcode."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await _admit(tx, caller, staff_ports)
        found = await queries.products(tx, queries.ProductFilter(barcode=code), 1)
    if not found:
        raise NotFound("There is no product with this barcode.")
    return TillProductAnswer(success=True, data=_product(found[0]))


@post("/products/search", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def search_products(
    data: JSONBody[TillSearchIn], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> TillProductsAnswer:
    """Look for products by the words of their names."""
    wanted = queries.ProductFilter(data.category_id, data.query)
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await _admit(tx, caller, staff_ports)
        return _products(await queries.products(tx, wanted, data.limit))


@post("/products/batch", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def product_batch(
    data: JSONBody[TillBatchIn], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> TillProductsAnswer:
    """Show up to a hundred products by their ids."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await _admit(tx, caller, staff_ports)
        found = await queries.priced_products(tx, data.ids)
    return _products(sorted(found.values(), key=lambda one: (one.name, one.id)))


@get("/products/categories", responses=SIGNED_IN)
async def menu_categories(
    caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> TillCategoriesAnswer:
    """List the parts of the menu."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await _admit(tx, caller, staff_ports)
        return _categories(await queries.categories(tx))


@get("/till/categories", responses=SIGNED_IN)
async def till_categories(
    caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> TillCategoriesAnswer:
    """List the parts of the menu to a till that asks for `/categories`."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await _admit(tx, caller, staff_ports)
        return _categories(await queries.categories(tx))


HANDLERS: Final = (
    *(mobile_menu, till_products, products_of_category, product_by_barcode),
    *(search_products, product_batch, menu_categories, till_categories),
)
