"""Cash goes in and out by hand: recorded as it happened, in one direction, by those who may."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.support.shop import refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till

MOST = 999_999_999_999


async def move(
    till: Till, drawer: dict[str, Any], *, key: str | None = None, **body: Any
) -> httpx.Response:
    path = f"/drawers/sessions/{drawer['id']}/movements"
    return await till.call("POST", path, {"reason": "Coins", **body}, key=key)


async def movements(till: Till) -> list[tuple[object, ...]]:
    rows = await till.shop.rows("select * from drawer_movements order by session_id, sequence")
    names = ("sequence", "type", "direction", "amount_minor", "balance_minor")
    return [tuple(row[name] for name in names) for row in rows]


async def test_each_type_moves_its_way_and_is_booked(till: Till) -> None:
    drawer = await till.open_drawer(10_000)
    types = {
        "paid_in": (1, "outside"),
        "loan": (1, "safe"),
        "paid_out": (-1, "outside"),
        "drop": (-1, "safe"),
        "pickup": (-1, "safe"),
    }
    moved, balance = [(1, "opening", 1, 10_000, 10_000)], 10_000
    sides = {"safe": -10_000, "outside": 0}

    for number, (kind, (way, other_side)) in enumerate(types.items(), 2):
        till.shop.advance(60)
        key = str(uuid4())
        wish = {"type": kind, "amount": number**5, "reason": kind * 50}
        answer = said(await move(till, drawer, key=key, **wish), 201)

        assert answer == {
            "id": key,
            "session_id": drawer["id"],
            "sequence": number,
            "type": kind,
            "amount": number**5,
            "currency": "GBP",
            "reason": kind * 50,
            "created_at": f"2026-03-04T12:0{number - 1}:00Z",
        }
        balance += way * number**5
        sides[other_side] -= way * number**5
        moved.append((number, kind, way, number**5, balance))
        (session,) = await till.shop.rows("select * from drawer_sessions")
        assert (session[f"{kind}_minor"], session["balance_minor"]) == (number**5, balance)
        assert await till.balance(f"cash_drawer:{drawer['id']}") == balance

    assert await movements(till) == moved
    assert {side: await till.balance(side) for side in sides} == sides


async def test_more_may_go_out_than_the_books_have(till: Till) -> None:
    drawer = await till.open_drawer(0)

    said(await move(till, drawer, type="paid_out", amount=MOST), 201)
    said(await move(till, drawer, type="paid_out", amount=MOST), 201)

    assert (await movements(till))[-1] == (3, "paid_out", -1, MOST, -2 * MOST)
    assert await till.balance("outside") == 2 * MOST


async def test_a_drawer_opened_without_a_sale_moves_nothing_and_is_remembered(till: Till) -> None:
    drawer = await till.open_drawer(500)
    booked = await till.shop.rows("select * from ledger_postings")

    answer = said(await move(till, drawer, type="no_sale", amount=0), 201)

    assert (answer["type"], answer["amount"]) == ("no_sale", 0)
    assert await movements(till) == [(1, "opening", 1, 500, 500), (2, "no_sale", 0, 0, 500)]
    assert await till.shop.rows("select * from ledger_postings") == booked


async def test_a_movement_that_cannot_be_meant_is_pointed_at_and_changes_nothing(
    till: Till,
) -> None:
    drawer = await till.open_drawer(500)
    before, right = await till.shop.everything(), {"type": "drop", "amount": 1}
    wrong: list[tuple[dict[str, Any], str]] = [
        *(({**right, "type": kind, "amount": 0}, "/amount") for kind in ("drop", "paid_in")),
        ({"type": "no_sale", "amount": 1}, "/amount"),
        *(({**right, "amount": value}, "/amount") for value in (-1, MOST + 1, 2**63, 10**30)),
        *(({**right, "amount": value}, "/amount") for value in (True, 1.0, "1", None, [1])),
        *(({**right, "type": kind}, "/type") for kind in ("opening", "tendered", "change")),
        *(({**right, "type": kind}, "/type") for kind in ("refund", "closing", "steal", 1)),
        *(({**right, "reason": why}, "/reason") for why in ("", "x" * 501, None, "a\0b")),
        ({**right, "direction": 1}, ""),
        ({"amount": 1}, ""),
    ]

    for body, pointer in wrong:
        problem = refused(await move(till, drawer, **body), 400, "invalid-request")
        assert [one["pointer"] for one in problem["errors"]] == [pointer], (body, problem)
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    for raw in ("NaN", "Infinity", "-0.0", "1e999"):
        answer = await till.http.post(
            f"/api/v1/drawers/sessions/{drawer['id']}/movements",
            content=f'{{"type":"drop","amount":{raw},"reason":"Coins"}}',
            headers=headers,
        )
        assert refused(answer, 400, "invalid-request")["errors"], raw

    assert await till.shop.everything() == before


async def test_twenty_tries_at_once_under_one_key_move_once(till: Till) -> None:
    drawer, key = await till.open_drawer(500), str(uuid4())

    answers = await asyncio.gather(
        *(move(till, drawer, key=key, type="drop", amount=100) for _ in range(20))
    )

    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    assert sum("idempotent-replayed" in one.headers for one in answers) == 19
    assert await movements(till) == [(1, "opening", 1, 500, 500), (2, "drop", -1, 100, 400)]


async def test_movements_at_once_are_numbered_one_after_the_other(till: Till) -> None:
    drawer = await till.open_drawer(0)

    answers = await asyncio.gather(
        *(move(till, drawer, type="paid_in", amount=10) for _ in range(20))
    )

    assert sorted(said(one, 201)["sequence"] for one in answers) == list(range(2, 22))
    assert await movements(till) == [
        (1, "opening", 1, 0, 0),
        *((number, "paid_in", 1, 10, 10 * (number - 1)) for number in range(2, 22)),
    ]


async def test_the_same_key_with_anything_else_is_refused_and_moves_nothing(till: Till) -> None:
    drawer, key = await till.open_drawer(500), str(uuid4())
    till.register = 2
    other = await till.open_drawer(500)
    said(await move(till, drawer, key=key, type="drop", amount=100), 201)
    before = await till.shop.everything()

    for answer in (
        await move(till, drawer, key=key, type="drop", amount=101),
        await move(till, drawer, key=key, type="pickup", amount=100),
        await move(till, drawer, key=key, type="drop", amount=100, reason="Notes"),
        await move(till, other, key=key, type="drop", amount=100),
        await move(till, drawer, key=drawer["id"], type="drop", amount=100),
    ):
        refused(answer, 422, "idempotency-key-reused")

    assert await till.shop.everything() == before


async def test_a_crash_at_the_commit_moves_nothing_and_the_same_key_moves_once(till: Till) -> None:
    drawer, key = await till.open_drawer(500), str(uuid4())
    before = await till.shop.everything()

    async with till.shop.crashing_at_commit(1):
        died = await move(till, drawer, key=key, type="loan", amount=100)
    assert died.status_code == 500
    assert await till.shop.everything() == before
    said(await move(till, drawer, key=key, type="loan", amount=100), 201)

    assert await movements(till) == [(1, "opening", 1, 500, 500), (2, "loan", 1, 100, 600)]


async def test_only_who_opened_a_drawer_or_may_approve_moves_its_cash(till: Till) -> None:
    async with till.shop.till("cashier") as opener:
        drawer = await opener.open_drawer(500)
    before = await till.shop.everything()

    for who in ("colleague", "kitchen"):
        async with till.shop.till(who) as nobody:
            refused(await move(nobody, drawer, type="drop", amount=1), 403, "forbidden")
    async with till.shop.stranger() as stranger:
        theirs = await stranger.shop.everything()
        refused(await move(stranger, drawer, type="drop", amount=1), 404, "not-found")
        assert await stranger.shop.everything() == theirs
    unknown = {"id": str(uuid4())}
    refused(await move(till, unknown, type="drop", amount=1), 404, "not-found")
    assert await till.shop.everything() == before

    for who in ("cashier", "manager", "admin"):
        async with till.shop.till(who) as somebody:
            said(await move(somebody, drawer, type="drop", amount=1), 201)
