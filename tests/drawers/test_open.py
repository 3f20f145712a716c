"""A register's drawer is opened with its float: once, by those who may, or not at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.drawers.hands import count, count_and_close, decide, report
from tests.insight.planted.names import ACCOUNTS, CAUSE
from tests.support.shop import refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till

MOST = 999_999_999_999


async def open_with(till: Till, *, key: str | None = None, **body: Any) -> httpx.Response:
    body = {"register_id": str(till.shop.register_id(till.register)), **body}
    return await till.call("POST", "/drawers/sessions", body, key=key)


async def sessions(till: Till) -> list[dict[str, Any]]:
    return await till.shop.rows("select * from drawer_sessions")


async def test_an_opened_drawer_holds_its_float_and_says_so(till: Till) -> None:
    key = str(uuid4())

    session = said(await open_with(till, key=key, opening_amount=12_345), 201)

    assert session == {
        "id": key,
        "register_id": str(till.shop.register_id(1)),
        "state": "open",
        "currency": "GBP",
        "opening_amount": 12_345,
        "opened_by": str(till.shop.staff_id("manager")),
        "created_at": "2026-03-04T12:00:00Z",
        "version": 1,
    }
    current = f"/drawers/sessions/current?register_id={session['register_id']}"
    assert said(await till.call("GET", current), 200) == session
    (movement,) = await till.shop.rows("select * from drawer_movements")
    assert (movement["sequence"], movement["type"], movement["direction"]) == (1, "opening", 1)
    assert (movement["amount_minor"], movement["balance_minor"]) == (12_345, 12_345)
    assert movement["by_staff"] == till.shop.staff_id("manager")
    assert await till.balance(f"cash_drawer:{key}") == 12_345
    assert await till.balance("safe") == -12_345
    (event,) = await till.shop.rows("select type, rooms, payload::text from outbox")
    assert event == {
        "type": "drawer.opened",
        "rooms": [f"register:{session['register_id']}", f"location:{till.shop.location_id}"],
        "payload": f'{{"currency": "GBP", "session_id": "{key}", "opening_amount": 12345, '
        '"opening_difference": null}',
    }


async def test_the_float_may_be_told_in_pieces(till: Till) -> None:
    pieces = {"2000": 3, "500": 1, "1": 7, "100": 0}
    most = {"999999": 1_000_000, "999": 1_001}

    session = said(await open_with(till, denominations=pieces), 201)
    till.register = 2
    refused(await open_with(till, denominations={**most, "1": 1}), 400, "invalid-request")
    richest = said(await open_with(till, denominations=most), 201)

    assert session["opening_amount"] == 6_507
    assert richest["opening_amount"] == MOST


async def test_the_pieces_of_the_float_are_kept_with_its_count(till: Till) -> None:
    pieces = {"2000": 3, "500": 1, "1": 7, "100": 0}

    session = said(await open_with(till, denominations=pieces), 201)

    assert (await report(till, session))["counts"] == [
        {
            "id": session["id"],
            "session_id": session["id"],
            "kind": "opening",
            "counted": 6_507,
            "currency": "GBP",
            "denominations": pieces,
            "counted_by": str(till.shop.staff_id("manager")),
            "created_at": "2026-03-04T12:00:00Z",
            "expected": None,
            "variance": None,
        }
    ]


@pytest.mark.parametrize(
    ("opening", "difference"),
    [({"opening_amount": 500}, 0), ({"denominations": {"100": 4}}, -100), ({}, -500)],
)
async def test_another_float_than_was_left_is_told_and_not_refused(
    till: Till, opening: dict[str, Any], difference: int
) -> None:
    await count_and_close(till, await till.open_drawer(900), 800, 100)
    await count_and_close(till, await till.open_drawer(700), 500, 200)
    till.register = 2
    elsewhere = await till.open_drawer(123)
    till.register = 1
    await decide(till.shop, opening_balance_required=False)

    session = said(await open_with(till, **opening), 201)

    (event, *_) = await till.shop.rows(
        "select payload::text from outbox where type = 'drawer.opened' order by position desc"
    )
    assert event["payload"] == (
        f'{{"currency": "GBP", "session_id": "{session["id"]}", '
        f'"opening_amount": {500 + difference}, "opening_difference": {difference}}}'
    )
    assert (await report(till, session))["opening_difference"] == difference
    assert (await report(till, elsewhere))["opening_difference"] is None
    closed = await count_and_close(till, session, 500 + difference)
    assert (closed["opening_difference"], closed["variance"]) == (difference, 0)


async def test_an_opening_is_compared_with_the_closing_that_it_waited_for(till: Till) -> None:
    for left in (300, 200, 100):
        drawer = await till.open_drawer(300)
        said(await count(till, drawer, 300), 200)
        parts = {"left_in_drawer": left, "deposit": 300 - left}

        closed, opened = await asyncio.gather(
            till.call("POST", f"/drawers/sessions/{drawer['id']}/close", parts),
            open_with(till, opening_amount=300),
        )

        assert closed.status_code == 200
        if opened.status_code == 409:  # It came first.
            opened = await open_with(till, opening_amount=300)
        session = said(opened, 201)
        assert (await report(till, session))["opening_difference"] == 300 - left
        await count_and_close(till, session, 300)


async def test_tr82_a_float_may_be_left_out_only_where_the_shop_allows_it(till: Till) -> None:
    before = await till.shop.everything()
    problem = refused(await open_with(till), 400, "invalid-request")
    assert [one["pointer"] for one in problem["errors"]] == ["/opening_amount"]
    assert await till.shop.everything() == before

    await decide(till.shop, opening_balance_required=False)
    session = said(await open_with(till), 201)

    assert session["opening_amount"] == 0
    till.register = 2
    told = said(await open_with(till, opening_amount=17), 201)
    assert told["opening_amount"] == 17


async def test_an_empty_drawer_opens_and_books_nothing(till: Till) -> None:
    session = said(await open_with(till, denominations={}), 201)

    assert session["opening_amount"] == 0
    assert await till.shop.rows("select * from ledger_postings") == []
    assert len(await till.shop.rows("select * from drawer_movements")) == 1


async def test_a_float_that_is_none_is_pointed_at_and_opens_nothing(till: Till) -> None:
    before, pieces = await till.shop.everything(), "/denominations"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "/opening_amount"),
        ({"opening_amount": 1, "denominations": {"1": 1}}, pieces),
        ({"denominations": {"1000000": 1_000_000}}, pieces),
        ({"denominations": {"0": 1}}, pieces),
        ({"denominations": {"-1": 1}}, pieces),
        ({"denominations": {"5.00": 1}}, pieces),
        *(({"denominations": {"5": many}}, pieces) for many in (-1, 1.5, True, 1_000_001, None)),
        *(({"opening_amount": value}, "/opening_amount") for value in (-1, MOST + 1, 2**63)),
        *(({"opening_amount": value}, "/opening_amount") for value in (True, 1.0, "1", [1])),
        ({"opening_amount": 1, "register_id": "Till 1"}, "/register_id"),
        ({"opening_amount": 1, "register_id": str(uuid4())}, "/register_id"),
    ]

    for body, pointer in wrong:
        problem = refused(await open_with(till, **body), 400, "invalid-request")
        (error,) = problem["errors"]
        assert error["pointer"].split("/")[:2] == pointer.split("/"), body

    assert await till.shop.everything() == before


async def test_fifty_tries_at_once_under_one_key_open_one_session(till: Till) -> None:
    key = str(uuid4())

    answers = await asyncio.gather(
        *(open_with(till, key=key, opening_amount=500) for _ in range(50))
    )

    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    assert sum("idempotent-replayed" in one.headers for one in answers) == 49
    assert [str(one["id"]) for one in await sessions(till)] == [key]
    assert len(await till.shop.rows("select * from drawer_movements")) == 1
    assert await till.balance("safe") == -500


async def test_fifty_keys_at_once_open_one_session(till: Till) -> None:
    answers = await asyncio.gather(*(open_with(till, opening_amount=500) for _ in range(50)))

    (opened,) = [one for one in answers if one.status_code == 201]
    for answer in answers:
        if answer is not opened:
            refused(answer, 409, "drawer-already-open")
    assert [str(one["id"]) for one in await sessions(till)] == [opened.json()["id"]]
    assert len(await till.shop.rows("select * from commands")) == 1
    assert await till.balance("safe") == -500


async def test_the_same_key_with_anything_else_is_refused_and_changes_nothing(till: Till) -> None:
    key = str(uuid4())
    said(await open_with(till, key=key, opening_amount=500), 201)
    moved = {"type": "loan", "amount": 1, "reason": "Coins"}
    before = await till.shop.everything()

    async with till.shop.till("admin") as colleague:
        for answer in (
            await open_with(till, key=key, opening_amount=501),
            await open_with(till, key=key, denominations={"500": 1}),
            await open_with(till, key=key, opening_amount=500, register_id=str(uuid4())),
            await till.call("POST", f"/drawers/sessions/{key}/movements", moved, key=key),
            await open_with(colleague, key=key, opening_amount=500),
        ):
            refused(answer, 422, "idempotency-key-reused")

    assert await till.shop.everything() == before


async def test_a_crash_at_the_commit_leaves_nothing_and_the_same_key_opens(till: Till) -> None:
    key, before = str(uuid4()), await till.shop.everything()

    async with till.shop.crashing_at_commit(1):
        died = await open_with(till, key=key, opening_amount=500)
    assert died.status_code == 500
    assert await till.shop.everything() == before
    said(await open_with(till, key=key, opening_amount=500), 201)

    assert [str(one["id"]) for one in await sessions(till)] == [key]


async def test_a_register_has_one_open_session_at_a_time_and_each_has_its_own(till: Till) -> None:
    first = said(await open_with(till, opening_amount=500), 201)
    before = await till.shop.everything()

    refused(await open_with(till, opening_amount=500), 409, "drawer-already-open")
    assert await till.shop.everything() == before
    till.register = 2
    second = said(await open_with(till, opening_amount=700), 201)

    assert second["register_id"] == str(till.shop.register_id(2)) != first["register_id"]
    assert sorted(one["balance_minor"] for one in await sessions(till)) == [500, 700]


async def test_a_register_that_is_anothers_or_not_in_use_has_no_drawer(till: Till) -> None:
    mine = str(till.shop.register_id(1))
    current = f"/drawers/sessions/current?register_id={mine}"
    async with till.shop.stranger() as stranger:
        theirs = await stranger.shop.everything()
        refused(
            await open_with(stranger, opening_amount=1, register_id=mine), 400, "invalid-request"
        )
        assert await stranger.shop.everything() == theirs

        said(await open_with(till, opening_amount=1), 201)
        refused(await stranger.call("GET", current), 404, "not-found")
    await till.shop.rows("update registers set active = false where name = 'Till 2' returning id")
    before, till.register = await till.shop.everything(), 2
    refused(await open_with(till, opening_amount=1), 400, "invalid-request")
    unopened = f"/drawers/sessions/current?register_id={till.shop.register_id(2)}"
    refused(await till.call("GET", unopened), 404, "not-found")
    assert await till.shop.everything() == before
    await till.shop.rows("update locations set active = false returning id")
    before, till.register = await till.shop.everything(), 1
    refused(await open_with(till, opening_amount=1), 400, "invalid-request")
    assert await till.shop.everything() == before


async def test_the_kitchen_and_who_works_elsewhere_open_no_drawer(till: Till) -> None:
    await till.shop.rows(
        "update staff set location_ids = '{}' where role in ('manager', 'admin') returning id"
    )
    before = await till.shop.everything()

    async with till.shop.till("kitchen") as kitchen:
        problem = refused(await open_with(kitchen, opening_amount=1), 403, "forbidden")
        current = f"/drawers/sessions/current?register_id={till.shop.register_id(1)}"
        refused(await kitchen.call("GET", current), 403, "forbidden")
    refused(await open_with(till, opening_amount=1), 403, "forbidden")
    assert problem["permission"] == "drawer.operate"
    assert await till.shop.everything() == before

    async with till.shop.till("cashier") as cashier, till.shop.till("admin", 2) as admin:
        said(await open_with(cashier, opening_amount=1), 201)
        said(await open_with(admin, opening_amount=1), 201)


async def test_what_is_booked_twice_is_our_bug_and_no_open_drawer(till: Till) -> None:
    till.shop.spoiled = frozenset({ACCOUNTS, CAUSE})
    key = str(uuid4())
    await till.shop.rows(
        "insert into ledger_postings (merchant_id, cause_id, recipe, line, debit_account,"
        " credit_account, amount_minor, currency, booked_at)"
        " values ($1, $2, 'drawer opened', 1, 'outside', 'safe', 1, 'GBP', $3) returning line",
        *(till.shop.merchant_id, key, till.shop.wiring.clock.now()),
    )
    before = await till.shop.everything()

    answer = await open_with(till, key=key, opening_amount=1)

    refused(answer, 500, "internal-error")
    assert await till.shop.everything() == before
