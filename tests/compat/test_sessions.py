"""The till's sessions are drawer sessions: one for a register, counted blind, then closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.compat.till import OldTill, old_till, told
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.shop import Shop

SESSIONS = "/pos/sessions"


@pytest.fixture
async def old(shop: Shop) -> AsyncIterator[OldTill]:
    """Return a cashier at an existing till."""
    async with old_till(shop) as till:
        yield till


def wish(shop: Shop, register: int = 1, cash: Any = 100, **more: Any) -> dict[str, Any]:
    return {"config_id": str(shop.register_id(register)), "startingCash": cash, **more}


async def opened(till: OldTill, register: int = 1) -> dict[str, Any]:
    session: dict[str, Any] = told(
        await till.send("POST", SESSIONS, wish(till.shop, register)), 201
    )
    return session


async def move(till: OldTill, session: dict[str, Any], key: str | None = None, **to: Any) -> Any:
    return await till.send("PUT", f"{SESSIONS}/{session['id']}/state", to, key=key)


async def test_a_session_is_the_registers_drawer_and_known_at_the_next_sign_in(
    old: OldTill,
) -> None:
    shop, key = old.shop, str(uuid4())
    refused(await old.send("GET", f"{SESSIONS}/current"), 404, "not-found")
    body = wish(shop, 1, "100.50", name="Evening")

    answers = await asyncio.gather(*(old.send("POST", SESSIONS, body, key=key) for _ in range(4)))
    session = told(answers[0], 201)

    assert {one.content for one in answers} == {answers[0].content}
    assert session == {
        "id": key,
        "name": "Till 1 2026-03-04",
        "state": "opened",
        "start_at": "2026-03-04T12:00:00Z",
        "stop_at": None,
        "config_id": str(shop.register_id(1)),
        "config_name": "Till 1",
        "config": {"id": str(shop.register_id(1)), "name": "Till 1"},
        "user_id": str(shop.staff_id("cashier")),
        "user_name": "Cashier",
        "startingCash": 100.5,
        "currency": "GBP",
    }
    register = f"{SESSIONS}/current?config_id={session['config_id']}"
    assert told(await old.send("GET", f"{SESSIONS}/current")) == session
    assert told(await old.send("GET", register)) == session
    assert told(await old.send("GET", f"{SESSIONS}?limit=5")) == [session]
    assert (await old.sign_in())["session"] == session
    refused(await old.send("POST", SESSIONS, wish(shop)), 409, "drawer-already-open")
    refused(
        await old.send("POST", SESSIONS, body | {"name": "x"}, key=key),
        422,
        "idempotency-key-reused",
    )
    async with old_till(shop, "colleague") as other:
        refused(await other.send("GET", f"{SESSIONS}/current"), 404, "not-found")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/startingCash"),
        ({"startingCash": None}, "/startingCash"),
        ({"startingCash": 1.234}, "/startingCash"),
        ({"startingCash": "much"}, "/startingCash"),
        ({"config_id": str(uuid4()), "startingCash": 1}, "/config_id"),
    ],
)
async def test_an_opening_that_cannot_be_meant_is_pointed_at(
    old: OldTill, body: dict[str, Any], pointer: str
) -> None:
    before = await old.shop.everything()
    config = {"config_id": str(old.shop.register_id())}

    problem = refused(await old.send("POST", SESSIONS, config | body), 400, "invalid-request")

    assert problem["errors"][0]["pointer"] == pointer
    assert await old.shop.everything() == before


async def test_where_no_opening_count_is_asked_for_a_session_needs_none(old: OldTill) -> None:
    async with old.shop.till("admin") as admin:
        said(await admin.call("PATCH", "/settings", {"opening_balance_required": False}), 200)

    config = {"config_id": str(old.shop.register_id())}
    session = told(await old.send("POST", SESSIONS, config), 201)

    assert session["startingCash"] == 0


async def test_a_drawer_is_counted_and_then_closed_on_what_was_counted(old: OldTill) -> None:
    session = await opened(old)
    key = str(uuid4())

    counted = await move(old, session, key, state="closing_control", endingCash=100)
    again = await move(old, session, key, state="closing_control", endingCash=100)
    back = await move(old, session, state="opened")
    stays = await move(old, session, state="closing_control", endingCash=100)
    other = await move(old, session, state="closed", endingCash=99)
    closed = told(await move(old, session, state="closed"))
    after = await move(old, session, state="closed")

    assert told(counted) == told(again)
    assert told(counted)["state"] == "closing_control"
    assert refused(back, 409, "illegal-transition")["from"] == "closing_control"
    refused(stays, 409, "drawer-already-counted")
    refused(other, 422, "drawer-count-mismatch")
    assert (closed["state"], closed["stop_at"]) == ("closed", "2026-03-04T12:00:00Z")
    refused(after, 409, "illegal-transition")
    rows = await old.shop.rows("select left_in_drawer_minor, deposit_minor from drawer_sessions")
    assert rows == [{"left_in_drawer_minor": 10_000, "deposit_minor": 0}]
    shown = told(await old.send("GET", SESSIONS))
    assert [one["state"] for one in shown] == ["closed"]


async def test_a_drawer_is_closed_in_one_call_that_may_come_again(old: OldTill) -> None:
    session, key = await opened(old), str(uuid4())

    answers = await asyncio.gather(
        *(move(old, session, key, state="closed", endingCash="100") for _ in range(4))
    )
    last = await move(old, session, key, state="closed", endingCash="100")

    assert {told(one)["state"] for one in (*answers, last)} == {"closed"}
    refused(
        await move(old, session, key, state="closed", endingCash=100), 422, "idempotency-key-reused"
    )
    assert await old.shop.rows("select count(*)::int as n from drawer_counts") == [{"n": 2}]


async def test_a_drawer_that_nobody_counted_is_not_closed(old: OldTill) -> None:
    session = await opened(old)
    before = await old.shop.everything()

    for state in ("closed", "closing_control"):
        problem = refused(await move(old, session, state=state), 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == "/endingCash"
    same = told(await move(old, session, state="opened"))

    assert same == session
    assert await old.shop.everything() == before


async def test_too_large_a_difference_needs_somebody_else(old: OldTill) -> None:
    session = await opened(old)

    problem = refused(
        await move(old, session, state="closed", endingCash=50), 403, "approval-required"
    )
    async with old_till(old.shop, "manager") as manager:
        closed = told(await move(manager, session, state="closed", reason="It was stolen."))

    assert "expected" not in problem
    assert closed["state"] == "closed"


async def test_a_session_is_for_those_who_work_there(old: OldTill) -> None:
    session = await opened(old)
    before = await old.shop.everything()

    async with old_till(old.shop, "colleague") as other:
        refused(await move(other, session, state="closed", endingCash=1), 403, "forbidden")
        assert told(await other.send("GET", SESSIONS)) == [session]
    async with old_till(old.shop, "kitchen") as kitchen:
        for path in (SESSIONS, f"{SESSIONS}/current"):
            refused(await kitchen.send("GET", path), 403, "forbidden")
        refused(await kitchen.send("POST", SESSIONS, wish(old.shop, 2)), 403, "forbidden")
        refused(await move(kitchen, session, state="closed"), 403, "forbidden")
    async with old_till(old.shop, "admin") as admin:
        assert told(await admin.send("GET", SESSIONS)) == [session]
    async with (
        old.shop.stranger("admin") as stranger,
        old_till(stranger.shop, "admin") as elsewhere,
    ):
        assert told(await elsewhere.send("GET", SESSIONS)) == []
        refused(await move(elsewhere, session, state="closed"), 404, "not-found")
    assert await old.shop.everything() == before
