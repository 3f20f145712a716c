"""A draft is fixed once, and only then takes money; one that costs nothing is paid at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.orders.menu import act, placed, stock
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def test_a_draft_takes_no_money_until_it_is_fixed(till: Till) -> None:
    await till.open_drawer()
    order = await placed(till, "meal", register_id=str(till.shop.register_id(1)))
    before = await till.shop.everything()

    problem = refused(await till.pay(order, cash(1000)), 409, "order-not-payable")
    assert problem["state"] == "draft"
    assert await till.shop.everything() == before

    fixed = said(await act(till, order, "validate"), 200)
    assert (fixed["state"], fixed["version"]) == ("validated", 2)
    assert [(one["from"], one["to"]) for one in fixed["history"]] == [
        (None, "draft"),
        ("draft", "validated"),
    ]
    assert {**fixed, "state": "draft", "version": 1, "history": order["history"]} == order
    assert said(await till.pay(order, cash(1000)), 200)["transaction"]["status"] == "completed"


async def test_an_order_of_nothing_is_not_fixed(till: Till) -> None:
    order = await placed(till)
    before = await till.shop.everything()

    refused(await act(till, order, "validate"), 422, "order-empty")

    assert await till.shop.everything() == before


async def test_what_costs_nothing_is_paid_at_once_and_books_nothing(till: Till) -> None:
    await stock(till.shop)
    drink, meal = await placed(till, "water"), await placed(till, "water", "tasting")

    done = said(await act(till, drink, "validate"), 200)
    sent = said(await act(till, meal, "validate"), 200)

    assert (done["state"], done["payment_state"], done["kitchen_state"]) == ("done", "paid", "none")
    assert (sent["state"], sent["payment_state"], sent["kitchen_state"]) == ("paid", "paid", "sent")
    assert [one["to"] for one in done["history"]] == ["draft", "done"]
    assert await till.shop.rows("select * from ledger_postings") == []
    events = await till.shop.rows(
        "select type, rooms from outbox where payload->>'order_id' = $1 order by position",
        meal["id"],
    )
    assert [one["type"] for one in events] == [
        "order.created",
        "order.updated",
        "order.status_changed",
        "kitchen.order_received",
    ]
    assert f"kitchen:{till.shop.location_id}" in events[-1]["rooms"]
    refused(await till.pay(done, cash(1)), 409, "order-not-payable")


async def test_an_order_is_fixed_once_however_many_ask_at_once(till: Till) -> None:
    order = await placed(till, "meal")

    answers = await asyncio.gather(*(act(till, order, "validate") for _ in range(8)))

    (fixed,) = [one for one in answers if one.status_code == 200]
    for answer in answers:
        if answer is not fixed:
            problem = refused(answer, 409, "illegal-transition")
            assert (problem["from"], problem["event"]) == ("validated", "validate")
    assert await till.look(order) == fixed.json()
    assert len(fixed.json()["history"]) == 2


async def test_only_those_who_take_orders_fix_them(till: Till) -> None:
    order = await placed(till, "meal")
    before = await till.shop.everything()

    async with till.shop.till("kitchen") as kitchen, till.shop.stranger("admin") as stranger:
        problem = refused(await act(kitchen, order, "validate"), 403, "forbidden")
        assert problem["permission"] == "orders.create"
        refused(await act(stranger, order, "validate"), 404, "not-found")
    assert await till.shop.everything() == before

    async with till.shop.till("cashier") as cashier:
        said(await act(cashier, order, "validate"), 200)
