"""Each change reaches the kitchen once, before payment or with it, however often it is said."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.orders.edits import modifier
from tests.orders.menu import a_line, act, bank_transfer, place, placed, stock
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def tickets(till: Till, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = said(await till.call("GET", f"/kitchen/tickets{query}"), 200)[
        "items"
    ]
    return items


def lines(ticket: dict[str, Any]) -> list[tuple[str, int | str, str | None]]:
    return [(one["name"], one["quantity"], one["note"]) for one in ticket["lines"]]


async def put(till: Till, order: dict[str, Any], *wanted: dict[str, Any]) -> dict[str, Any]:
    """Put these lines there; the same product in the same place is the line that is there."""
    now = await till.look(order)
    there = {(place, one["product_id"]): one["id"] for place, one in enumerate(now["lines"])}
    named = [
        {"id": there.get((place, one["product_id"]), str(uuid4()))} | one
        for place, one in enumerate(wanted)
    ]
    body = {"version": now["version"], "lines": named}
    return said(await till.call("PUT", f"/orders/{order['id']}/lines", body), 200)


async def told(till: Till, kind: str) -> list[dict[str, Any]]:
    return await till.shop.rows(
        "select rooms, payload->>'state' as state, payload->'ticket_ids' as ids from outbox"
        " where type = $1 order by position",
        kind,
    )


async def grill_makes_meals(till: Till) -> str:
    """Give the kitchen a station, and put the meal into the part of the menu that it prepares."""
    async with till.shop.till("admin") as admin:
        mains = said(await admin.call("POST", "/categories", {"name": "Mains"}), 201)["id"]
        meal = f"/products/{till.shop.product_id('meal')}"
        said(await admin.call("PATCH", meal, {"category_id": mains}), 200)
        station = {
            "location_id": str(till.shop.location_id),
            "name": "Grill",
            "category_ids": [mains, mains],
        }
        made: str = said(await admin.call("POST", "/stations", station), 201)["id"]
    return made


async def test_m01_an_unpaid_order_is_sent_and_then_what_changed_since(till: Till) -> None:
    grill = await grill_makes_meals(till)
    await stock(till.shop)
    order = said(
        await place(
            till,
            a_line(till, "meal", 2, id=str(line := uuid4())),
            a_line(till, "tasting", note="late"),
            a_line(till, "coffee"),
        ),
        201,
    )
    problem = refused(await act(till, order, "send"), 409, "illegal-transition")
    assert (problem["from"], problem["event"]) == ("draft", "send")
    said(await act(till, order, "validate"), 200)

    sent = said(await act(till, order, "send"), 200)

    assert (sent["state"], sent["kitchen_state"], sent["version"]) == ("validated", "sent", 3)
    first, second = await tickets(till)
    assert (lines(first), first["station_id"]) == ([("meal", 2, None)], grill)
    assert (lines(second), second["station_id"]) == ([("tasting", 1, "late")], None)
    assert [(one["number"], one["estimate_minutes"]) for one in (first, second)] == [
        (1, 15),
        (2, 10),
    ]
    await put(till, order, a_line(till, "meal", "1.5", id=str(line), note="rare"))
    assert len(await tickets(till)) == 2
    till.shop.advance(60)
    said(await act(till, order, "send"), 200)

    assert [lines(one) for one in await tickets(till, f"?station_id={grill}")] == [
        [("meal", 2, None)],
        [("meal", "-0.5", "rare")],
    ]
    assert [lines(one) for one in await tickets(till)][2] == [("tasting", -1, None)]
    assert len(await tickets(till)) == 4
    received = await told(till, "kitchen.order_received")
    assert len(received) == 2
    assert f"kitchen:{till.shop.location_id}" in received[0]["rooms"]


async def test_m08_a_ticket_has_the_time_sent_and_an_estimate_and_says_whose_it_is(
    till: Till,
) -> None:
    grill = await grill_makes_meals(till)
    order = said(await place(till, a_line(till, "meal", 2), table="7"), 201)
    said(await act(till, order, "validate"), 200)

    said(await act(till, order, "send"), 200)

    (first,) = await tickets(till)
    assert first | {"lines": []} == {
        "id": first["id"],
        "number": 1,
        "business_day": "2026-03-04",
        "order_id": order["id"],
        "order_number": 1,
        "table": "7",
        "location_id": str(till.shop.location_id),
        "station_id": grill,
        "state": "sent",
        "priority": 0,
        "estimate_minutes": 15,
        "lines": [],
        "sent_at": "2026-03-04T12:00:00Z",
        "sent_by": str(till.shop.staff_id("manager")),
        "started_at": None,
        "ready_at": None,
        "served_at": None,
        "canceled_at": None,
        "parted_from": None,
        "version": 1,
        "history": [],
    }


async def test_m11_sending_again_or_from_many_tills_at_once_makes_one_ticket(till: Till) -> None:
    order = await till.order("meal")

    answers = await asyncio.gather(*(act(till, order, "send") for _ in range(10)))
    before = await till.shop.everything()
    again = said(await act(till, order, "send"), 200)

    assert {answer.status_code for answer in answers} == {200}
    assert [lines(one) for one in await tickets(till)] == [[("meal", 1, None)]]
    assert again == await till.look(order)
    assert await till.shop.everything() == before


async def test_u25_a_send_and_a_change_at_once_lose_and_double_nothing(till: Till) -> None:
    order = await till.order("meal")
    body = {"version": order["version"], "lines": [a_line(till, "meal", 3)]}
    path = f"/orders/{order['id']}/lines"

    answers = await asyncio.gather(
        *(act(till, order, "send") for _ in range(4)),
        *(till.call("PUT", path, body) for _ in range(2)),
    )
    stands = await till.look(order)
    said(await act(till, order, "send"), 200)

    assert {answer.status_code for answer in answers} <= {200, 409}
    (sold,) = stands["lines"]
    (sums,) = await till.shop.rows(
        "select sum(quantity_milli)::bigint as milli from kitchen_ticket_lines"
    )
    assert sums["milli"] == sold["quantity"] * 1000


async def test_m08_what_is_paid_goes_to_the_kitchen_with_what_was_not_sent(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal", "coffee")
    said(await act(till, order, "send"), 200)
    said(await act(till, order, "ready"), 200)
    said(await act(till, order, "serve"), 200)
    changed = await put(till, order, a_line(till, "meal", 2), a_line(till, "coffee"))
    assert changed["kitchen_state"] == "served"

    said(await till.pay(order, cash(2333)), 200)

    paid = await till.look(order)
    assert (paid["state"], paid["kitchen_state"]) == ("paid", "sent")
    (second,) = await tickets(till)
    assert lines(second) == [("meal", 1, None)]
    done = said(await act(till, await till.look(order), "ready"), 200)
    assert done["state"] == "ready"
    assert said(await act(till, order, "complete"), 200)["state"] == "done"


async def test_m02_an_order_that_was_served_before_it_is_paid_is_done_when_it_is(
    till: Till,
) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    for verb in ("send", "prepare", "ready", "serve"):
        said(await act(till, order, verb), 200)
    assert (await till.look(order))["state"] == "validated"

    said(await till.pay(order, cash(400)), 200)
    assert (await till.look(order))["state"] == "partially_paid"
    said(await till.pay(order, cash(600)), 200)

    assert (await till.look(order))["state"] == "done"
    assert len(await tickets(till, "?state=served")) == 1
    assert said(await act(till, order, "invoice"), 200)["state"] == "invoiced"


async def test_m03_payment_in_part_sends_nothing_and_what_needs_no_kitchen_never_goes(
    till: Till,
) -> None:
    await till.open_drawer()
    meal, coffee = await till.order("meal"), await till.order("coffee")

    said(await till.pay(meal, cash(400)), 200)
    said(await till.pay(coffee, cash(333)), 200)
    fixed = await till.order("coffee")
    said(await act(till, fixed, "send"), 200)

    assert await tickets(till) == []
    assert (await till.look(coffee))["state"] == "done"
    assert (await till.look(fixed))["kitchen_state"] == "none"
    assert await told(till, "kitchen.order_received") == []


async def test_what_costs_nothing_goes_to_the_kitchen_when_it_is_fixed_or_becomes_free(
    till: Till,
) -> None:
    await stock(till.shop)
    free, dear = await placed(till, "tasting"), await till.order("meal")
    said(await act(till, dear, "send"), 200)

    said(await act(till, free, "validate"), 200)
    became = await put(till, dear, a_line(till, "tasting"))

    assert became["state"] == "paid"
    assert [lines(one) for one in await tickets(till)] == [
        [("meal", 1, None)],
        [("tasting", 1, None)],
        [("meal", -1, None), ("tasting", 1, None)],
    ]


async def test_where_unpaid_orders_stay_out_only_payment_sends_them(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    async with till.shop.till("admin") as admin:
        rule = {"send_unpaid_orders_to_kitchen": False}
        said(await admin.call("PATCH", "/settings", rule), 200)
    before = await till.shop.everything()

    refused(await act(till, order, "send"), 422, "unpaid-stays-out")
    assert await till.shop.everything() == before

    said(await till.pay(order, cash(1000)), 200)
    assert len(await tickets(till)) == 1
    said(await act(till, order, "send"), 200)
    assert len(await tickets(till)) == 1


async def test_a_crash_at_any_commit_with_a_repeat_makes_one_ticket(till: Till) -> None:
    await till.open_drawer()
    sent, sold, *transferred = [await till.order("meal") for _ in range(4)]

    async with till.shop.crashing_at_commit(1):
        assert (await act(till, sent, "send")).status_code == 500
    assert await tickets(till) == []
    said(await act(till, sent, "send"), 200)

    key = str(uuid4())
    async with till.shop.crashing_at_commit(1):
        assert (await till.pay(sold, cash(1000), key=key)).status_code == 500
    assert (await till.look(sold))["state"] == "validated"
    said(await till.pay(sold, cash(1000), key=key), 200)
    said(await till.pay(sold, cash(1000), key=key), 200)

    for commit, order in enumerate(transferred, 1):
        waiting = await bank_transfer(till, order, 1000)
        confirm, key = f"/transactions/{waiting['id']}/confirm", str(uuid4())
        seen = {"payment_ids": [waiting["payments"][0]["id"]]}
        async with till.shop.crashing_at_commit(commit):
            assert (await till.call("POST", confirm, seen, key=key)).status_code == 500
        said(await till.call("POST", confirm, seen, key=key), 200)
        said(await till.call("POST", confirm, seen, key=key), 200)
        assert (await till.look(order))["state"] == "paid"

    found = [(one["number"], one["order_id"]) for one in await tickets(till)]
    assert found == list(enumerate([one["id"] for one in (sent, sold, *transferred)], 1))


async def test_m09_giving_up_an_order_takes_back_what_was_not_served(till: Till) -> None:
    order = await till.order("meal")
    said(await act(till, order, "send"), 200)
    (first,) = await tickets(till)
    said(await till.call("POST", f"/kitchen/tickets/{first['id']}/bump", {}), 200)
    said(await till.call("POST", f"/kitchen/tickets/{first['id']}/serve", {}), 200)
    await put(till, order, a_line(till, "meal", 2))
    said(await act(till, order, "send"), 200)

    reason = {"reason": "They left"}
    canceled = said(await till.call("POST", f"/orders/{order['id']}/cancel", reason), 200)

    assert (canceled["state"], canceled["kitchen_state"]) == ("canceled", "served")
    (second,) = await tickets(till, "?state=canceled")
    assert second["canceled_at"] == "2026-03-04T12:00:00Z"
    assert [one["id"] for one in await tickets(till, "?state=served")] == [first["id"]]
    assert (await told(till, "kitchen.ticket_changed"))[-1]["state"] == "canceled"
    refused(await act(till, order, "send"), 409, "illegal-transition")


async def test_a_station_that_is_closed_gets_nothing_more(till: Till) -> None:
    grill = await grill_makes_meals(till)
    order = await till.order("meal")
    said(await act(till, order, "send"), 200)
    async with till.shop.till("admin") as admin:
        said(await admin.call("PATCH", f"/stations/{grill}", {"active": False}), 200)

    await put(till, order, a_line(till, "meal", 3))
    said(await act(till, order, "send"), 200)

    assert [(one["station_id"], lines(one)) for one in await tickets(till)] == [
        (grill, [("meal", 1, None)]),
        (None, [("meal", 2, None)]),
    ]


async def test_the_kitchen_reads_what_was_chosen_and_another_choice_is_another_dish(
    till: Till,
) -> None:
    async with till.shop.till("admin") as admin:
        oat, shot = await modifier(admin, "Oat milk", 40), await modifier(admin, "Extra shot", 60)
        meal = f"/products/{a_line(till, 'meal')['product_id']}"
        said(await admin.call("PATCH", meal, {"modifier_ids": [oat, shot]}), 200)
    chosen = [{"id": oat}, {"id": shot}]
    order = said(await place(till, a_line(till, "meal", modifiers=chosen)), 201)
    said(await act(till, order, "validate"), 200)
    said(await act(till, order, "send"), 200)

    await put(till, order, a_line(till, "meal", modifiers=chosen[:1]))
    said(await act(till, order, "send"), 200)

    told_of = [
        [(one["modifiers"], one["quantity"]) for one in ticket["lines"]]
        for ticket in await tickets(till)
    ]
    assert told_of == [
        [("Oat milk, Extra shot", 1)],
        [("Oat milk, Extra shot", -1), ("Oat milk", 1)],
    ]


async def test_ticket_numbers_begin_anew_with_the_business_day(till: Till) -> None:
    order = await till.order("meal")
    said(await act(till, order, "send"), 200)
    till.shop.advance(15.9 * 3600)  # 03:54: the day ends at four.
    async with till.shop.till() as later:
        await put(later, order, a_line(later, "meal", 2))
        said(await act(later, order, "send"), 200)
        till.shop.advance(0.2 * 3600)
        await put(later, order, a_line(later, "meal", 3))
        said(await act(later, order, "send"), 200)

        assert [(one["business_day"], one["number"]) for one in await tickets(later)] == [
            *(("2026-03-04", 1), ("2026-03-04", 2), ("2026-03-05", 1)),
        ]


async def test_who_may_not_sell_sends_nothing(till: Till) -> None:
    order = await till.order("meal")
    before = await till.shop.everything()

    async with till.shop.till("kitchen") as kitchen, till.shop.stranger("admin") as stranger:
        for verb in ("send", "complete"):
            problem = refused(await act(kitchen, order, verb), 403, "forbidden")
            assert problem["permission"] == "orders.create"
        problem = refused(await act(kitchen, order, "invoice"), 403, "forbidden")
        assert problem["permission"] == "orders.manage"
        for verb in ("send", "prepare", "ready", "serve", "complete", "invoice"):
            refused(await act(stranger, order, verb), 404, "not-found")
    assert await till.shop.everything() == before
    await till.shop.rows("update staff set location_ids = '{}' where role = 'manager' returning id")
    before = await till.shop.everything()
    for verb in ("send", "prepare", "invoice"):
        refused(await act(till, order, verb), 403, "forbidden")
    assert await till.shop.everything() == before
