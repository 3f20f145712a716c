"""Orders of an existing till: its bodies, the server's prices, the state table, its queue."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.compat.till import OldTill, item, old_till, told
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Shop


@pytest.fixture
async def old(shop: Shop) -> AsyncIterator[OldTill]:
    """Return a cashier at an existing till."""
    async with old_till(shop) as till:
        yield till


def warned(answer: httpx.Response) -> dict[str, str]:
    return {one["field"]: one["detail"] for one in answer.json()["warnings"]}


async def taken(till: OldTill, *lines: Any, **more: Any) -> dict[str, Any]:
    body = {"items": list(lines), **more}
    order: dict[str, Any] = told(await till.send("POST", "/orders", body), 201)
    return order


async def test_each_of_its_bodies_is_the_same_order(old: OldTill) -> None:
    shop = old.shop
    meal = str(shop.product_id("meal"))
    bodies: list[dict[str, Any]] = [
        {
            "date_order": "2026-03-04 19:00:00",
            "state": "draft",
            "lines": [
                {
                    "product_id": meal,
                    "product_name": "meal",
                    "qty": 2,
                    "price_unit": 10,
                    "price_subtotal": 20,
                }
            ],
            "partner_name": "",
        },
        {
            "items": [{"product_id": meal, "quantity": "2", "name": "meal", "price": "10.00"}],
            "subtotal": 20.0,
            "total": 20,
            "tax": 3.33,
            "service_charge": 0,
            "tip_amount": None,
        },
        {
            "items": [
                {
                    "product_id": meal,
                    "quantity": 2.0,
                    "unit_price": 10.0,
                    "total_price": 20.0,
                    "modifiers": [],
                    "special_instructions": "",
                }
            ],
        },
    ]
    answers = [await old.send("POST", "/orders", body) for body in bodies]

    for number, answer in enumerate(answers, 1):
        order = told(answer, 201)
        assert (answer.json()["id"], warned(answer)) == (order["id"], {})
        assert order["order_number"] == number
        assert (order["subtotal"], order["tax"], order["total"]) == (20, 3.33, 20)
        (line,) = order["items"]
        assert (line["quantity"], line["unit_price"], line["total_price"]) == (2, 10, 20)
        assert b'"total":20.00' in answer.content


async def test_tr41_its_prices_and_totals_are_compared_and_never_taken(old: OldTill) -> None:
    cheap = {**item(old.shop, "meal", 1, 0.01), "total_price": "0.01"}
    body = {
        "items": [cheap, item(old.shop, "coffee", 3, 3.33)],
        "subtotal": 10.0,
        "tax": 0.30000000000000004,
        "total": 10,
        "service_charge": 2.5,
        "tip_amount": 1,
        "status": "paid",
        "payment_method": "cash",
        "customer_email": "guest@example.com",
    }
    answer = await old.send("POST", "/orders", body)
    order = told(answer, 201)

    assert (order["total"], order["amount_due"], order["status"]) == (19.99, 19.99, "draft")
    assert [line["unit_price"] for line in order["items"]] == [10, 3.33]
    nothing = "It is decided or kept elsewhere; it had no effect here."
    assert warned(answer) == {
        "status": nothing,
        "payment_method": nothing,
        "customer_email": nothing,
        "subtotal": "It is 19.99 here.",
        "tax": "It is 3.34 here.",
        "total": "It is 19.99 here.",
        "service_charge": "It is 0.00 here.",
        "tip_amount": "It is 0.00 here.",
        "items.0.unit_price": "It is 10.00 here.",
        "items.0.total_price": "It is 10.00 here.",
    }


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/items"),
        ({"items": [], "lines": []}, "/items"),
        ({"items": [{"product_id": str(uuid4())}]}, "/items/0/quantity"),
        ({"lines": [{"product_id": str(uuid4()), "qty": 0}]}, "/lines/0/qty"),
        ({"items": [{"product_id": str(uuid4()), "qty": 1, "quantity": 1}]}, "/items/0/qty"),
        ({"items": [{"product_id": str(uuid4()), "qty": "1,5"}]}, "/items/0/qty"),
        ({"items": [{"product_id": str(uuid4()), "qty": 1, "price": "free"}]}, "/items/0/price"),
        (
            {
                "items": [
                    {
                        "product_id": str(uuid4()),
                        "qty": 1,
                        "modifiers": [{"id": str(uuid4()), "price": -1}],
                    }
                ]
            },
            "/items/0/modifiers/0/price",
        ),
        ({"items": [], "total": -1}, "/total"),
        ({"items": [{"product_id": "17", "qty": 1}]}, "/items/0/product_id"),
    ],
)
async def test_what_cannot_be_meant_is_pointed_at_in_its_own_body(
    old: OldTill, body: dict[str, Any], pointer: str
) -> None:
    before = await old.shop.everything()

    problem = refused(await old.send("POST", "/orders", body), 400, "invalid-request")

    assert problem["errors"][0]["pointer"] == pointer
    assert problem["error"]["code"] == "API005"
    assert await old.shop.everything() == before


async def test_a_queue_that_sends_again_gets_the_same_order(old: OldTill) -> None:
    body = {"items": [item(old.shop, "meal")], "table_number": 7}
    key = str(uuid4())

    first = await old.send("POST", "/orders", body, key=key)
    before = await old.shop.everything()
    many = await asyncio.gather(*(old.send("POST", "/orders", body, key=key) for _ in range(5)))

    assert told(first, 201)["id"] == key
    assert {(one.status_code, one.content) for one in many} == {(201, first.content)}
    assert all(one.headers["idempotent-replayed"] == "true" for one in many)
    for other in ({**body, "table_number": 8}, {"items": [item(old.shop, "meal", 2)]}):
        refused(await old.send("POST", "/orders", other, key=key), 422, "idempotency-key-reused")
    named = {**body, "id": key}
    refused(await old.send("POST", "/orders", named), 409, "id-reused")
    assert await old.shop.everything() == before


async def test_without_a_key_each_call_is_an_order_of_its_own(old: OldTill) -> None:
    body = {"items": [item(old.shop, "penny")]}

    first, second = [told(await old.send("POST", "/orders", body), 201) for _ in range(2)]

    assert first["id"] != second["id"]


async def test_an_order_is_taken_at_the_register_of_its_session(old: OldTill) -> None:
    shop = old.shop
    opened = {"config_id": str(shop.register_id(2)), "startingCash": 50}
    async with old_till(shop, "colleague") as other:
        theirs = told(await other.send("POST", "/pos/sessions", opened), 201)

    bare = await taken(old, item(shop, "penny"))
    named = await taken(old, item(shop, "penny"), session_id=theirs["id"])
    mine = {"config_id": str(shop.register_id(1)), "startingCash": 50}
    told(await old.send("POST", "/pos/sessions", mine), 201)
    own = await taken(old, item(shop, "penny"))

    found = {str(one["id"]): one for one in await shop.rows("select id, register_id from orders")}
    assert [found[one["id"]]["register_id"] for one in (bare, named, own)] == [
        *(None, shop.register_id(2), shop.register_id(1)),
    ]
    async with shop.stranger() as stranger, old_till(stranger.shop) as elsewhere:
        body = {"items": [item(stranger.shop, "penny")], "session_id": theirs["id"]}
        refused(await elsewhere.send("POST", "/orders", body), 404, "not-found")


async def test_what_is_sent_for_an_order_replaces_what_is_on_it(old: OldTill) -> None:
    order = await taken(old, item(old.shop, "meal"), table_number="7")
    path = f"/orders/{order['id']}"
    body = {"lines": [{"product_id": str(old.shop.product_id("coffee")), "qty": 2}], "version": 1}

    changed = told(await old.send("PUT", path, body))
    moved = told(await old.send("PUT", path, {"table_number": 8}))
    stale = refused(await old.send("PUT", path, {**body, "version": 1}), 409, "version-conflict")
    unmoved = told(await old.send("PUT", path, {"table_number": "8"}))

    assert (changed["total"], changed["table_number"], changed["version"]) == (6.66, "7", 2)
    assert (moved["total"], moved["table_number"]) == (6.66, "8")
    assert stale["version"] == moved["version"] == unmoved["version"]


async def test_a_change_from_the_queue_happens_once_whatever_came_after_it(old: OldTill) -> None:
    order = await taken(old, item(old.shop, "meal"))
    path, key = f"/orders/{order['id']}", str(uuid4())
    body = {"items": [item(old.shop, "coffee")], "table_number": "9"}

    first = await old.send("PUT", path, body, key=key)
    later = told(await old.send("PUT", path, {"items": [item(old.shop, "meal", 3)]}))
    again = await asyncio.gather(*(old.send("PUT", path, body, key=key) for _ in range(3)))

    assert told(first)["total"] == 3.33
    assert {one.status_code for one in again} == {200}
    assert {told(one)["total"] for one in again} == {3.33}
    assert told(await old.send("GET", path))["total"] == later["total"] == 30
    other = {"items": [item(old.shop, "penny")]}
    refused(await old.send("PUT", path, other, key=key), 422, "idempotency-key-reused")


WORDS = ["draft", "pending", "preparing", "ready", "served", "completed", "paid"]


async def test_tr89_no_word_makes_a_state_that_is_not_there(old: OldTill) -> None:
    order = await taken(old, item(old.shop, "meal"), item(old.shop, "meal"))
    path = f"/orders/{order['id']}/status"
    before = await old.shop.everything()

    for word in WORDS[1:]:
        problem = refused(
            await old.send("PATCH", path, {"status": word}), 409, "illegal-transition"
        )
        assert (problem["from"], problem["event"]) == ("draft", word)
        assert problem["error"]["code"] == "ORD004"
    refused(await old.send("PATCH", path, {"status": "free"}), 400, "invalid-request")
    same = told(await old.send("PATCH", path, {"status": "draft"}))

    assert same["status"] == "draft"
    assert len(same["items"]) == 2
    assert await old.shop.everything() == before


async def test_an_order_is_confirmed_once_and_then_given_up_by_who_may(old: OldTill) -> None:
    order = await taken(old, item(old.shop, "meal"))
    path = f"/orders/{order['id']}"

    confirmed = [
        told(await old.send("POST", f"{path}/confirm")),
        told(await old.send("POST", f"{path}/confirm")),
        told(await old.send("PATCH", f"{path}/status", {"status": "confirmed"})),
    ]
    assert {(one["status"], one["state"], one["version"]) for one in confirmed} == {
        ("confirmed", "validated", 2)
    }
    canceled = await old.send("PATCH", f"{path}/status", {"status": "cancelled"})
    refused(canceled, 403, "approval-required")
    async with old_till(old.shop, "manager") as manager:
        given_up = told(await manager.send("PATCH", f"{path}/status", {"status": "cancelled"}))
        again = await manager.send("POST", f"{path}/cancel?reason=Again")
        revived = await manager.send("POST", f"{path}/confirm")
    assert given_up["status"] == "cancelled"
    for answer in (again, revived):
        assert refused(answer, 409, "illegal-transition")["error"]["code"] == "ORD004"


async def test_who_gives_an_order_up_says_why_and_may_say_it_twice(old: OldTill) -> None:
    order = await taken(old, item(old.shop, "meal"))
    path, key = f"/orders/{order['id']}/cancel?reason=They%20left", str(uuid4())

    first, second = [await old.send("POST", path, key=key) for _ in range(2)]
    long = await old.send("POST", f"/orders/{order['id']}/cancel?reason={'x' * 501}")

    assert told(first) == told(second)
    assert told(first)["status"] == "cancelled"
    assert refused(long, 400, "invalid-request")["errors"][0]["pointer"] == "/reason"
    rows = await old.shop.rows("select reason from order_history where to_state = 'canceled'")
    assert rows == [{"reason": "They left"}]


async def test_tr129_what_says_that_it_is_paid_is_a_draft_and_nobody_saves_it_unknown(
    old: OldTill,
) -> None:
    body = {"items": [item(old.shop, "meal")], "status": "paid", "state": "confirmed"}
    nobody = await old.send("POST", "/orders", body, Authorization="")
    said(nobody, 401)
    assert await old.shop.rows("select id from orders") == []

    order = await taken(old, **body)

    assert (order["status"], order["payment_status"], order["amount_due"]) == (
        "draft",
        "unpaid",
        10,
    )
    assert await old.shop.rows("select id from transactions") == []


async def test_an_empty_order_is_not_confirmed(old: OldTill) -> None:
    order = await taken(old)

    problem = await old.send("POST", f"/orders/{order['id']}/confirm")

    refused(problem, 422, "order-empty")


async def test_orders_are_listed_by_the_business_day_of_the_place(old: OldTill) -> None:
    first = await taken(old, item(old.shop, "penny"))
    for _ in range(16):
        old.shop.advance(3600)  # From noon to four at night, when the day ends.
    await old.sign_in()
    second = await taken(old, item(old.shop, "penny"))

    async def ids(query: str) -> list[str]:
        return [one["id"] for one in told(await old.send("GET", query))]

    assert await ids("/orders/today") == [second["id"]]
    assert await ids("/orders?date_range=today") == [second["id"]]
    assert await ids("/orders?date_range=week") == [second["id"], first["id"]]
    assert await ids("/orders?date_range=month&limit=1") == [second["id"]]
    assert await ids("/orders/recent") == await ids("/orders") == [second["id"], first["id"]]
    refused(await old.send("GET", "/orders?date_range=ever"), 400, "invalid-request")


async def test_an_order_of_another_shop_is_not_there_to_be_changed(old: OldTill) -> None:
    order = await taken(old, item(old.shop, "meal"))
    before = await old.shop.everything()

    async with old.shop.stranger() as stranger, old_till(stranger.shop, "manager") as elsewhere:
        path = f"/orders/{order['id']}"
        for method, to, body in (
            ("GET", path, None),
            ("PUT", path, {"items": []}),
            ("PUT", path, {"table_number": 1}),
            ("PATCH", f"{path}/status", {"status": "confirmed"}),
            ("POST", f"{path}/confirm", None),
            ("POST", f"{path}/cancel", None),
            ("GET", f"/payments/order/{order['id']}", None),
        ):
            problem = refused(await elsewhere.send(method, to, body), 404, "not-found")
            assert problem["error"]["code"] in {"ORD001", "API004"}
    nobody = await old.http.get(f"/till/api/v1/orders/{order['id']}")
    said(nobody, 401)
    assert await old.shop.everything() == before


async def test_a_hash_of_the_content_is_no_key_for_two_equal_sales_would_be_one(
    old: OldTill,
) -> None:
    order = await taken(old, item(old.shop, "meal"))
    before = await old.shop.everything()

    for method, path, body in (
        ("POST", "/orders", {"items": [item(old.shop, "meal")]}),
        ("PUT", f"/orders/{order['id']}", {"items": []}),
        ("PATCH", f"/orders/{order['id']}/status", {"status": "cancelled"}),
        ("POST", f"/orders/{order['id']}/cancel", None),
    ):
        answer = await old.send(method, path, body, key="5f3a9c01")
        refused(answer, 400, "idempotency-key-invalid")

    assert await old.shop.everything() == before
