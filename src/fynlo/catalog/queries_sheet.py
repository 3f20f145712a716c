"""The whole menu, as an import compares with it and an export writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.catalog import queries
from fynlo.catalog.model.importing import Menu

if TYPE_CHECKING:
    from fynlo.platform.database import Tx


async def menu(tx: Tx) -> Menu:
    """Read every product, and all that one could stand on."""
    products = await queries.products(tx, queries.ProductFilter(), None)
    categories = await queries.categories(tx)
    rates = await queries.tax_rates(tx)
    modifiers = await queries.modifiers(tx)
    units = await tx.fetch(
        "select distinct currency from locations where merchant_id = $1", tx.merchant_id
    )
    return Menu(
        products={one.id: one for one in products},
        categories={row["id"]: row["name"] for row in categories},
        rate_names={row["id"]: row["name"] for row in rates},
        rates={row["id"]: (row["rate_basis_points"], row["active"]) for row in rates},
        modifier_names={row["id"]: row["name"] for row in modifiers},
        modifiers={row["id"]: (row["active"], row["currency"]) for row in modifiers},
        currencies=frozenset(row["currency"] for row in units),
    )
