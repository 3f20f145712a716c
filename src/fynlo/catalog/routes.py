"""Products over HTTP, and the rest of the catalogue beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from fynlo.catalog import (
    queries,
    routes_categories,
    routes_modifiers,
    routes_places,
    routes_prices,
    routes_sheet,
    routes_tax_rates,
)
from fynlo.catalog.add_product import add_product
from fynlo.catalog.change_product import change_product
from fynlo.catalog.model.product import MODIFIERS_MAX, Product
from fynlo.kernel.money import MINOR_MAX
from fynlo.platform.body import END, Line, Version, changes, fields
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import LIMIT_DEFAULT, Given, Limit, decode_cursor, encode_cursor, made
from fynlo.staff import Caller, admit
from fynlo.staff.ports import StaffPorts

Price = Annotated[int, msgspec.Meta(ge=0, le=MINOR_MAX)]
Unit = Annotated[
    str, msgspec.Meta(min_length=3, max_length=3, pattern="^[A-Z]{3}$", examples=["GBP"])
]
Barcode = Annotated[
    str, msgspec.Meta(min_length=1, max_length=64, pattern=rf"^[^\x00-\x1f\x7f]+{END}")
]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=1440)]


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


ModifierIds = Annotated[list[UUID], msgspec.Meta(max_length=MODIFIERS_MAX)]


class ProductIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to sell; `price` in minor units of `currency`, with the tax in it or not."""

    name: Line
    price: Price
    currency: Unit
    tax_rate_id: UUID
    tax_included: bool
    category_id: UUID | None = None
    barcode: Barcode | None = None
    modifier_ids: ModifierIds = []
    needs_preparation: bool = False
    prep_minutes: Minutes = 0
    active: bool = True
    id: UUID | None = None


class ProductPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; `null` removes a category or barcode. With `version`, only if it is that.

    `reason` is kept with the history of prices.
    """

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    currency: Unit | UnsetType = UNSET
    tax_rate_id: UUID | UnsetType = UNSET
    tax_included: bool | UnsetType = UNSET
    category_id: UUID | UnsetType | None = UNSET
    barcode: Barcode | UnsetType | None = UNSET
    modifier_ids: ModifierIds | UnsetType = UNSET
    needs_preparation: bool | UnsetType = UNSET
    prep_minutes: Minutes | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    reason: Line | UnsetType = UNSET


class ProductList(msgspec.Struct, frozen=True):
    """A page of products, by name."""

    items: list[ProductOut]
    next: str | None


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
        modifier_ids=list(product.modifier_ids),
        needs_preparation=product.needs_preparation,
        prep_minutes=product.prep_minutes,
        active=product.active,
        version=product.version,
        created_at=product.created_at,
    )


def _kept(wish: dict[str, Any]) -> dict[str, Any]:
    """Return a wish as a product holds it."""
    if "modifier_ids" in wish:
        return {**wish, "modifier_ids": tuple(wish["modifier_ids"])}
    return wish


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
    """List products by name. Each word of `search` is somewhere in the name, in any case."""
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
        return _out(await queries.product_of(tx, product_id))


@post("/products", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_product(
    data: JSONBody[ProductIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> Response[ProductOut]:
    """Put something on the menu; the same `id` and content again is harmless."""
    added = await add_product(staff_ports, caller, data.id, _kept(fields(data)))
    return made(_out(added.thing), is_replay=added.is_replay)


@patch("/products/{product_id:uuid}", responses=SIGNED_IN)
async def patch_product(
    product_id: FromPath[UUID],
    data: JSONBody[ProductPatch],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> ProductOut:
    """Change the fields given, for every order from now on."""
    wish, version = changes(data)
    return _out(await change_product(staff_ports, caller, product_id, _kept(wish), version))


router = Router(
    "/",
    route_handlers=[
        *(list_products, get_product, create_product, patch_product),
        *routes_categories.HANDLERS,
        *routes_modifiers.HANDLERS,
        *routes_tax_rates.HANDLERS,
        *routes_places.HANDLERS,
        *routes_prices.HANDLERS,
        *routes_sheet.HANDLERS,
    ],
    tags=["Catalogue"],
)
