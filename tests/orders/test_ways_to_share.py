"""The three ways in which guests share a bill, each to the last unit and until all is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.insight import verify
from tests.orders.bills import merge, queue, split, taken
from tests.orders.edits import path
from tests.orders.menu import a_line, act, place
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def table_seven(till: Till) -> dict[str, Any]:
    """Take an order for three, with the kitchen at work: 2 meals, 2 coffees, 10 % off."""
    order = said(
        await place(
            till,
            a_line(till, "meal", 2),
            a_line(till, "coffee", 2),
            register_id=str(till.shop.register_id()),
            table="7",
            covers=3,
            discount={"type": "percent", "value": 1000},
        ),
        201,
    )
    said(await act(till, order, "validate"), 200)
    return said(await act(till, order, "send"), 200)


async def is_paid(till: Till, *orders: dict[str, Any]) -> bool:
    """Whether all are paid to the last unit, booked as sold, and everything agrees."""
    found = [await till.look(order) for order in orders]
    totals = [(one["payment_state"], one["amount_paid"], one["amount_due"]) for one in found]
    assert totals == [("paid", one["total"], 0) for one in found]
    assert await till.balance("order_deposits") == 0
    assert await verify(till.shop.wiring.db, till.shop.merchant_id) == []
    return True


async def test_by_share_each_pays_the_same_and_the_last_what_is_left(till: Till) -> None:
    order = await table_seven(till)
    await till.open_drawer()

    for count, amounts in ((3, [800, 800, 799]), (2, [800, 799]), (1, [799])):
        shared = said(await till.call("GET", f"{path(order)}/shares?count={count}"), 200)
        assert shared["shares"] == amounts
        said(await till.pay(order, cash(shared["shares"][0])), 200)

    assert await is_paid(till, order)


async def test_by_amount_each_pays_what_they_like_and_nobody_more_than_is_due(till: Till) -> None:
    order = await table_seven(till)
    await till.open_drawer()

    said(await till.pay(order, cash(1500)), 200)
    refused(await till.pay(order, cash(900)), 422, "order-overpaid")
    said(await till.pay(order, cash(899, tendered=1000)), 200)

    assert await is_paid(till, order)


async def test_by_item_each_pays_an_order_of_their_own(till: Till) -> None:
    order = await table_seven(till)
    meals, coffees = order["lines"]
    await till.open_drawer()

    first = said(await split(till, order, taken(meals, 1), taken(coffees, "0.5"), covers=1), 201)
    second = said(await split(till, first["rest"], taken(coffees, 1), covers=1), 201)
    bills = [first["order"], second["order"], second["rest"]]

    assert [one["total"] for one in bills] == [1050, 300, 1049]
    assert sum(one["total"] for one in bills) == order["total"] == 2399
    assert [one["covers"] for one in bills] == [1, 1, 1]
    for one in bills:
        said(await till.pay(one, cash(one["total"])), 200)
    assert await is_paid(till, *bills)
    assert [one["lines"][0]["quantity"] for one in await queue(till)] == [1, 1]


async def test_two_who_sit_together_after_all_pay_one_bill(till: Till) -> None:
    order = await table_seven(till)
    other = await till.order("coffee")
    await till.open_drawer()

    one = said(await merge(till, order, other), 200)
    said(await till.pay(one, cash(one["total"])), 200)

    assert one["total"] == 2399 + 333
    why = said(await till.call("GET", f"{path(one)}/explain"), 200)["evidence"]
    told = [(piece["what"], piece["says"]) for piece in why if piece["what"] == "order.moved"]
    assert told == [("order.moved", "Lines went to or came from another order: merged: order 2")]
    gone = said(await till.call("GET", f"{path(other)}/explain"), 200)
    assert gone["verdict"].endswith("merged into order 1.")
    assert await is_paid(till, one)


async def test_u18_an_open_order_is_the_locations_and_outlives_the_drawer(till: Till) -> None:
    """The next shift finds what is open, and takes what is still owed in a drawer of its own."""
    order = await table_seven(till)
    drawer = await till.open_drawer(0)
    said(await till.pay(order, cash(1000)), 200)
    at = f"/drawers/sessions/{drawer['id']}"
    said(await till.call("POST", f"{at}/count", {"counted": 1000}), 200)
    said(await till.call("POST", f"{at}/close", {"left_in_drawer": 0, "deposit": 1000}), 200)

    async with till.shop.till("cashier") as next_shift:
        query = f"/orders?state=partially_paid&location_id={till.shop.location_id}"
        (left,) = said(await next_shift.call("GET", query), 200)["items"]
        await next_shift.open_drawer(0)
        said(await next_shift.pay(left, cash(1399)), 200)

    assert (left["id"], left["amount_due"]) == (order["id"], 1399)
    assert await is_paid(till, order)
