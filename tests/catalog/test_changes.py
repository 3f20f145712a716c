"""The menu is changed: what orders make of it, what it may refer to, and what tills are told."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest

from fynlo.kernel.ids import derive
from tests.support.locks import until_somebody_waits
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Shop, Till

MOST: Final = 999_999_999_999


def rate_of(shop: Shop) -> str:
    """Name the tax rate of 20 % that every product of a test has."""
    return str(derive(shop.merchant_id, "tax:20"))


def tea(shop: Shop, **more: object) -> dict[str, Any]:
    """Describe something to sell, with what it needs and nothing else."""
    needed = {"name": "Tea", "price": 250, "currency": "GBP", "tax_included": True}
    return {**needed, "tax_rate_id": rate_of(shop), **more}


async def add(till: Till, **more: object) -> dict[str, Any]:
    return said(await till.call("POST", "/products", tea(till.shop, **more)), 201)


async def change(till: Till, product: dict[str, Any] | str, **wish: object) -> httpx.Response:
    product_id = till.shop.product_id(product) if isinstance(product, str) else product["id"]
    return await till.call("PATCH", f"/products/{product_id}", wish)


async def told(shop: Shop) -> list[tuple[str, list[str], dict[str, Any]]]:
    rows = await shop.rows(
        "select type, rooms, payload::text from outbox where type = 'menu.updated'"
        " order by position"
    )
    return [(row["type"], row["rooms"], json.loads(row["payload"])) for row in rows]


async def test_a_product_needs_little_and_the_rest_is_plain(till: Till) -> None:
    made = await add(till)

    assert made == {
        **tea(till.shop),
        "id": made["id"],
        "category_id": None,
        "barcode": None,
        "modifier_ids": [],
        "needs_preparation": False,
        "prep_minutes": 0,
        "active": True,
        "version": 1,
        "created_at": "2026-03-04T12:00:00Z",
    }


async def test_another_price_is_that_of_later_orders(till: Till) -> None:
    await till.open_drawer()
    before = await till.order("meal")

    said(await change(till, "meal", price=1200), 200)
    after = await till.order("meal")

    assert (before["total"], after["total"]) == (1000, 1200)
    assert await till.look(before) == before
    said(await till.pay(before, cash(1000)), 200)
    said(await till.pay(after, cash(1200)), 200)
    lines = [{"product_id": str(till.shop.product_id("meal")), "quantity": 1}]
    draft = await till.order("meal", validated=False)
    said(await change(till, "meal", price=0), 200)
    assert (await till.look(draft))["total"] == 1200
    again = {"version": draft["version"], "lines": lines}
    assert said(await till.call("PUT", f"/orders/{draft['id']}/lines", again), 200)["total"] == 0


async def test_another_tax_is_that_of_later_orders(till: Till) -> None:
    await till.open_drawer()
    before = await till.order("meal")

    path = f"/tax-rates/{rate_of(till.shop)}"
    said(await till.call("PATCH", path, {"rate_basis_points": 1000}), 200)
    after = await till.order("meal")

    assert (before["tax_total"], after["tax_total"]) == (167, 91)
    assert await till.look(before) == before
    rates = await till.shop.rows("select rate_basis_points from order_lines")
    assert sorted(one["rate_basis_points"] for one in rates) == [1000, 2000]
    for order in (before, after):
        said(await till.pay(order, cash(1000)), 200)
    assert await till.balance(f"tax_payable:{rate_of(till.shop)}") == -(167 + 91)


async def test_what_is_not_for_sale_is_not_ordered(till: Till) -> None:
    product = await add(till, active=False)
    lines = [{"product_id": product["id"], "quantity": 1}]
    body = {"register_id": str(till.shop.register_id()), "lines": lines}
    before = await till.shop.everything()

    problem = refused(await till.call("POST", "/orders", body), 422, "product-unavailable")

    assert problem["product_ids"] == [product["id"]]
    assert await till.shop.everything() == before
    said(await change(till, product, active=True), 200)
    said(await till.call("POST", "/orders", body), 201)
    said(await change(till, product, active=False), 200)
    refused(await till.call("POST", "/orders", body), 422, "product-unavailable")


async def test_a_tax_rate_that_is_not_in_use_is_given_to_nothing_and_stays_where_it_is(
    till: Till,
) -> None:
    shop = till.shop
    body = {"name": "Zero", "rate_basis_points": 0}
    zero = said(await till.call("POST", "/tax-rates", body), 201)["id"]
    said(await change(till, "coffee", tax_rate_id=zero), 200)
    ended = said(await till.call("PATCH", f"/tax-rates/{zero}", {"active": False}), 200)
    assert ended["active"] is False
    before = await shop.everything()

    for answer in (
        await till.call("POST", "/products", tea(shop, tax_rate_id=zero)),
        await change(till, "meal", tax_rate_id=zero, price=1),
    ):
        problem = refused(answer, 400, "invalid-request")
        assert problem["errors"] == [
            {"pointer": "/tax_rate_id", "detail": f"The tax rate {zero} is not in use."}
        ]
    assert await shop.everything() == before

    kept = said(await change(till, "coffee", tax_rate_id=zero, price=400), 200)
    assert (kept["tax_rate_id"], kept["price"]) == (zero, 400)
    order = await till.order("coffee")
    assert (order["total"], order["tax_total"]) == (400, 0)


async def test_a_repeat_is_answered_although_it_could_not_be_said_today(till: Till) -> None:
    shop = till.shop
    body = tea(shop, id=str(uuid4()))
    made = said(await till.call("POST", "/products", body), 201)
    said(await till.call("PATCH", f"/tax-rates/{rate_of(shop)}", {"active": False}), 200)

    assert said(await till.call("POST", "/products", body), 201) == made


async def test_everything_that_a_product_cannot_stand_on_is_pointed_at_at_once(till: Till) -> None:
    shop = till.shop
    async with shop.stranger() as stranger:
        hot = said(await stranger.call("POST", "/categories", {"name": "Hot"}), 201)["id"]
        theirs = rate_of(stranger.shop)
    wrong = {"category_id": hot, "tax_rate_id": theirs, "currency": "EUR"}
    before = await shop.everything()

    for answer in (
        await till.call("POST", "/products", tea(shop, **wrong)),
        await change(till, "meal", **wrong),
    ):
        assert refused(answer, 400, "invalid-request")["errors"] == [
            {"pointer": "/category_id", "detail": f"There is no category {hot}."},
            {"pointer": "/tax_rate_id", "detail": f"There is no tax rate {theirs}."},
            {"pointer": "/currency", "detail": "No location sells in EUR."},
        ]
    for name, value in wrong.items():
        problem = refused(await change(till, "meal", **{name: value}), 400, "invalid-request")
        assert [one["pointer"] for one in problem["errors"]] == [f"/{name}"]
    refused(await change(till, "meal", currency="XXX"), 400, "invalid-request")

    assert await shop.everything() == before


async def test_a_product_is_sold_in_a_currency_of_a_location(till: Till) -> None:
    abroad = {"name": "Abroad", "country": "IE", "currency": "EUR", "timezone": "Europe/Dublin"}
    async with till.shop.till("admin") as admin:
        branch = said(await admin.call("POST", "/locations", abroad), 201)
        croissant = await add(till, currency="EUR", price=300)
        lines = [{"product_id": croissant["id"], "quantity": 2}]
        body = {"location_id": branch["id"], "lines": lines}
        order = said(await admin.call("POST", "/orders", body), 201)

        assert (order["currency"], order["total"]) == ("EUR", 600)
        here = {**body, "location_id": str(till.shop.location_id)}
        refused(await admin.call("POST", "/orders", here), 422, "product-unavailable")


async def test_a_barcode_names_one_product_of_a_shop(till: Till) -> None:
    code = "5012345678900"
    first = await add(till, barcode=code)
    before = await till.shop.everything()

    refused(
        await till.call("POST", "/products", tea(till.shop, barcode=code)), 409, "barcode-taken"
    )
    refused(await change(till, "meal", barcode=code, price=1), 409, "barcode-taken")

    assert await till.shop.everything() == before
    async with till.shop.stranger() as stranger:
        assert (await add(stranger, barcode=code))["barcode"] == code
    said(await change(till, first, barcode=code), 200)
    assert said(await change(till, first, barcode=None), 200)["barcode"] is None
    assert said(await change(till, "meal", barcode=code), 200)["barcode"] == code


async def test_of_many_products_at_once_with_one_barcode_one_is_made(till: Till) -> None:
    bodies = [tea(till.shop, name=f"Tea {n}", barcode="5012345678900") for n in range(10)]

    answers = await asyncio.gather(*(till.call("POST", "/products", body) for body in bodies))

    (won,) = [one for one in answers if one.status_code == 201]
    for lost in answers:
        if lost is not won:
            refused(lost, 409, "barcode-taken")
    made = await till.shop.rows("select id::text from products where name like 'Tea %'")
    assert [one["id"] for one in made] == [won.json()["id"]]
    assert len(await told(till.shop)) == 1


async def test_who_waits_for_a_product_sees_which_tax_it_was_given(till: Till) -> None:
    shop = till.shop
    zero = said(await till.call("POST", "/tax-rates", {"name": "0", "rate_basis_points": 0}), 201)
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        sql = "update products set tax_rate_id = $1, version = 2 where name = 'meal' returning id"
        await tx.fetch(sql, zero["id"])
        waiting = asyncio.create_task(change(till, "meal", price=900))
        await until_somebody_waits(tx)

    changed = said(await waiting, 200)

    assert (changed["tax_rate_id"], changed["price"], changed["version"]) == (zero["id"], 900, 3)


async def test_tills_are_told_what_changed_and_nothing_else_of_it(till: Till) -> None:
    shop = till.shop
    hot = said(await till.call("POST", "/categories", {"name": "Hot"}), 201)
    reduced = {"name": "Reduced", "rate_basis_points": 500}
    rate = said(await till.call("POST", "/tax-rates", reduced), 201)
    product = await add(till, category_id=hot["id"])
    said(await change(till, product, price=1), 200)
    said(await till.call("PATCH", f"/categories/{hot['id']}", {"position": 9}), 200)
    said(await till.call("PATCH", f"/tax-rates/{rate['id']}", {"active": False}), 200)

    assert await told(shop) == [
        ("menu.updated", ["merchant"], {name: thing_id, "version": version})
        for name, thing_id, version in (
            ("category_id", hot["id"], 1),
            ("tax_rate_id", rate["id"], 1),
            ("product_id", product["id"], 1),
            ("product_id", product["id"], 2),
            ("category_id", hot["id"], 2),
            ("tax_rate_id", rate["id"], 2),
        )
    ]


NO_MODIFIERS: Final[tuple[object, ...]] = ("extra", ["extra"], [None], {}, None, 1)

WRONG: dict[str, list[tuple[str, object]]] = {
    "/products": [
        *(("price", price) for price in (-1, MOST + 1, 2**63, 1.5, 1.0, "250", True, None)),
        *(("currency", code) for code in ("gbp", "GB", "GBPS", "GBP\n", "", None, 826)),
        *(("name", name) for name in ("", "two\nlines", "end\n", "x" * 201, "a\0b", None, 1)),
        *(("barcode", code) for code in ("", "x" * 65, "1\n", "a\tb", 5012345678900)),
        *(("prep_minutes", minutes) for minutes in (-1, 1441, 1.5, "3", None)),
        *(("tax_rate_id", rate) for rate in ("VAT", "", None, 1)),
        *(("category_id", category) for category in ("Hot", "", 1)),
        *(("tax_included", value) for value in (1, "true", None)),
        *(("needs_preparation", value) for value in (0, "no", None)),
        *(("active", value) for value in (1, "yes", None)),
        *(("modifier_ids", ids) for ids in NO_MODIFIERS),
    ],
    "/categories": [
        *(("position", position) for position in (-1, 1_000_001, 2**31, 1.5, "1", None)),
        *(("name", name) for name in ("", "two\nlines", "x" * 201, None, 1)),
    ],
    "/tax-rates": [
        *(("rate_basis_points", points) for points in (-1, 10_001, 20.0, 17.5, "2000", None)),
        *(("name", name) for name in ("", "two\nlines", "x" * 201, None, 1)),
    ],
}


@pytest.mark.parametrize("path", WRONG)
async def test_what_cannot_be_on_a_menu_is_refused(till: Till, path: str) -> None:
    bodies = {
        "/products": tea(till.shop),
        "/categories": {"name": "Hot"},
        "/tax-rates": {"name": "Zero", "rate_basis_points": 0},
    }
    known = said(await till.call("POST", path, bodies[path]), 201)
    before = await till.shop.everything()

    for name, value in WRONG[path]:
        for answer in (
            await till.call("PATCH", f"{path}/{known['id']}", {name: value}),
            await till.call("POST", path, {**bodies[path], name: value}),
        ):
            problem = refused(answer, 400, "invalid-request")
            pointer = problem["errors"][0]["pointer"]
            assert pointer.startswith(f"/{name}") or f"`{name}`" in problem["detail"], (name, value)

    assert await till.shop.everything() == before


async def test_a_price_may_be_nothing_or_the_most_there_is(till: Till) -> None:
    for price in (0, MOST):
        assert (await add(till, price=price))["price"] == price
        assert said(await change(till, "meal", price=price), 200)["price"] == price
