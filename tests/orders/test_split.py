"""An order is split by its lines: the new one is paid by itself, and the kitchen cooks on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.orders.bills import history, queue, split, taken
from tests.orders.edits import HALF, TEN_PERCENT, change, patch, path
from tests.orders.menu import a_line, act, bank_transfer, place, placed, stock
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


async def test_lines_and_parts_of_lines_become_an_order_with_what_they_cost(till: Till) -> None:
    order = said(
        await place(
            till,
            a_line(till, "meal", "0.5", note="rare"),
            a_line(till, "coffee", 3, discount={"type": "amount", "value": 100}),
            a_line(till, "catering"),
            table="7",
            covers=4,
            discount=TEN_PERCENT,
        ),
        201,
    )
    order = said(await act(till, order, "validate"), 200)
    await till.shop.rows("update products set price_minor = 9999 returning id")
    meal, coffee, catering = order["lines"]

    both = said(
        await split(
            till, order, taken(meal, "0.2"), taken(coffee, 2), taken(catering, 1), covers=1
        ),
        201,
    )

    new, rest = both["order"], both["rest"]
    for name in ("subtotal", "discount_total", "tax_total", "total", "amount_due"):
        assert new[name] + rest[name] == order[name], name
    assert (order["total"], new["total"], rest["total"]) == (2345, 1806, 539)
    assert [(one["name"], one["quantity"], one["note"]) for one in new["lines"]] == [
        *(("meal", "0.2", "rare"), ("coffee", 2, None), ("catering", 1, None)),
    ]
    assert [(one["quantity"], one["version"]) for one in rest["lines"]] == [("0.3", 2), (1, 2)]
    assert [one["discount"]["value"] for one in (new["lines"][1], rest["lines"][1])] == [66, 34]
    assert (new["discount"]["type"], rest["discount"]["value"]) == ("percent", 1000)
    assert (new["lines"][2], rest["lines"][0]["id"]) == (catering, meal["id"])
    assert (new["state"], new["number"], new["table"], new["covers"], rest["covers"]) == (
        *("validated", 2, "7", 1, 3),
    )
    (given,) = await till.shop.rows(
        "select count(distinct (given_by, given_at)) as givings, count(*) from order_discounts"
    )
    assert (given["givings"], given["count"]) == (1, 2)  # Whoever gave it, gave it to both.
    assert (new["split_from"], rest["split_from"]) == (order["id"], None)
    move = {"kind": "split", "from_order_id": order["id"], "to_order_id": new["id"]}
    assert move.items() <= new["moves"][0].items()
    assert [await till.look(one) for one in (new, rest)] == [new, rest]
    assert history(new) == [
        *((None, "draft", "split from order 1"), ("draft", "validated", None)),
    ]
    assert history(rest)[-1] == ("validated", "validated", "split: order 2")


async def test_whoever_asks_again_splits_once(till: Till) -> None:
    order = await placed(till, "meal", "coffee", "penny")
    key, line = str(uuid4()), order["lines"][0]

    answers = await asyncio.gather(*(split(till, order, taken(line, 1), key=key) for _ in range(5)))
    other = await split(till, order, taken(order["lines"][1], 1), key=key)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    refused(other, 422, "idempotency-key-reused")
    made = answers[0].json()["order"]
    assert (made["id"], made["state"], made["total"]) == (key, "draft", 1000)
    assert len(await till.shop.rows("select id from orders")) == 2
    again = await split(till, order, taken(order["lines"][1], 1))
    assert refused(again, 409, "version-conflict")["version"] == 2
    async with till.shop.till("cashier") as cashier:
        rest = await till.look(order)
        both = await asyncio.gather(
            *(split(one, rest, taken(rest["lines"][0], 1)) for one in (till, cashier))
        )
    assert sorted(answer.status_code for answer in both) == [201, 409]


async def test_what_cannot_be_split_stays_as_it_is(till: Till) -> None:
    order = await till.order("meal", "coffee")
    meal, coffee = order["lines"]
    named = await placed(till, "penny", "penny", covers=2)
    paid, waiting = await till.order("meal", "coffee"), await till.order("meal", "coffee")
    await till.open_drawer()
    said(await till.pay(paid, cash(10)), 200)
    await bank_transfer(till, waiting, 400)
    paid, waiting = await till.look(paid), await till.look(waiting)
    gone = await placed(till, "meal", "coffee")
    said(await till.call("POST", f"{path(gone)}/cancel", {"reason": "They left."}), 200)
    gone = await till.look(gone)
    before = await till.shop.everything()

    def first(of: dict[str, Any], quantity: object = 1) -> dict[str, Any]:
        return taken(of["lines"][0], quantity)

    for answer, status, code in (
        (await split(till, order, taken(meal, 1), taken(coffee, 1)), 422, "order-empty"),
        (await split(till, order, taken(meal, 2)), 400, "invalid-request"),
        (await split(till, order, taken(meal, "0.0")), 400, "invalid-request"),
        (await split(till, order, taken(meal, 1), taken(meal, 1)), 400, "invalid-request"),
        (await split(till, order, first(named)), 400, "invalid-request"),
        (await split(till, order), 400, "invalid-request"),
        (await split(till, order, first(order), note="x"), 400, "invalid-request"),
        (await split(till, named, first(named), covers=2), 400, "invalid-request"),
        (await split(till, order, first(order), key=paid["id"]), 409, "id-reused"),
        (await split(till, paid, first(paid)), 409, "money-taken"),
        (await split(till, waiting, first(waiting)), 409, "money-reserved"),
        (await split(till, gone, first(gone)), 409, "illegal-transition"),
        (await split(till, {**order, "version": 1}, first(order)), 409, "version-conflict"),
        (await split(till, {**order, "id": str(uuid4())}, first(order)), 404, "not-found"),
    ):
        refused(answer, status, code)
    async with till.shop.stranger() as other:
        refused(await split(other, order, first(order)), 404, "not-found")
    async with till.shop.till("kitchen") as kitchen:
        refused(await split(kitchen, order, first(order)), 403, "forbidden")
    assert await till.shop.everything() == before


async def test_the_kitchen_cooks_on_for_both(till: Till) -> None:
    order = await sent(till, a_line(till, "meal", 2), a_line(till, "tasting"), table="7")
    (ticket,) = await queue(till)
    said(await till.call("POST", f"/kitchen/tickets/{ticket['id']}/start", {}), 200)
    order = await till.look(order)
    meal, _ = order["lines"]

    both = said(await split(till, order, taken(meal, 1), table=None), 201)

    new, rest = both["order"], both["rest"]
    mine, theirs = await queue(till)
    assert [(one["name"], one["quantity"]) for one in mine["lines"]] == [
        ("meal", 1),
        ("tasting", 1),
    ]
    assert [(one["name"], one["quantity"]) for one in theirs["lines"]] == [("meal", 1)]
    assert (mine["id"], mine["number"], mine["version"]) == (ticket["id"], 1, 3)
    told = ("order_number", "table", "state", "sent_at", "started_at", "parted_from", "number")
    assert [theirs[name] for name in told] == [
        *(2, None, "preparing", ticket["sent_at"], mine["started_at"], ticket["id"], 2),
    ]
    assert [one["kitchen_state"] for one in (new, rest)] == ["preparing", "preparing"]
    for one in (new, rest):
        said(await act(till, one, "send"), 200)
    assert len(await queue(till)) == 2  # Nobody was told anything twice.
    events = await till.shop.rows(
        "select payload->>'ticket_id' as id from outbox where type = 'kitchen.ticket_changed'"
        " order by position offset 1"
    )
    assert [one["id"] for one in events] == [mine["id"], theirs["id"]]
    assert len(await till.shop.rows("select 1 from outbox where type like '%order_received'")) == 1

    # Each goes on by itself: one more here, none there, and both are paid.
    (line,) = new["lines"]
    more = said(await change(till, new, line, quantity=3), 200)
    rest_now = await till.look(rest)
    less = said(await till.call("DELETE", f"{path(rest, meal)}?version=2"), 200)
    await till.open_drawer()
    for one in (more, less):
        if one["total"]:
            said(await till.pay(one, cash(one["total"])), 200)
    assert rest_now["version"] < less["version"]
    assert [
        [(one["name"], one["quantity"]) for one in each["lines"]] for each in await queue(till)
    ] == [
        [("meal", 1), ("tasting", 1)],
        [("meal", 1)],
        [("meal", -1)],
        [("meal", 2)],
    ]


async def test_a_ticket_of_which_all_leaves_goes_as_it_is(till: Till) -> None:
    order = await sent(till, a_line(till, "coffee"), a_line(till, "meal"))
    (ticket,) = await queue(till)

    new = said(await split(till, order, taken(order["lines"][1], 1)), 201)["order"]

    (same,) = await queue(till)
    assert (same["id"], same["number"], same["order_id"]) == (ticket["id"], 1, new["id"])
    assert (same["lines"], same["parted_from"]) == (ticket["lines"], None)
    rest = await till.look(order)
    assert (new["kitchen_state"], rest["kitchen_state"]) == ("sent", "none")
    said(await till.call("POST", f"{path(order)}/lines", {"lines": [a_line(till, "meal")]}), 200)
    said(await act(till, order, "send"), 200)  # The next round is no ticket that went away.
    assert [one["order_number"] for one in await queue(till)] == [2, 1]


async def test_a_part_of_a_line_takes_a_whole_ticket_under_its_new_name(till: Till) -> None:
    order = await sent(till, a_line(till, "meal"), a_line(till, "coffee"))
    (meal, _), (ticket,) = order["lines"], await queue(till)
    more = said(await change(till, order, meal, quantity=3), 200)

    new = said(await split(till, more, taken(meal, 2)), 201)["order"]

    (same,) = await queue(till)
    assert (same["id"], same["lines"][0]["line_id"]) == (ticket["id"], new["lines"][0]["id"])
    assert [(one["name"], one["quantity"]) for one in same["lines"]] == [("meal", 1)]
    for one in (new, order):
        said(await act(till, one, "send"), 200)
    assert [one["lines"][0]["quantity"] for one in await queue(till)] == [1, 1, 1]


async def test_what_costs_nothing_is_paid_at_once_on_either_side(till: Till) -> None:
    order = await sent(till, a_line(till, "tasting"), a_line(till, "coffee"), a_line(till, "water"))
    tasting, coffee, _ = order["lines"]

    both = said(await split(till, order, taken(coffee, 1)), 201)

    assert [one["payment_state"] for one in (both["order"], both["rest"])] == ["unpaid", "paid"]
    other = await sent(till, a_line(till, "tasting"), a_line(till, "coffee"))
    new = said(await split(till, other, taken(other["lines"][0], 1)), 201)["order"]
    assert (new["payment_state"], new["kitchen_state"]) == ("paid", "sent")
    assert len(await queue(till)) == 2
    assert tasting["total"] == 0


async def test_a_note_on_a_part_changes_no_money_and_another_quantity_is_priced_anew(
    till: Till,
) -> None:
    order = said(await place(till, a_line(till, "coffee", "1.5"), a_line(till, "penny")), 201)
    coffee = order["lines"][0]
    both = said(await split(till, order, taken(coffee, "0.5")), 201)
    new = both["order"]

    noted = said(await change(till, new, new["lines"][0], note="hot"), 200)
    whole = said(await change(till, noted, noted["lines"][0], quantity=1), 200)

    assert [coffee["total"], both["rest"]["lines"][0]["total"], new["total"]] == [500, 333, 167]
    assert (noted["total"], whole["total"]) == (167, 333)
    halved = said(await patch(till, whole, discount=HALF), 200)
    assert halved["total"] == 166


async def test_an_order_that_nobody_gives_a_number_of_guests_has_none(till: Till) -> None:
    order = await placed(till, "meal", "coffee")
    both = said(await split(till, order, taken(order["lines"][0], 1), table="9", covers=2), 201)

    assert [(one["table"], one["covers"]) for one in (both["order"], both["rest"])] == [
        *(("9", 2), (None, None)),
    ]
