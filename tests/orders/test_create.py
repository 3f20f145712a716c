"""An order is taken once, priced by the server, or refused with everything left as it was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from fynlo.kernel.ids import uuid7
from fynlo.kernel.money import MINOR_MAX
from tests.orders.menu import a_line, place, placed, stock
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


@pytest.fixture
async def till(till: Till) -> Till:
    """Return the manager at the first register of a shop with more on its menu."""
    await stock(till.shop)
    return till


def new_id(till: Till) -> str:
    return str(uuid7(till.shop.wiring.clock.now()))


async def test_an_order_is_shown_with_the_servers_prices(till: Till) -> None:
    line_id, shop = str(uuid4()), till.shop
    lines = (
        a_line(till, "meal", "1.5", note="no onions"),
        a_line(till, "coffee", 2, id=line_id),
        a_line(till, "catering", "1.000"),
    )

    order = said(await place(till, *lines, table="Window 3", covers=4), 201)

    first, second, third = order["lines"]
    assert first == {
        "id": first["id"],
        "product_id": str(shop.product_id("meal")),
        "name": "meal",
        "quantity": "1.5",
        "unit_price": 1000,
        "modifiers": [],
        "discount": None,
        "order_discount": 0,
        "price_override": None,
        "version": 1,
        "tax": 250,
        "total": 1500,
        "note": "no onions",
    }
    assert (second["id"], second["quantity"], second["total"], second["note"]) == (
        *(line_id, 2, 666),
        None,
    )
    assert (third["quantity"], third["unit_price"], third["tax"], third["total"]) == (
        *(1, 1005, 201),
        1206,
    )
    sums = ("subtotal", "tax_total", "total")
    assert [order[name] for name in sums] == [1500 + 666 + 1005, 250 + 111 + 201, 3372]


async def test_an_order_is_shown_with_all_that_is_known_of_it(till: Till) -> None:
    shop = till.shop

    order = await placed(till, "meal", table="Window 3", covers=4)

    assert order == {
        "id": order["id"],
        "number": 1,
        "business_day": "2026-03-04",
        "state": "draft",
        "payment_state": "unpaid",
        "kitchen_state": "none",
        "location_id": str(shop.location_id),
        "register_id": None,
        "table": "Window 3",
        "covers": 4,
        "currency": "GBP",
        "lines": order["lines"],
        "subtotal": 1000,
        "discount": None,
        "discount_total": 0,
        "tax_total": 167,
        "total": 1000,
        "amount_paid": 0,
        "amount_refunded": 0,
        "amount_reserved": 0,
        "amount_due": 1000,
        "tip_total": 0,
        "version": 1,
        "created_at": "2026-03-04T12:00:00Z",
        "split_from": None,
        "moves": [],
        "history": [
            {
                "from": None,
                "to": "draft",
                "at": "2026-03-04T12:00:00Z",
                "by": str(shop.staff_id("manager")),
                "reason": None,
            }
        ],
    }
    assert said(await till.call("GET", f"/orders/{order['id']}"), 200) == order


async def test_a_new_order_is_told_to_whoever_listens(till: Till) -> None:
    register = str(till.shop.register_id(1))

    order = await placed(till, "meal", register_id=register)

    (event,) = await till.shop.rows("select type, rooms, payload::text from outbox")
    place = f"location:{till.shop.location_id}"
    assert event["rooms"] == ["merchant", place, f"order:{order['id']}", f"register:{register}"]
    assert (event["type"], f'"order_id": "{order["id"]}"' in event["payload"]) == (
        "order.created",
        True,
    )


async def test_the_price_of_the_moment_stays_with_the_order(till: Till) -> None:
    order = await placed(till, "meal")

    await till.shop.rows("update products set price_minor = 1, name = 'snack' returning id")

    assert await till.look(order) == order


async def test_the_same_id_and_content_again_is_the_same_order(till: Till) -> None:
    body = {"id": new_id(till), "lines": [a_line(till, "meal")], "table": "7"}
    made = said(await till.call("POST", "/orders", body), 201)
    before = await till.shop.everything()

    repeat = await till.call("POST", "/orders", dict(reversed(body.items())))

    assert made["id"] == body["id"]
    assert said(repeat, 201) == made
    assert repeat.headers["idempotent-replayed"] == "true"
    assert await till.shop.everything() == before
    validated = said(await till.call("POST", f"/orders/{made['id']}/validate", {}), 200)
    assert said(await till.call("POST", "/orders", body), 201) == validated


async def test_the_same_id_with_other_content_is_refused(till: Till) -> None:
    body = {"id": new_id(till), "lines": [a_line(till, "meal")]}
    said(await till.call("POST", "/orders", body), 201)
    before = await till.shop.everything()

    for other in (
        {**body, "lines": [a_line(till, "meal", 2)]},
        {**body, "lines": [a_line(till, "coffee")]},
        {**body, "lines": []},
        {**body, "table": "7"},
        {**body, "register_id": str(till.shop.register_id(1))},
    ):
        refused(await till.call("POST", "/orders", other), 409, "id-reused")

    assert await till.shop.everything() == before


async def test_the_same_order_ten_times_at_once_is_taken_once(till: Till) -> None:
    body = {"id": new_id(till), "lines": [a_line(till, "meal")]}

    answers = await asyncio.gather(*(till.call("POST", "/orders", body) for _ in range(10)))

    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    (order,) = await till.shop.rows("select id from orders")
    assert str(order["id"]) == body["id"]
    for table in ("order_lines", "order_history", "outbox"):
        assert len(await till.shop.rows(f"select from {table}")) == 1


async def test_ten_different_orders_of_one_id_at_once_are_one_order(till: Till) -> None:
    order_id = new_id(till)
    bodies = [{"id": order_id, "lines": [a_line(till, "meal", n)]} for n in range(1, 11)]

    answers = await asyncio.gather(*(till.call("POST", "/orders", body) for body in bodies))

    (made,) = [one for one in answers if one.status_code == 201]
    for answer in answers:
        if answer is not made:
            refused(answer, 409, "id-reused")
    assert await till.look({"id": order_id}) == made.json()
    assert len(await till.shop.rows("select from order_lines")) == 1


async def test_another_shop_may_use_the_same_id_for_an_order_of_its_own(till: Till) -> None:
    mine = await placed(till, "meal", id=new_id(till))

    async with till.shop.stranger() as stranger:
        theirs = await placed(stranger, "coffee", id=mine["id"])
        assert theirs["total"] == 333

    assert await till.look(mine) == mine


async def test_what_is_not_for_sale_here_is_named_and_nothing_is_taken(till: Till) -> None:
    before = await till.shop.everything()
    async with till.shop.stranger() as stranger:
        foreign = [str(uuid4()), str(stranger.shop.product_id("meal"))]
        foreign += [str(till.shop.product_id(name)) for name in ("yesterday", "croissant")]

    for product_id in foreign:
        wrong = {"product_id": product_id, "quantity": 1}
        answer = await place(till, a_line(till, "meal"), wrong, wrong)
        problem = refused(answer, 422, "product-unavailable")
        assert problem["product_ids"] == [product_id]
        assert product_id in problem["detail"]
    every = await place(till, *({"product_id": one, "quantity": 1} for one in foreign))

    assert refused(every, 422, "product-unavailable")["product_ids"] == sorted(foreign)
    assert await till.shop.everything() == before


async def test_more_than_any_order_may_come_to_is_refused(till: Till) -> None:
    before = await till.shop.everything()

    for quantity in ("1.001", 2, "100000"):
        refused(await place(till, a_line(till, "palace", quantity)), 422, "total-too-large")

    assert await till.shop.everything() == before
    assert said(await place(till, a_line(till, "palace")), 201)["total"] == 999_999_999_999


BAD_DISCOUNTS: tuple[tuple[Any, str], ...] = (
    (7, ""),
    ({"type": "percent"}, ""),
    ({"type": "percent", "value": 1, "reason": "x"}, ""),
    ({"type": "half", "value": 1}, "/type"),
    *(({"type": "percent", "value": bad}, "/value") for bad in (0, -1, 10_001, 1.5, "1", None)),
    *(({"type": "amount", "value": bad}, "/value") for bad in (0, -1, MINOR_MAX + 1, 1.5)),
)
BAD_OVERRIDES: tuple[tuple[Any, str], ...] = (
    (7, ""),
    ({"unit_price": 1}, ""),
    ({"unit_price": 1, "reason": ""}, "/reason"),
    *(({"unit_price": bad, "reason": "x"}, "/unit_price") for bad in (-1, 1.5, MINOR_MAX + 1)),
)


def bodies(till: Till) -> list[tuple[dict[str, Any], str]]:
    """List what cannot be meant, and where the trouble is."""
    fine = a_line(till, "meal")
    here, register = str(till.shop.location_id), str(till.shop.register_id())
    quantities = (None, True, 0, -1, 1.5, 2.0, 100_001, 2**63, [1], {"a": 1})
    texts = ("", "x", "0", "0.000", "-1", "1.2345", "1e3", "NaN", "٣", "1\n", "100001", " 1")
    line = "/lines/0"
    lists: tuple[object, ...] = (None, {}, "x", [fine] * 501)
    return [
        *(({"lines": [{**fine, "quantity": bad}]}, f"{line}/quantity") for bad in quantities),
        *(({"lines": [{**fine, "quantity": bad}]}, f"{line}/quantity") for bad in texts),
        *(({"lines": [fine, {**fine, "quantity": bad}]}, "/lines/1/quantity") for bad in (0, "0")),
        ({"lines": [{"quantity": 1}]}, line),
        ({"lines": [{"product_id": fine["product_id"]}]}, line),
        *(({"lines": [{**fine, "product_id": bad}]}, f"{line}/product_id") for bad in ("x", 1)),
        *(({"lines": [{**fine, name: 1}]}, line) for name in ("price", "unit_price", "total")),
        *(
            ({"lines": [{**fine, "modifiers": bad}]}, f"{line}/modifiers{where}")
            for bad, where in ((7, ""), (["x"], "/0"), ([{}], "/0"), ([{"id": "x"}], "/0/id"))
        ),
        *(
            ({"lines": [{**fine, "discount": bad}]}, f"{line}/discount{where}")
            for bad, where in BAD_DISCOUNTS
        ),
        *(
            ({"lines": [{**fine, "price_override": bad}]}, f"{line}/price_override{where}")
            for bad, where in BAD_OVERRIDES
        ),
        *(({"lines": [{**fine, "note": bad}]}, f"{line}/note") for bad in ("", "x" * 501, 1)),
        ({"lines": [{**fine, "note": "a\0b"}]}, f"{line}/note"),
        ({"lines": [{**fine, "id": "1"}]}, f"{line}/id"),
        ({"lines": [{**fine, "id": str(UUID(int=1))}] * 2}, "/lines"),
        *(({"lines": bad}, "/lines") for bad in lists),
        ({"lines": [None]}, line),
        ({}, ""),
        ({"lines": [fine], "total": 1}, ""),
        *(
            ({"lines": [fine], "discount": bad}, f"/discount{where}")
            for bad, where in BAD_DISCOUNTS
        ),
        ({"lines": [fine], "id": "1"}, "/id"),
        ({"lines": [fine], "id": 1}, "/id"),
        *(({"lines": [fine], "table": bad}, "/table") for bad in ("", "x" * 51, 7)),
        *(({"lines": [fine], "covers": bad}, "/covers") for bad in (0, -1, 10_001, "2", 1.0)),
        ({"lines": [fine], "location_id": "here"}, "/location_id"),
        ({"lines": [fine], "location_id": str(uuid4())}, "/location_id"),
        ({"lines": [fine], "register_id": str(uuid4())}, "/register_id"),
        ({"lines": [fine], "register_id": register, "location_id": str(uuid4())}, "/location_id"),
        ({"lines": [fine], "register_id": str(uuid4()), "location_id": here}, "/register_id"),
    ]


async def test_what_cannot_be_meant_is_pointed_at_and_nothing_is_taken(till: Till) -> None:
    before = await till.shop.everything()

    for body, pointer in bodies(till):
        problem = refused(await till.call("POST", "/orders", body), 400, "invalid-request")
        (error,) = problem["errors"]
        assert error["pointer"] == pointer, (body, error)
        assert error["detail"]

    assert await till.shop.everything() == before


async def test_an_order_of_five_hundred_lines_is_taken(till: Till) -> None:
    order = said(await place(till, *[a_line(till, "penny", "0.5")] * 500), 201)

    assert (len(order["lines"]), order["total"]) == (500, 500)
    assert len({one["id"] for one in order["lines"]}) == 500


async def test_the_kitchen_takes_no_orders_and_reads_them(till: Till) -> None:
    order = await placed(till, "meal")
    before = await till.shop.everything()

    async with till.shop.till("kitchen") as kitchen:
        problem = refused(await place(kitchen, a_line(till, "meal")), 403, "forbidden")
        assert await kitchen.look(order) == order

    assert problem["permission"] == "orders.create"
    assert await till.shop.everything() == before


async def test_an_order_of_another_shop_does_not_exist(till: Till) -> None:
    order = await placed(till, "meal")

    async with till.shop.stranger("admin") as stranger:
        refused(await stranger.call("GET", f"/orders/{order['id']}"), 404, "not-found")
        for body in (
            {"lines": [], "location_id": str(till.shop.location_id)},
            {"lines": [], "register_id": str(till.shop.register_id(1))},
        ):
            refused(await stranger.call("POST", "/orders", body), 400, "invalid-request")
        assert await stranger.shop.rows("select id from orders") == []


async def test_a_crash_at_the_commit_leaves_nothing_and_the_same_id_is_taken(till: Till) -> None:
    body = {"id": new_id(till), "lines": [a_line(till, "meal")]}
    before = await till.shop.everything()

    async with till.shop.crashing_at_commit(1):
        died = await till.call("POST", "/orders", body)
    assert died.status_code == 500
    assert await till.shop.everything() == before

    assert said(await till.call("POST", "/orders", body), 201)["number"] == 1
