"""Things for sale beside what every shop sells: free, dear, taxed on top, foreign, withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo import catalog
from fynlo.catalog import Product
from fynlo.kernel.ids import ProductId, TaxRateId, derive
from fynlo.kernel.money import MINOR_MAX, Money, currency
from tests.support.shop import said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Shop, Till

# Price, currency, whether the tax is in it, whether the kitchen prepares it, whether it is sold.
EXTRAS: Final[dict[str, tuple[int, str, bool, bool, bool]]] = {
    "water": (0, "GBP", True, False, True),
    "tasting": (0, "GBP", True, True, True),
    "catering": (1005, "GBP", False, False, True),
    "palace": (MINOR_MAX, "GBP", True, False, True),
    "croissant": (250, "EUR", True, False, True),
    "yesterday": (100, "GBP", True, False, False),
}


async def stock(shop: Shop) -> None:
    """Put the extras on a shop's menu."""
    now, rate = shop.wiring.clock.now(), TaxRateId(derive(shop.merchant_id, "tax:20"))
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        for name, (price, unit, included, prepared, active) in EXTRAS.items():
            await catalog.insert_product(
                tx,
                Product(
                    id=ProductId(shop.product_id(name)),
                    category_id=None,
                    name=name,
                    price=Money(price, currency(unit)),
                    tax_rate_id=rate,
                    rate_basis_points=2000,
                    tax_included=included,
                    barcode=None,
                    needs_preparation=prepared,
                    prep_minutes=0,
                    active=active,
                    version=1,
                    created_at=now,
                ),
            )


def a_line(till: Till, name: str, quantity: object = 1, **more: Any) -> dict[str, Any]:
    """Ask for something by its name."""
    return {"product_id": str(till.shop.product_id(name)), "quantity": quantity, **more}


async def place(till: Till, *lines: dict[str, Any], **more: Any) -> httpx.Response:
    """Ask for an order as a till does."""
    return await till.call("POST", "/orders", {"lines": list(lines), **more})


async def placed(till: Till, *names: str, **more: Any) -> dict[str, Any]:
    """Take an order, still a draft."""
    return said(await place(till, *(a_line(till, name) for name in names), **more), 201)


async def act(till: Till, order: dict[str, Any], verb: str) -> httpx.Response:
    return await till.call("POST", f"/orders/{order['id']}/{verb}", {})


async def bank_transfer(till: Till, order: dict[str, Any], amount: int) -> dict[str, Any]:
    """Pay in a way that somebody confirms later: until then the money is reserved."""
    payment = {"method": "bank_transfer", "amount": amount}
    transaction: dict[str, Any] = said(await till.pay(order, payment), 202)["transaction"]
    return transaction
