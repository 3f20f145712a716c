"""A drawer is counted blind, and what was said stays said: once, by those who may."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.drawers.hands import close, count, move, report, send_away
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till

MOST = 999_999_999_999


async def kept(till: Till) -> list[dict[str, Any]]:
    """Read every closing count, in its order."""
    return await till.shop.rows(
        "select * from drawer_counts where kind = 'closing' order by counted_at, number"
    )


async def test_who_may_read_reports_is_told_after_counting_what_was_expected(till: Till) -> None:
    drawer, key = await till.open_drawer(10_000), str(uuid4())
    said(await till.pay(await till.order("meal"), cash(1000, tendered=1500)), 200)
    before = await report(till, drawer)
    till.shop.advance(60)

    told = said(await count(till, drawer, 10_950, key=key), 200)

    assert told == {
        "id": key,
        "session_id": drawer["id"],
        "kind": "closing",
        "counted": 10_950,
        "currency": "GBP",
        "denominations": None,
        "counted_by": str(till.shop.staff_id("manager")),
        "created_at": "2026-03-04T12:01:00Z",
        "expected": 11_000,
        "variance": -50,
    }
    (row,) = await kept(till)
    assert (row["counted_minor"], row["expected_minor"], row["movements"]) == (10_950, 11_000, 3)
    assert (row["counted_by"], row["number"]) == (till.shop.staff_id("manager"), 2)
    after = await report(till, drawer)
    counts = [*before["counts"], told]
    assert after == {**before, "counted": 10_950, "variance": -50, "counts": counts}


async def test_u17_who_counts_blind_is_told_nothing_of_what_should_be_there(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        drawer = await cashier.open_drawer(1_000)
        said(await cashier.pay(await cashier.order("meal"), cash(1000)), 200)
        path = f"/drawers/sessions/{drawer['id']}/report"
        current = f"/drawers/sessions/current?register_id={drawer['register_id']}"
        shown = said(await cashier.call("GET", current), 200)
        problem = refused(await cashier.call("GET", path), 403, "forbidden")

        told = said(await count(cashier, drawer, 1_990), 200)
        closed = said(await close(cashier, drawer, 1_000, 990), 200)

    assert shown == {**drawer, "version": 2}
    assert problem["permission"] == "reports.read"
    assert set(told) == {
        *("id", "session_id", "kind", "counted", "currency", "denominations"),
        *("counted_by", "created_at"),
    }
    assert (told["counted"], closed["counted"]) == (1_990, 1_990)
    assert set(closed) == {
        *("id", "register_id", "state", "currency", "z_number", "counted", "left_in_drawer"),
        *("deposit", "cash_pending", "movements", "approved_by", "reason"),
        *("opened_by", "opened_at", "closed_by", "closed_at"),
    }
    assert (await report(till, drawer))["variance"] == -10


async def test_pieces_are_multiplied_exactly_and_kept_with_the_count(till: Till) -> None:
    drawer = await till.open_drawer(6_507)
    pieces = {"2000": 3, "500": 1, "1": 7, "100": 0}

    told = said(await count(till, drawer, denominations=pieces), 200)

    assert (told["counted"], told["variance"], told["denominations"]) == (6_507, 0, pieces)
    assert (await report(till, drawer))["counts"][-1]["denominations"] == pieces


async def test_an_empty_drawer_is_counted_too(till: Till) -> None:
    drawer = await till.open_drawer(0)

    told = said(await count(till, drawer, denominations={}), 200)

    assert (told["counted"], told["expected"], told["variance"]) == (0, 0, 0)


async def test_a_count_that_is_none_is_pointed_at_and_keeps_nothing(till: Till) -> None:
    drawer = await till.open_drawer(500)
    before, pieces = await till.shop.everything(), "/denominations"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "/counted"),
        ({"counted": 1, "denominations": {"1": 1}}, pieces),
        *(({"counted": value}, "/counted") for value in (-1, MOST + 1, 2**63, True, 1.0, "1")),
        *(({"denominations": {value: 1}}, pieces) for value in ("0", "-1", "5.00", "01")),
        *(({"denominations": {"5": many}}, pieces) for many in (-1, 1.5, True, 1_000_001, None)),
        ({"denominations": {"1000000": 1_000_000}}, pieces),
        ({"counted": 1, "expected": 1}, ""),
    ]

    for body, pointer in wrong:
        problem = refused(await count(till, drawer, **body), 400, "invalid-request")
        (error,) = problem["errors"]
        assert error["pointer"].split("/")[:2] == pointer.split("/")[:2], (body, problem)

    assert await till.shop.everything() == before


async def test_twenty_tries_at_once_under_one_key_count_once(till: Till) -> None:
    drawer, key = await till.open_drawer(500), str(uuid4())

    answers = await asyncio.gather(*(count(till, drawer, 400, key=key) for _ in range(20)))

    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert sum("idempotent-replayed" in one.headers for one in answers) == 19
    assert [str(one["id"]) for one in await kept(till)] == [key]


async def test_twenty_counts_at_once_keep_the_first_one(till: Till) -> None:
    drawer = await till.open_drawer(500)

    answers = await asyncio.gather(*(count(till, drawer, 400 + n) for n in range(20)))

    (first,) = [one for one in answers if one.status_code == 200]
    for answer in answers:
        if answer is not first:
            refused(answer, 409, "drawer-already-counted")
    (row,) = await kept(till)
    assert (str(row["id"]), row["counted_minor"]) == (first.json()["id"], first.json()["counted"])


async def test_the_same_key_with_anything_else_is_refused_and_keeps_nothing(till: Till) -> None:
    drawer, key = await till.open_drawer(500), str(uuid4())
    till.register = 2
    other = await till.open_drawer(500)
    said(await count(till, drawer, 500, key=key), 200)
    before = await till.shop.everything()

    async with till.shop.till("admin") as colleague:
        for answer in (
            await count(till, drawer, 499, key=key),
            await count(till, drawer, denominations={"500": 1}, key=key),
            await count(till, other, 500, key=key),
            await count(till, drawer, 500, key=drawer["id"]),
            await count(colleague, drawer, 500, key=key),
            await close(till, drawer, 500, key=key),
        ):
            refused(answer, 422, "idempotency-key-reused")

    assert await till.shop.everything() == before


async def test_a_crash_at_the_commit_keeps_nothing_and_the_same_key_counts(till: Till) -> None:
    drawer, key = await till.open_drawer(500), str(uuid4())
    before = await till.shop.everything()

    async with till.shop.crashing_at_commit(1):
        assert (await count(till, drawer, 400, key=key)).status_code == 500
    assert await till.shop.everything() == before
    said(await count(till, drawer, 400, key=key), 200)

    assert [str(one["id"]) for one in await kept(till)] == [key]


async def test_a_count_that_stands_is_not_counted_away_by_who_is_involved(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        drawer = await cashier.open_drawer(1_000)
        said(await count(cashier, drawer, 900), 200)
        before = await till.shop.everything()
        refused(await count(cashier, drawer, 1_000), 409, "drawer-already-counted")
        assert await till.shop.everything() == before

        again = said(await count(till, drawer, 1_000), 200)

        assert (again["counted"], again["variance"]) == (1_000, 0)
        before = await till.shop.everything()
        for who in (cashier, till):
            refused(await count(who, drawer, 950), 409, "drawer-already-counted")
        assert await till.shop.everything() == before
    assert [one["counted_minor"] for one in await kept(till)] == [900, 1_000]


async def test_after_a_sale_or_a_movement_whoever_operates_the_drawer_counts_again(
    till: Till,
) -> None:
    async with till.shop.till("cashier") as cashier:
        drawer = await cashier.open_drawer(1_000)
        order = await cashier.order("meal")
        said(await count(cashier, drawer, 1_000), 200)
        said(await cashier.pay(order, cash(1000)), 200)
        shown = await report(till, drawer)
        refused(await close(cashier, drawer, 1_000), 422, "drawer-count-required")
        said(await count(cashier, drawer, 2_000), 200)
        await move(cashier, drawer, "no_sale", 0)
        refused(await close(cashier, drawer, 2_000), 422, "drawer-count-required")
        said(await count(cashier, drawer, 2_000), 200)
        said(await close(cashier, drawer, 2_000), 200)

    assert (shown["counted"], shown["variance"]) == (None, None)
    rows = [(one["counted_minor"], one["expected_minor"]) for one in await kept(till)]
    assert rows == [(1_000, 1_000), (2_000, 2_000), (2_000, 2_000)]
    assert [one["movements"] for one in await kept(till)] == [1, 2, 3]


async def test_a_drawer_with_undecided_cash_beside_it_is_not_counted(till: Till) -> None:
    drawer, order = await till.open_drawer(100), await till.order("meal")
    transfer = {"method": "bank_transfer", "amount": 400}
    said(await till.pay(order, cash(600, tendered=700), transfer), 202)
    before = await till.shop.everything()

    problem = refused(await count(till, drawer, 100), 409, "cash-pending")

    assert (problem["held"], problem["retry"]) == (700, "new_key")
    assert await till.shop.everything() == before


async def test_a_sale_and_a_count_at_once_come_one_after_the_other(till: Till) -> None:
    drawer = await till.open_drawer(0)
    orders = [await till.order("coffee") for _ in range(6)]

    *sales, counted = await asyncio.gather(
        *(till.pay(order, cash(333)) for order in orders), count(till, drawer, 0)
    )

    assert [one.status_code for one in sales] == [200] * 6
    seen = said(counted, 200)["expected"]
    (row,) = await kept(till)
    assert seen == 333 * (row["movements"] - 1)


async def test_only_who_operates_a_drawer_counts_it_and_only_where_they_work(till: Till) -> None:
    async with till.shop.till("cashier") as opener:
        drawer = await opener.open_drawer(500)
    before = await till.shop.everything()

    for who in ("colleague", "kitchen"):
        async with till.shop.till(who) as nobody:
            refused(await count(nobody, drawer, 500), 403, "forbidden")
    async with till.shop.stranger() as stranger:
        theirs = await stranger.shop.everything()
        refused(await count(stranger, drawer, 500), 404, "not-found")
        assert await stranger.shop.everything() == theirs
    refused(await count(till, {"id": str(uuid4())}, 500), 404, "not-found")
    assert await till.shop.everything() == before
    await send_away(till.shop, "cashier", "manager", "admin")
    before = await till.shop.everything()
    for who in ("cashier", "manager"):
        async with till.shop.till(who) as elsewhere:
            refused(await count(elsewhere, drawer, 500), 403, "forbidden")
    assert await till.shop.everything() == before

    async with till.shop.till("admin") as admin:  # Works everywhere.
        said(await count(admin, drawer, 500), 200)


async def test_a_closed_drawer_is_not_counted(till: Till) -> None:
    drawer = await till.open_drawer(500)
    said(await count(till, drawer, 500), 200)
    said(await close(till, drawer, 500), 200)
    before = await till.shop.everything()

    refused(await count(till, drawer, 500), 409, "illegal-transition")

    assert await till.shop.everything() == before
