"""The menu, as tills read it: page by page, found by name, category or barcode, one shop's own."""

from __future__ import annotations

import base64
import json
from itertools import product
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import pytest

from fynlo import catalog
from fynlo.catalog import Product
from fynlo.kernel.ids import ProductId, TaxRateId, derive
from fynlo.kernel.money import Money, currency
from tests.http.document import document
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till

MENU: Final = ("Flat white", "Flat bread", "Äpfel", "Tea 100%", "Tea_pot", "tea", "Zest")


@pytest.fixture
async def menu(shop: Shop) -> dict[str, UUID]:
    """Put a menu beside what every shop sells; returns the ids by name."""
    now, rate = shop.wiring.clock.now(), TaxRateId(derive(shop.merchant_id, "tax:20"))
    hot, cold = derive(shop.merchant_id, "hot"), derive(shop.merchant_id, "cold")
    ids = {name: derive(shop.merchant_id, name) for name in MENU}
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await catalog.insert_tax_rate(
            tx, TaxRateId(derive(shop.merchant_id, "tax:0")), "Zero", 0, now
        )
        await catalog.insert_category(tx, hot, "Hot", 2, now)
        await catalog.insert_category(tx, cold, "Cold", 1, now)
        for position, (name, product_id) in enumerate(ids.items()):
            await catalog.insert_product(
                tx,
                Product(
                    id=ProductId(product_id),
                    category_id=(hot, cold, None)[position % 3],
                    name=name,
                    price=Money(100 + position, currency("GBP")),
                    tax_rate_id=rate,
                    rate_basis_points=2000,
                    tax_included=True,
                    barcode=f"5012345{position:05}",
                    needs_preparation=True,
                    prep_minutes=3,
                    active=name != "Zest",
                    version=1,
                    created_at=now,
                ),
            )
    return ids | {"Hot": hot, "Cold": cold}


async def names(till: Till, query: str) -> list[str]:
    listed = said(await till.call("GET", f"/products?{query}"), 200)
    return [one["name"] for one in listed["items"]]


async def test_a_product_is_shown_as_it_is(till: Till, menu: dict[str, UUID]) -> None:
    product = said(await till.call("GET", f"/products/{menu['Flat bread']}"), 200)

    assert product == {
        "id": str(menu["Flat bread"]),
        "name": "Flat bread",
        "category_id": str(menu["Cold"]),
        "price": 101,
        "currency": "GBP",
        "tax_rate_id": str(derive(till.shop.merchant_id, "tax:20")),
        "tax_included": True,
        "barcode": "501234500001",
        "modifier_ids": [],
        "needs_preparation": True,
        "prep_minutes": 3,
        "active": True,
        "version": 1,
        "created_at": "2026-03-04T12:00:00Z",
    }
    for unknown in (uuid4(), derive(till.shop.merchant_id, "tax:20")):
        refused(await till.call("GET", f"/products/{unknown}"), 404, "not-found")


async def test_pages_hold_every_product_once_and_in_order(
    till: Till, menu: dict[str, UUID]
) -> None:
    assert menu
    whole = said(await till.call("GET", "/products"), 200)

    for size in (1, 3, 5, 10):
        items: list[dict[str, Any]] = []
        after, pages = "", 0
        while True:
            page = said(await till.call("GET", f"/products?limit={size}{after}"), 200)
            items, pages = [*items, *page["items"]], pages + 1
            if page["next"] is None:
                break
            assert len(page["items"]) == size
            after = f"&after={page['next']}"
        assert items == whole["items"]
        assert pages == -(-10 // size)

    assert len({one["id"] for one in whole["items"]}) == len(MENU) + 3
    assert whole["next"] is None


async def test_products_are_found_by_part_of_their_name_as_it_is_written(
    till: Till, menu: dict[str, UUID]
) -> None:
    assert menu
    assert await names(till, "search=FLAT") == ["Flat bread", "Flat white"]
    assert await names(till, "search=äPF") == ["Äpfel"]
    assert await names(till, "search=0%25") == ["Tea 100%"]
    assert await names(till, "search=_") == ["Tea_pot"]
    assert await names(till, "search=%25%25") == []
    assert sorted(await names(till, "search=tea")) == ["Tea 100%", "Tea_pot", "tea"]


async def test_every_word_of_a_search_is_somewhere_in_the_name(
    till: Till, menu: dict[str, UUID]
) -> None:
    assert menu
    assert await names(till, "search=white%20FLAT") == ["Flat white"]
    assert await names(till, "search=%20bre%20%20at%20") == ["Flat bread"]
    assert await names(till, "search=flat%20tea") == []
    assert await names(till, "search=%5C") == []
    everything = await names(till, "")
    assert await names(till, "search=") == everything
    assert await names(till, "search=%20%20") == everything


TEXTS: Final = (
    *("O'Brien", "Table #5", "-- #c0ffee --", "'; drop table orders; --", "select * from products"),
    *("<script>alert(1)</script>", "{{7*7}}", "%s %(a)s", "a\\b", "Ünï🍺 ٣", "=1+1", "/* x */"),
)


async def test_tr115_any_text_is_a_name_and_is_found_by_it(till: Till) -> None:
    needed = {"price": 1, "currency": "GBP", "tax_included": True}
    needed["tax_rate_id"] = str(derive(till.shop.merchant_id, "tax:20"))
    for number, text in enumerate(TEXTS):
        body = {**needed, "name": text, "barcode": f"{text}"}
        made = said(await till.call("POST", "/products", body), 201)
        modifier = {"name": text, "price_delta": number, "currency": "GBP"}
        said(await till.call("POST", "/modifiers", modifier), 201)

        assert (made["name"], made["barcode"]) == (text, text)
        for asked in ({"search": text}, {"barcode": text}, {"search": f"  {text.upper()} "}):
            answer = await till.http.get("/api/v1/products", params=asked)
            assert [one["id"] for one in said(answer, 200)["items"]] == [made["id"]], asked
        order = said(
            await till.call(
                "POST",
                "/orders",
                {"table": text, "lines": [{"product_id": made["id"], "quantity": 1, "note": text}]},
            ),
            201,
        )
        assert [order["table"], order["lines"][0]["name"], order["lines"][0]["note"]] == [text] * 3
    listed = said(await till.call("GET", "/modifiers"), 200)["items"]
    assert {one["name"]: one["price_delta"] for one in listed} == {
        text: number for number, text in enumerate(TEXTS)
    }


async def test_tr114_nobody_is_told_what_a_product_costs_the_shop(till: Till) -> None:
    for who in ("cashier", "kitchen", "manager", "admin"):
        async with till.shop.till(who) as somebody:
            for one in said(await somebody.call("GET", "/products"), 200)["items"]:
                assert set(one) == {
                    *("id", "name", "category_id", "price", "currency", "tax_rate_id"),
                    *("tax_included", "barcode", "modifier_ids", "needs_preparation"),
                    *("prep_minutes", "active", "version", "created_at"),
                }
    body = {"cost": 1}
    path = f"/products/{till.shop.product_id('meal')}"
    refused(await till.call("PATCH", path, body), 400, "invalid-request")
    told: set[str] = set()
    for schema in document()["components"]["schemas"].values():
        told |= schema.get("properties", {}).keys()
    assert "price" in told
    assert [name for name in told if "cost" in name or "margin" in name] == []


async def test_products_are_found_by_category_and_barcode(
    till: Till, menu: dict[str, UUID]
) -> None:
    hot = f"category_id={menu['Hot']}"

    assert await names(till, "barcode=501234500002") == ["Äpfel"]
    assert await names(till, "barcode=50123450000") == []
    assert set(await names(till, hot)) == {"Flat white", "Tea 100%", "Zest"}
    assert await names(till, f"{hot}&search=flat") == ["Flat white"]
    assert await names(till, f"{hot}&barcode=501234500001") == []
    assert await names(till, f"category_id={uuid4()}") == []


async def test_categories_and_tax_rates_are_listed_in_their_order(
    till: Till, menu: dict[str, UUID]
) -> None:
    categories = said(await till.call("GET", "/categories"), 200)
    rates = said(await till.call("GET", "/tax-rates"), 200)

    assert categories == {
        "items": [
            {
                "id": str(menu[name]),
                "name": name,
                "position": position,
                "version": 1,
                "created_at": "2026-03-04T12:00:00Z",
            }
            for position, name in enumerate(("Cold", "Hot"), 1)
        ],
        "next": None,
    }
    found = [(one["name"], one["rate_basis_points"], one["active"]) for one in rates["items"]]
    assert found == [("VAT", 2000, True), ("Zero", 0, True)]
    assert rates["next"] is None


@pytest.mark.parametrize(
    ("path", "bodies"),
    [
        ("/categories", [
            {"name": name, "position": place} for name, place in product("bca", (1_000_000, 0, 2))
        ]),
        ("/modifiers", [
            {"name": name, "price_delta": delta, "currency": "GBP"}
            for name, delta in product("bca", (1, -1))
        ]),
        ("/tax-rates", [
            {"name": name, "rate_basis_points": points}
            for name, points in product("bca", (10_000, 0))
        ]),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
async def test_few_things_come_at_once_or_in_pages_and_each_is_in_one(
    till: Till, path: str, bodies: list[dict[str, Any]]
) -> None:
    for body in [*bodies, *bodies]:  # Everything twice: then only ids tell them apart.
        said(await till.call("POST", path, body), 201)

    whole = said(await till.call("GET", path), 200)

    keys = {"/categories": "position", "/modifiers": "name", "/tax-rates": "rate_basis_points"}
    order = [
        (-one[keys[path]] if path == "/tax-rates" else one[keys[path]], one["name"], one["id"])
        for one in whole["items"]
    ]
    assert order == sorted(order)
    assert len(order) == len(set(order)) >= 2 * len(bodies)
    assert whole["next"] is None
    for limit in (1, 5, len(order) - 1, len(order), 500):
        found, after = [], ""
        while True:
            page = said(await till.call("GET", f"{path}?limit={limit}{after}"), 200)
            assert len(page["items"]) <= limit
            found += page["items"]
            if page["next"] is None:
                break
            assert len(page["items"]) == limit
            after = f"&after={page['next']}"
        assert found == whole["items"]
    some_id = str(uuid4())
    strange = [cursor(10**12, "a", some_id), cursor(-1, "a", some_id), cursor("a"), cursor(some_id)]
    for query in [f"after={one}" for one in strange] + ["limit=0", "limit=501"]:
        refused(await till.call("GET", f"{path}?{query}"), 400, "invalid-request")


async def test_the_menu_of_another_shop_is_nowhere(till: Till, menu: dict[str, UUID]) -> None:
    async with till.shop.stranger("admin") as stranger:
        refused(await stranger.call("GET", f"/products/{menu['tea']}"), 404, "not-found")
        assert await names(stranger, "search=tea") == []
        assert await names(stranger, f"category_id={menu['Hot']}") == []
        assert await names(stranger, "barcode=501234500002") == []
        assert said(await stranger.call("GET", "/categories"), 200)["items"] == []
        theirs = said(await stranger.call("GET", "/products"), 200)["items"]
        assert {one["name"] for one in theirs} == {"meal", "coffee", "penny"}
        own = said(await stranger.call("GET", "/tax-rates"), 200)["items"]
        assert [one["name"] for one in own] == ["VAT"]


def cursor(*place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


async def test_a_page_that_cannot_be_meant_is_refused(till: Till) -> None:
    some_id = str(uuid4())
    cursors = [
        *("", "x", "!!!", "=", "e30", "bnVsbA", "ÿ", "a" * 5000),
        *(cursor(), cursor("tea"), cursor(some_id, "tea"), cursor("tea", some_id, 1)),
        *(cursor(1, some_id), cursor("te\0a", some_id), cursor("tea", some_id)[:-4]),
    ]
    for after in cursors:
        answer = await till.http.get("/api/v1/products", params={"after": after})
        problem = refused(answer, 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == "/after", after

    for limit in (0, -1, 101, 10**30, "x", 1.5, "NaN"):
        answer = await till.http.get("/api/v1/products", params={"limit": limit})
        problem = refused(answer, 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == "/limit", limit
    said(await till.call("GET", f"/products?after={cursor('tea', some_id)}"), 200)


async def test_orders_read_all_their_products_at_once(shop: Shop, menu: dict[str, UUID]) -> None:
    wanted = [menu["tea"], menu["tea"], shop.product_id("meal"), uuid4()]
    now = shop.wiring.clock.now()

    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        found = await catalog.offers(tx, shop.location_id, wanted, now)
        nothing = await catalog.offers(tx, shop.location_id, [], now)

    assert nothing == {}
    assert set(found) == {menu["tea"], shop.product_id("meal")}
    meal = found[ProductId(shop.product_id("meal"))]
    assert (meal.product.price, meal.product.rate_basis_points) == (
        Money(1000, currency("GBP")),
        2000,
    )
    assert (meal.modifiers, meal.is_sold_out) == ({}, False)
