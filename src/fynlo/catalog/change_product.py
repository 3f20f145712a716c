"""Change something on the menu: its price, its tax, its place, whether it is for sale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncpg import UniqueViolationError

from fynlo import staff
from fynlo.catalog import queries, store
from fynlo.catalog.announce import MenuTold, menu_updated
from fynlo.catalog.model.price import Why
from fynlo.catalog.model.product import BarcodeTaken
from fynlo.kernel.errors import must_be_at
from fynlo.kernel.ids import ProductId
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.catalog.model.product import Product
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def change_product(
    ports: Ports, caller: Caller, product_id: UUID, wish: Mapping[str, Any], version: int | None
) -> Product:
    """Change what `wish` names; orders keep what they were priced at, later ones obey.

    `reason` is kept with the history of prices, if the price changes. Raises `NotFound`,
    `VersionConflict`, `BarcodeTaken`, and `Invalid` for a category, tax rate or modifier that is
    not there, or not in use, and for a currency that no location sells in.
    """
    wish = dict(wish)
    reason = wish.pop("reason", None)
    now = ports.clock.now()
    try:
        async with ports.db.transaction(caller.merchant_id) as tx:
            actor = await staff.admit(tx, caller, Permission.CATALOG_MANAGE, now)
            was = await store.lock_product(tx, ProductId(product_id))
            must_be_at(was.version, version)
            ground = await queries.ground(
                tx,
                category_id=wish.get("category_id", was.category_id),
                tax_rate_id=wish.get("tax_rate_id", was.tax_rate_id),
                unit=wish.get("currency", was.price.currency.code),
                modifier_ids=wish.get("modifier_ids", was.modifier_ids),
            )
            after = was.change(wish, ground)
            why = Why(actor.staff_id, reason)
            store.save_product(tx, after, was=was, why=why, now=now)
            new = was.not_yet(wish)
            before = was.says(new)
            act = Act("product.changed", "product", product_id, before, new, reason)
            audit.record(tx, now, caller, act)
            menu_updated(tx, now, MenuTold(after.version, product_id=after.id))
    except UniqueViolationError as error:
        if error.constraint_name != "products_barcode":
            raise
        raise BarcodeTaken(f"Another product has the barcode {wish['barcode']}.") from None
    return after
