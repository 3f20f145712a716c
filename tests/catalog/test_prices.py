"""The history of prices: every change once, by whom and why, and nobody rewrites it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.catalog.test_changes import add, change, tea
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def prices(till: Till, product_id: object, query: str = "") -> dict[str, Any]:
    return said(await till.call("GET", f"/products/{product_id}/prices{query}"), 200)


def money(price: int, unit: str = "GBP") -> dict[str, Any]:
    return {"price": price, "currency": unit}


async def test_every_price_is_kept_with_who_set_it_and_why(till: Till) -> None:
    shop = till.shop
    product = await add(till, price=250)
    shop.advance(60)
    async with shop.till("admin") as admin:
        said(await change(admin, product, price=260, reason="Tea is dearer"), 200)
        said(await change(admin, product, price=260, name="Tea", reason="Nothing"), 200)
        said(await change(admin, product, reason="Nothing"), 200)
        refused(await change(admin, product, price=-1, reason="No"), 400, "invalid-request")
    shop.advance(60)
    said(await change(till, product, price=0), 200)

    found = await prices(till, product["id"])

    told = [(one["old"], one["new"], one["at"], one["reason"], one["by"]) for one in found["items"]]
    manager, boss = str(shop.staff_id("manager")), str(shop.staff_id("admin"))
    assert told == [
        (money(260), money(0), "2026-03-04T12:02:00Z", None, manager),
        (money(250), money(260), "2026-03-04T12:01:00Z", "Tea is dearer", boss),
        (None, money(250), "2026-03-04T12:00:00Z", None, manager),
    ]
    assert {one["import_id"] for one in found["items"]} == {None}
    first = await prices(till, product["id"], "?limit=2")
    rest = await prices(till, product["id"], f"?limit=2&after={first['next']}")
    assert first["items"] + rest["items"] == found["items"]
    assert (found["next"], rest["next"]) == (None, None)


async def test_a_price_in_another_currency_is_another_price(till: Till) -> None:
    abroad = {"name": "Abroad", "country": "IE", "currency": "EUR", "timezone": "Europe/Dublin"}
    async with till.shop.till("admin") as admin:
        said(await admin.call("POST", "/locations", abroad), 201)
    product = await add(till)
    till.shop.advance(1)
    said(await change(till, product, currency="EUR"), 200)

    latest = (await prices(till, product["id"]))["items"][0]

    assert (latest["old"], latest["new"]) == (money(250), money(250, "EUR"))


async def test_a_repeat_leaves_one_entry(till: Till) -> None:
    body = tea(till.shop, id="0197e0d0-0000-7000-8000-000000000001")
    for _ in range(2):
        said(await till.call("POST", "/products", body), 201)

    assert len((await prices(till, body["id"]))["items"]) == 1


async def test_only_who_makes_prices_reads_their_history(till: Till) -> None:
    path = f"/products/{till.shop.product_id('meal')}/prices"
    assert said(await till.call("GET", path), 200) == {"items": [], "next": None}

    for who in ("cashier", "kitchen"):
        async with till.shop.till(who) as somebody:
            refused(await somebody.call("GET", path), 403, "forbidden")
    async with till.shop.stranger("admin") as stranger:
        refused(await stranger.call("GET", path), 404, "not-found")


@pytest.mark.parametrize(
    "sql", ["update product_prices set price_minor = 1", "delete from product_prices"]
)
async def test_nobody_rewrites_what_a_price_was(till: Till, sql: str) -> None:
    product = await add(till)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await till.shop.rows(sql)

    assert [one["new"] for one in (await prices(till, product["id"]))["items"]] == [money(250)]
