"""Cash stays where it is taken: in a drawer of its location and currency, for who works there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.drawers.hands import close, count, open_location, order_at, report, send_away
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


@pytest.mark.parametrize("unit", ["EUR", "GBP"])
async def test_cash_of_another_location_goes_into_no_drawer_here(till: Till, unit: str) -> None:
    drawer = await till.open_drawer(0)
    dublin = await open_location(till.shop, "Dublin", unit)
    async with till.shop.till("admin") as admin:
        order = await order_at(admin, dublin)
        before = await till.shop.everything()

        for payment in (cash(1000), cash(1000, tendered=2000), card(1000)):
            answer = await admin.pay(order, payment, drawer_session_id=drawer["id"])
            refused(answer, 422, "drawer-session-mismatch")

        assert await till.shop.everything() == before
        assert await till.shop.provider.intents() == []


async def test_an_order_of_the_same_location_in_another_currency_goes_into_no_drawer(
    till: Till,
) -> None:
    drawer = await till.open_drawer(0)
    lines = [{"product_id": str(till.shop.product_id("meal")), "quantity": 1}]
    order = said(await till.call("POST", "/orders", {"lines": lines}), 201)
    said(await till.call("POST", f"/orders/{order['id']}/validate", {}), 200)
    sql = "update drawer_sessions set currency = 'EUR' returning id"
    await till.shop.rows(sql)
    before = await till.shop.everything()

    answer = await till.pay(order, cash(1000), drawer_session_id=drawer["id"])

    refused(answer, 422, "drawer-session-mismatch")
    assert await till.shop.everything() == before
    await till.shop.rows(sql.replace("EUR", "GBP"))
    said(await till.pay(order, cash(1000), drawer_session_id=drawer["id"]), 200)


async def test_who_works_elsewhere_neither_sees_nor_touches_a_drawer_here(till: Till) -> None:
    drawer = await till.open_drawer(100)
    path = f"/drawers/sessions/{drawer['id']}"
    current = f"/drawers/sessions/current?register_id={drawer['register_id']}"
    moved = {"type": "drop", "amount": 1, "reason": "To the safe"}
    await send_away(till.shop, "manager", "cashier", "admin")
    before = await till.shop.everything()

    for who in ("manager", "cashier"):
        async with till.shop.till(who) as elsewhere:
            for answer in (
                await elsewhere.call("GET", current),
                await elsewhere.call("GET", f"{path}/report"),
                await elsewhere.call("POST", f"{path}/movements", moved),
                await count(elsewhere, drawer, 100),
                await close(elsewhere, drawer, 100),
            ):
                refused(answer, 403, "forbidden")
    assert await till.shop.everything() == before

    async with till.shop.till("admin") as admin:  # Works everywhere.
        assert said(await admin.call("GET", current), 200) == drawer
        said(await admin.call("POST", f"{path}/movements", moved), 201)
        said(await count(admin, drawer, 99), 200)
        said(await close(admin, drawer, 99), 200)
        assert (await report(admin, drawer))["z_number"] == 1
