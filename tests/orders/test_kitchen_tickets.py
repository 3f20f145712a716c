"""The kitchen's display: what is before it, in which order, and who moved it on, when."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.orders.menu import act
from tests.orders.test_kitchen_send import tickets, told
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till


async def sent(till: Till, *names: str) -> dict[str, Any]:
    """Send an order, and return its ticket."""
    order = await till.order(*names)
    said(await act(till, order, "send"), 200)
    return next(one for one in await tickets(till) if one["order_id"] == order["id"])


async def move(till: Till, ticket: dict[str, Any], verb: str) -> httpx.Response:
    return await till.call("POST", f"/kitchen/tickets/{ticket['id']}/{verb}", {})


async def test_m07_a_ticket_moves_its_order_and_both_keep_who_and_when(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    said(await till.pay(order, cash(1000)), 200)
    (ticket,) = await tickets(till)
    async with till.shop.till("kitchen") as kitchen:
        states = []
        for verb in ("start", "bump", "recall", "bump", "serve"):
            till.shop.advance(60)
            moved = said(await move(kitchen, ticket, verb), 200)
            states.append((moved["state"], (await till.look(order))["state"]))
        cook = str(till.shop.staff_id("kitchen"))

    assert states == [
        ("preparing", "preparing"),
        ("ready", "ready"),
        ("preparing", "preparing"),
        ("ready", "ready"),
        ("served", "done"),
    ]
    shown = said(await till.call("GET", f"/kitchen/tickets/{ticket['id']}"), 200)
    assert shown == moved
    assert [(one["event"], one["from"], one["to"], one["by"]) for one in shown["history"]] == [
        ("start", "sent", "preparing", cook),
        ("bump", "preparing", "ready", cook),
        ("recall", "ready", "preparing", cook),
        ("bump", "preparing", "ready", cook),
        ("serve", "ready", "served", cook),
    ]
    assert [shown[f"{one}_at"][11:16] for one in ("sent", "started", "ready", "served")] == [
        *("12:00", "12:01", "12:04", "12:05"),
    ]
    history = (await till.look(order))["history"]
    assert [(one["to"], one["by"]) for one in history[-2:]] == [("ready", cook), ("done", cook)]
    ready = await told(till, "kitchen.order_ready")
    assert [one["state"] for one in ready] == ["ready", "ready"]
    assert f"kitchen:{till.shop.location_id}" in ready[0]["rooms"]
    assert len(await told(till, "kitchen.ticket_changed")) == 5


async def test_tr89_what_cannot_be_done_now_is_refused_and_changes_nothing(till: Till) -> None:
    ticket = await sent(till, "meal")
    order = {"id": ticket["order_id"]}
    for verb in ("recall", "serve"):
        problem = refused(await move(till, ticket, verb), 409, "illegal-transition")
        assert (problem["from"], problem["event"]) == ("sent", verb)
    problem = refused(await act(till, order, "serve"), 409, "illegal-transition")
    assert (problem["from"], problem["event"]) == ("sent", "serve")
    said(await act(till, order, "ready"), 200)
    before = await till.shop.everything()

    for verb in ("prepare", "ready", "complete", "invoice"):
        refused(await act(till, order, verb), 409, "illegal-transition")
    refused(await move(till, ticket, "bump"), 409, "illegal-transition")
    for body in ({"state": "served"}, {"status": "done"}):
        answer = await till.call("PATCH", f"/kitchen/tickets/{ticket['id']}", body)
        refused(answer, 400, "invalid-request")

    assert await till.shop.everything() == before


async def test_m11_of_many_who_bump_one_ticket_at_once_one_does(till: Till) -> None:
    ticket = await sent(till, "meal")

    answers = await asyncio.gather(
        *(move(till, ticket, "bump") for _ in range(5)),
        *(act(till, {"id": ticket["order_id"]}, "ready") for _ in range(3)),
    )

    assert sorted(one.status_code for one in answers) == [200] + [409] * 7
    assert len(await till.shop.rows("select from kitchen_ticket_history")) == 1


async def test_the_queue_is_by_priority_and_then_the_oldest_first_page_by_page(
    till: Till,
) -> None:
    made = []
    for _ in range(4):
        made.append(await sent(till, "meal"))
        till.shop.advance(60)
    path = f"/kitchen/tickets/{made[2]['id']}"
    first = said(await till.call("PATCH", path, {"priority": 5, "version": 1}), 200)
    before = await till.shop.everything()
    assert said(await till.call("PATCH", path, {"priority": 5}), 200) == first
    stale = await till.call("PATCH", path, {"priority": 6, "version": 1})
    assert refused(stale, 409, "version-conflict")["version"] == 2
    for wish in (-1, 10, "1", None):
        refused(await till.call("PATCH", path, {"priority": wish}), 400, "invalid-request")
    assert await till.shop.everything() == before

    pages, query = [], "?limit=1"
    while True:
        page = said(await till.call("GET", f"/kitchen/tickets{query}"), 200)
        pages += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        query = f"?limit=1&after={page['next']}"

    assert pages == [made[index]["id"] for index in (2, 0, 1, 3)]
    assert (first["priority"], [one["event"] for one in first["history"]]) == (5, ["prioritize"])
    said(await move(till, made[0], "bump"), 200)
    assert len(await tickets(till, "?state=sent")) == 3
    assert len(await tickets(till, f"?location_id={till.shop.location_id}")) == 4
    assert await tickets(till, f"?location_id={uuid4()}") == []
    assert await tickets(till, f"?station_id={uuid4()}") == []
    refused(await till.call("GET", "/kitchen/tickets?after=no"), 400, "invalid-request")
    refused(await till.call("GET", "/kitchen/tickets?state=done"), 400, "invalid-request")


async def test_the_kitchen_moves_tickets_and_nobody_else_and_only_its_own(till: Till) -> None:
    ticket = await sent(till, "meal")
    before = await till.shop.everything()
    path = f"/kitchen/tickets/{ticket['id']}"

    async with till.shop.till("cashier") as cashier, till.shop.stranger("admin") as stranger:
        for verb in ("start", "bump", "recall", "serve"):
            problem = refused(await move(cashier, ticket, verb), 403, "forbidden")
            assert problem["permission"] == "kitchen.operate"
            refused(await move(stranger, ticket, verb), 404, "not-found")
        for verb in ("prepare", "ready", "serve"):
            refused(await act(cashier, {"id": ticket["order_id"]}, verb), 403, "forbidden")
        refused(await cashier.call("PATCH", path, {"priority": 1}), 403, "forbidden")
        refused(await stranger.call("PATCH", path, {"priority": 1}), 404, "not-found")
        refused(await stranger.call("GET", path), 404, "not-found")
        assert await tickets(stranger) == []
        assert len(await tickets(cashier)) == 1
    assert await till.shop.everything() == before

    await till.shop.rows("update staff set location_ids = '{}' where role = 'manager' returning id")
    before = await till.shop.everything()
    refused(await move(till, ticket, "bump"), 403, "forbidden")
    refused(await till.call("PATCH", path, {"priority": 1}), 403, "forbidden")
    assert await tickets(till) == []
    refused(await till.call("GET", path), 403, "forbidden")
    async with till.shop.till("admin") as admin:
        said(await admin.call("GET", path), 200)
        assert len(await tickets(admin)) == 1
    assert await till.shop.everything() == before


async def test_a_crash_while_a_ticket_moves_leaves_it_and_its_order_where_they_were(
    till: Till,
) -> None:
    ticket = await sent(till, "meal")
    before = await till.shop.everything()

    async with till.shop.crashing_at_commit(1):
        assert (await move(till, ticket, "bump")).status_code == 500
    assert await till.shop.everything() == before

    assert said(await move(till, ticket, "bump"), 200)["state"] == "ready"


async def test_an_order_that_is_older_than_tickets_moves_and_is_sent_once(till: Till) -> None:
    order = await till.order("meal")
    sql = "update orders set kitchen_state = 'sent' where id = $1 returning id"
    await till.shop.rows(sql, order["id"])

    moved = said(await act(till, order, "prepare"), 200)

    assert moved["kitchen_state"] == "preparing"
    assert said(await act(till, order, "ready"), 200)["kitchen_state"] == "ready"
    assert said(await act(till, order, "send"), 200)["kitchen_state"] == "sent"
    assert len(await tickets(till)) == 1


async def test_a_station_is_for_a_location_and_a_menu_that_exist(till: Till) -> None:
    good = {"location_id": str(till.shop.location_id), "name": "Grill", "category_ids": []}
    async with till.shop.till("admin") as admin:
        station = said(await admin.call("POST", "/stations", good), 201)
        before = await till.shop.everything()
        for wish, pointer in (
            ({"location_id": str(uuid4())}, "/location_id"),
            ({"category_ids": [str(uuid4())]}, "/category_ids/0"),
        ):
            answer = await admin.call("POST", "/stations", {**good, **wish})
            assert refused(answer, 400, "invalid-request")["errors"][0]["pointer"] == pointer
        nowhere = {"category_ids": [str(uuid4())]}
        answer = await admin.call("PATCH", f"/stations/{station['id']}", nowhere)
        assert refused(answer, 400, "invalid-request")["errors"][0]["pointer"] == "/category_ids/0"

    assert await till.shop.everything() == before
