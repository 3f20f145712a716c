"""The menu as an existing till reads it: numbers, parts, searches, a hundred at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from fynlo.kernel.ids import derive
from tests.compat.till import old_till, told
from tests.http.things import prepare
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Shop


def _names(found: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in found]


async def test_the_menu_is_told_in_numbers_and_in_parts(shop: Shop) -> None:
    await prepare(shop)
    category = str(derive(shop.merchant_id, "category"))
    meal, coffee = str(shop.product_id("meal")), str(shop.product_id("coffee"))
    async with shop.till() as manager:
        wish: dict[str, Any] = {"category_id": category, "barcode": "5012345678900"}
        said(await manager.call("PATCH", f"/products/{meal}", wish), 200)
        wish = {"category_id": category, "active": False}
        said(await manager.call("PATCH", f"/products/{coffee}", wish), 200)

    async with old_till(shop) as till:
        whole = await till.send("GET", "/products/mobile")
        part = told(await till.send("GET", f"/products/category/{category}"))
        every = told(await till.send("GET", "/products"))
        page = told(await till.send("GET", "/products?limit=1&offset=1"))
        found = told(await till.send("GET", f"/products?category_id={category}&search=MEA"))
        looked = told(await till.send("POST", "/products/search", {"query": "pen"}))
        ids = {"ids": [coffee, meal, str(uuid4()), meal]}
        batch = told(await till.send("POST", "/products/batch", ids))
        scanned = told(await till.send("GET", "/products/barcode/5012345678900"))
        parts = [
            told(await till.send("GET", path)) for path in ("/products/categories", "/categories")
        ]
        unknown = [
            await till.send("GET", f"/products/category/{uuid4()}"),
            await till.send("GET", "/products/barcode/nothing"),
        ]

    assert part == [scanned]
    assert scanned == {
        "id": meal,
        "name": "meal",
        "price": 10,
        "currency": "GBP",
        "category_id": category,
        "barcode": "5012345678900",
        "available": True,
        "prep_minutes": 5,
    }
    assert b'"price":10.00,' in whole.content
    assert _names(told(whole)) == ["meal", "penny"]
    assert _names(every) == ["coffee", "meal", "penny"]
    assert [one["available"] for one in every] == [False, True, True]
    assert (_names(page), _names(found), _names(looked)) == (["meal"], ["meal"], ["penny"])
    assert _names(batch) == ["coffee", "meal"]
    assert parts == [[{"id": category, "name": "All", "sequence": 0}]] * 2
    for answer in unknown:
        assert refused(answer, 404, "not-found")["error"]["code"] == "API004"


async def test_a_menu_of_another_shop_is_not_seen(shop: Shop) -> None:
    async with shop.stranger() as stranger, old_till(stranger.shop) as elsewhere:
        body = {"ids": [str(shop.product_id("meal"))]}
        assert told(await elsewhere.send("POST", "/products/batch", body)) == []


async def test_more_than_a_hundred_at_a_time_are_refused(shop: Shop) -> None:
    async with old_till(shop) as till:
        too_many = {"ids": [str(uuid4()) for _ in range(101)]}
        refused(await till.send("POST", "/products/batch", too_many), 400, "invalid-request")
        refused(await till.send("GET", "/products?limit=101"), 400, "invalid-request")
