"""A shop is set up over HTTP alone, from what `fynlo merchant create` makes to its first sales."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from fynlo.insight import verify
from fynlo.kernel.ids import LocationId, MerchantId, RegisterId, StaffId
from fynlo.staff import Founding, Hire, Role, found
from fynlo.staff.hashing import passwords
from tests.support.serve import http_client
from tests.support.shop import Shop, Till, cash, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PASSWORD: Final = "shown once"


async def create_merchant(shop: Shop) -> Shop:
    """Make what the command line makes: a location, a register, and an administrator."""
    new = Shop(shop.wiring, shop.url, shop.provider, MerchantId(uuid4()))
    founding = Founding(
        merchant_id=new.merchant_id,
        name="Corner shop",
        country="GB",
        currency="GBP",
        timezone="Europe/London",
        location_id=LocationId(uuid4()),
        registers=((RegisterId(uuid4()), "Till 1"),),
        hires=(
            Hire(
                StaffId(uuid4()),
                "Administrator",
                new.email("admin"),
                Role.ADMIN,
                await asyncio.to_thread(passwords.hash, PASSWORD),
            ),
        ),
    )
    async with new.wiring.db.transaction(new.merchant_id) as tx:
        found(tx, founding, new.wiring.clock.now())
    return new


@asynccontextmanager
async def signed_in(shop: Shop, email: str, password: str) -> AsyncIterator[Till]:
    """Sign somebody in as they do."""
    async with http_client(base_url=shop.url, timeout=30) as http:
        answer = await http.post("/api/v1/auth/login", json={"email": email, "password": password})
        http.headers["Authorization"] = f"Bearer {said(answer, 200)['access_token']}"
        yield Till(shop, http)


async def make(till: Till, path: str, **body: object) -> dict[str, Any]:
    return said(await till.call("POST", path, body), 201)


async def test_a_new_merchant_is_set_up_and_sells_without_anything_but_the_api(
    shop: Shop,
) -> None:
    new = await create_merchant(shop)
    cashier = {"email": new.email("carl"), "password": "quick brown fox"}
    async with signed_in(new, new.email("admin"), PASSWORD) as admin:
        (first,) = said(await admin.call("GET", "/locations"), 200)["items"]
        wish = {"name": "High Street", "day_cutoff": "03:00"}
        said(await admin.call("PATCH", f"/locations/{first['id']}", wish), 200)
        kiosk = {"name": "Kiosk", "country": "IE", "currency": "EUR", "timezone": "Europe/Dublin"}
        branch = await make(admin, "/locations", **kiosk)
        bar = await make(admin, "/registers", location_id=first["id"], name="Bar")
        door = await make(admin, "/registers", location_id=branch["id"], name="Door")
        vat = await make(admin, "/tax-rates", name="VAT", rate_basis_points=2000)
        hot = await make(admin, "/categories", name="Hot drinks")
        sold = {"tax_rate_id": vat["id"], "tax_included": True, "category_id": hot["id"]}
        tea = await make(admin, "/products", name="Tea", price=240, currency="GBP", **sold)
        pastry = await make(admin, "/products", name="Éclair", price=300, currency="EUR", **sold)
        places = [first["id"], branch["id"]]
        await make(admin, "/staff", name="Carl", role="cashier", location_ids=places, **cashier)

    async with signed_in(new, **cashier) as till:
        for register, product, unit in ((bar, tea, "GBP"), (door, pastry, "EUR")):
            where = {"register_id": register["id"]}
            said(await till.call("POST", "/drawers/sessions", {**where, "opening_amount": 0}), 201)
            lines = [{"product_id": product["id"], "quantity": 2}]
            order = said(await till.call("POST", "/orders", {**where, "lines": lines}), 201)
            said(await till.call("POST", f"/orders/{order['id']}/validate", {}), 200)
            assert (order["currency"], order["total"]) == (unit, 2 * product["price"])
            assert order["tax_total"] == 2 * product["price"] // 6
            said(await till.pay(order, cash(order["total"])), 200)
            assert (await till.look(order))["state"] == "done"

    assert await verify(new.wiring.db, new.merchant_id) == []
