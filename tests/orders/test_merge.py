"""Tables come together: one order has all the lines, nothing is lost and nothing cooked twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.insight import verify
from tests.http.things import prepare
from tests.orders.bills import history, merge, queue, split, taken
from tests.orders.edits import HALF, TEN_PERCENT, add, path, put
from tests.orders.menu import a_line, act, bank_transfer, place, placed, stock
from tests.support.locks import until_somebody_waits
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


@pytest.fixture
async def till(till: Till) -> Till:
    """Return the manager at the first register of a shop with more on its menu."""
    await stock(till.shop)
    return till


async def sent(till: Till, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Take an order, fix it, and give it to the kitchen."""
    at = {"register_id": str(till.shop.register_id())}
    order = said(await place(till, *lines, **at, **more), 201)
    said(await act(till, order, "validate"), 200)
    return said(await act(till, order, "send"), 200)


async def test_orders_come_together_at_what_they_cost(till: Till) -> None:
    line_id = str(uuid4())
    one = said(
        await place(
            till, a_line(till, "meal", id=line_id), table="7", covers=2, discount=TEN_PERCENT
        ),
        201,
    )
    two = said(
        await place(till, a_line(till, "coffee", 2, id=line_id), a_line(till, "catering")), 201
    )
    three = said(
        await place(till, a_line(till, "coffee", discount=HALF), covers=3, discount=HALF), 201
    )
    three = said(await act(till, three, "validate"), 200)
    await till.shop.rows("update products set price_minor = 9999 returning id")

    all_of_it = said(await merge(till, one, two, three), 200)

    assert await till.look(one) == all_of_it
    for name in ("subtotal", "discount_total", "tax_total", "total", "amount_due"):
        assert all_of_it[name] == one[name] + two[name] + three[name], name
    assert all_of_it["total"] == 900 + 1872 + 83
    assert (all_of_it["discount"], all_of_it["discount_total"]) == (
        {"type": "amount", "value": 183, "amount": 183},
        350,
    )
    assert [(line["name"], line["quantity"], line["total"]) for line in all_of_it["lines"]] == [
        *(("meal", 1, 900), ("coffee", 2, 666), ("catering", 1, 1206), ("coffee", 1, 83)),
    ]
    assert all_of_it["lines"][0]["id"] == line_id
    assert len({line["id"] for line in all_of_it["lines"]}) == 4
    assert (all_of_it["state"], all_of_it["table"], all_of_it["covers"]) == ("validated", "7", 5)
    assert history(all_of_it)[1:] == [
        *(("draft", "draft", "merged: order 2, 3"), ("draft", "validated", None)),
    ]
    for other in (two, three):
        ended = await till.look(other)
        assert (ended["state"], ended["lines"], ended["total"]) == ("canceled", [], 0)
        assert (ended["discount"], ended["covers"]) == (None, other["covers"])
        assert history(ended)[-1] == (other["state"], "canceled", "merged into order 1")
        assert [(move["kind"], move["to_order_id"]) for move in ended["moves"]] == [
            ("merge", one["id"])
        ]
        refused(await till.pay(ended, cash(1)), 409, "order-not-payable")
    assert len(all_of_it["moves"]) == 2
    (given,) = await till.shop.rows("select order_id, given_at from order_discounts")
    assert str(given["order_id"]) == one["id"]
    noted = said(await put(till, all_of_it, *[{**a, "note": "x"} for a in _again(all_of_it)]), 200)
    assert (noted["total"], noted["tax_total"]) == (all_of_it["total"], all_of_it["tax_total"])


def _again(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask for all lines as they are."""
    names = ("id", "product_id", "quantity")
    return [{name: line[name] for name in names} for line in order["lines"]]


async def test_whoever_asks_again_merges_once(till: Till) -> None:
    one, two = await placed(till, "meal"), await placed(till, "coffee")
    key = str(uuid4())

    answers = await asyncio.gather(*(merge(till, one, two, key=key) for _ in range(4)))
    other = await merge(till, one, await placed(till, "penny"), key=key)

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (200, answers[0].content)
    }
    refused(other, 422, "idempotency-key-reused")
    assert (await till.look(one))["total"] == 1333


async def test_two_who_merge_crosswise_do_not_wait_for_each_other(till: Till) -> None:
    for _ in range(4):
        one, two = await placed(till, "meal"), await placed(till, "coffee")

        answers = await asyncio.gather(merge(till, one, two), merge(till, two, one))

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        found = [await till.look(order) for order in (one, two)]
        assert sorted(order["total"] for order in found) == [0, 1333]


async def test_orders_that_do_not_come_together_stay_as_they_are(till: Till) -> None:
    one, two = await till.order("meal"), await till.order("coffee")
    paid, waiting, gone = [await till.order("meal", "coffee") for _ in range(3)]
    await till.open_drawer()
    said(await till.pay(paid, cash(10)), 200)
    await bank_transfer(till, waiting, 400)
    said(await till.call("POST", f"{path(gone)}/cancel", {"reason": "They left."}), 200)
    paid, waiting, gone = [await till.look(order) for order in (paid, waiting, gone)]
    dear = [await placed(till, "palace") for _ in range(2)]
    many = [said(await place(till, *[a_line(till, "penny")] * 251), 201) for _ in range(2)]
    full = [await placed(till, "meal", covers=5001) for _ in range(2)]
    await prepare(till.shop)
    async with till.shop.till("admin") as admin:
        (branch,) = await till.shop.rows("select id from locations where currency = 'EUR'")
        croissant = [a_line(till, "croissant")]
        away = said(await place(admin, *croissant, location_id=str(branch["id"])), 201)
        before = await till.shop.everything()
        apart = refused(await merge(admin, one, away), 422, "orders-apart")
    assert apart["order_id"] == away["id"]

    for answer, status, code in (
        (await merge(till, one), 400, "invalid-request"),
        (await merge(till, one, one), 400, "invalid-request"),
        (await merge(till, one, two, two), 400, "invalid-request"),
        (await merge(till, *many), 400, "invalid-request"),
        (await merge(till, *full), 400, "invalid-request"),
        (await merge(till, *dear), 422, "total-too-large"),
        (await merge(till, one, paid), 409, "money-taken"),
        (await merge(till, paid, one), 409, "money-taken"),
        (await merge(till, one, waiting), 409, "money-reserved"),
        (await merge(till, one, gone), 409, "illegal-transition"),
        (await merge(till, one, {**two, "version": 1}), 409, "version-conflict"),
        (await merge(till, one, {**two, "id": str(uuid4())}), 404, "not-found"),
        (await merge(till, {**one, "id": str(uuid4())}, two), 404, "not-found"),
        (await merge(till, one, away), 403, "forbidden"),
    ):
        refused(answer, status, code)
    async with till.shop.stranger() as other:
        refused(await merge(other, one, two), 404, "not-found")
        theirs = await placed(other, "meal")
        refused(await merge(other, theirs, two), 404, "not-found")
    async with till.shop.till("kitchen") as kitchen:
        refused(await merge(kitchen, one, two), 403, "forbidden")
    assert await till.shop.everything() == before


async def test_the_kitchen_goes_on_with_the_tickets_that_it_has(till: Till) -> None:
    line_id = str(uuid4())
    one = await sent(till, a_line(till, "meal", id=line_id), table="7")
    two = await sent(till, a_line(till, "meal", 2, id=line_id), a_line(till, "tasting"), table="8")
    _, second = await queue(till)
    said(await till.call("POST", f"/kitchen/tickets/{second['id']}/start", {}), 200)
    two = said(await add(till, two, a_line(till, "meal", note="no peas")), 200)

    all_of_it = said(await merge(till, one, two), 200)

    first, same = await queue(till)
    assert (same["id"], same["number"], same["state"]) == (second["id"], 2, "preparing")
    assert (same["order_number"], same["table"], same["version"]) == (1, "7", 3)
    assert [(line["name"], line["quantity"]) for line in same["lines"]] == [
        ("tasting", 1),
        ("meal", 2),
    ]
    new_ids = {line["id"] for line in all_of_it["lines"]}
    assert {line["line_id"] for line in first["lines"] + same["lines"]} < new_ids
    ended = await till.look(two)
    assert (all_of_it["kitchen_state"], ended["kitchen_state"]) == ("preparing", "none")
    said(await act(till, all_of_it, "send"), 200)
    (*_, third) = await queue(till)
    assert [(line["name"], line["quantity"], line["note"]) for line in third["lines"]] == [
        ("meal", 1, "no peas")
    ]
    await till.open_drawer()
    said(await till.pay(all_of_it, cash(all_of_it["total"])), 200)
    assert len(await queue(till)) == 3
    assert await verify(till.shop.wiring.db, till.shop.merchant_id) == []
    assert len(await till.shop.rows("select 1 from kitchen_tickets where state = 'canceled'")) == 0


async def test_what_was_split_comes_together_again_to_the_last_unit(till: Till) -> None:
    order = await sent(till, a_line(till, "meal", "0.5"), a_line(till, "coffee", "1.5"))
    both = said(await split(till, order, *(taken(line, "0.333") for line in order["lines"])), 201)

    again = said(await merge(till, both["rest"], both["order"]), 200)

    assert [(line["name"], line["quantity"]) for line in again["lines"]] == [
        *(("meal", "0.167"), ("coffee", "1.167"), ("meal", "0.333"), ("coffee", "0.333")),
    ]
    for name in ("subtotal", "tax_total", "total"):
        assert again[name] == order[name]
    said(await act(till, again, "send"), 200)
    assert len(await queue(till)) == 2
    assert [(move["kind"], move["from_order_id"]) for move in again["moves"]] == [
        ("split", order["id"]),
        ("merge", both["order"]["id"]),
    ]


async def test_an_empty_draft_takes_an_order_with_its_discount_as_it_is(till: Till) -> None:
    empty = said(await place(till, table="1"), 201)
    order = await placed(till, "meal", discount=TEN_PERCENT)

    moved = said(await merge(till, empty, order), 200)

    assert (moved["state"], moved["discount"]["type"], moved["total"]) == ("draft", "percent", 900)
    assert (moved["table"], moved["covers"]) == ("1", None)


async def test_who_moves_a_ticket_that_goes_to_another_order_moves_it_there(till: Till) -> None:
    one, two = await placed(till, "coffee"), await sent(till, a_line(till, "meal"))
    three = await placed(till, "penny")
    (ticket,) = await queue(till)
    at = f"/kitchen/tickets/{ticket['id']}"
    moves: tuple[Any, ...] = (
        (two, one, ("POST", f"{at}/start", {})),
        (one, three, ("PATCH", at, {"priority": 5})),
    )

    for giver, taker, call in moves:
        seen = [await till.look(order) for order in (taker, giver)]
        async with till.shop.wiring.db.transaction(till.shop.merchant_id) as tx:
            await tx.fetch("select 1 from orders where id = $1 for update", giver["id"])
            merging = asyncio.create_task(merge(till, *seen))
            await until_somebody_waits(tx)
            moving = asyncio.create_task(till.call(*call))
            await until_somebody_waits(tx, 2)
        said(await merging, 200)
        assert said(await moving, 200)["order_id"] == taker["id"]

    (moved,) = await queue(till)
    assert (moved["state"], moved["priority"]) == ("preparing", 5)
    assert (await till.look(three))["kitchen_state"] == "preparing"
