"""Put something on the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo import staff
from fynlo.catalog import queries, store
from fynlo.catalog.announce import MenuTold, menu_updated
from fynlo.catalog.model.price import Why
from fynlo.catalog.model.product import BarcodeTaken, new_product
from fynlo.kernel.errors import IdReused
from fynlo.kernel.ids import ProductId, uuid7
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.platform.commands import Made
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.catalog.model.product import Product
    from fynlo.platform.database import Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def add_product(
    ports: Ports, caller: Caller, product_id: UUID | None, wish: Mapping[str, Any]
) -> Made[Product]:
    """Add a product as `wish` says, its `price` in minor units; saying it again changes nothing.

    Raises `Invalid` for a category, tax rate or modifier that is not there, or not in use, and for
    a currency that no location sells in; `BarcodeTaken`; and `IdReused` when the id names what is,
    or has become, another product.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.CATALOG_MANAGE, now)
        product_id = ProductId(product_id or uuid7(now))
        known, is_new = await _find(tx, product_id), False
        if known is None:
            is_new = await _add(tx, caller, product_id, wish, now)
            known = await _find(tx, product_id)
        if known is None:
            raise BarcodeTaken(f"Another product has the barcode {wish['barcode']}.")
        if known.not_yet(wish):
            raise IdReused(f"{product_id} names something else.")
        return Made(known, is_replay=not is_new)


async def _find(tx: Tx, product_id: ProductId) -> Product | None:
    return (await queries.priced_products(tx, [product_id])).get(product_id)


async def _add(
    tx: Tx, caller: Caller, product_id: ProductId, wish: Mapping[str, Any], now: datetime
) -> bool:
    """Add a new product; False if somebody took its id or has its barcode."""
    ground = await queries.ground(
        tx,
        category_id=wish["category_id"],
        tax_rate_id=wish["tax_rate_id"],
        unit=wish["currency"],
        modifier_ids=wish["modifier_ids"],
    )
    product = new_product(product_id, wish, ground, now)
    is_new = await store.insert_product(tx, product, Why(caller.staff_id))
    if is_new:
        act = Act("product.added", "product", product_id, after=wish)
        audit.record(tx, now, caller, act)
        menu_updated(tx, now, MenuTold(1, product_id=product_id))
    return is_new
