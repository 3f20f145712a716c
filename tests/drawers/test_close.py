"""A drawer is counted and closed: once, with its Z number, and nothing undecided beside it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.drawers.hands import close, report
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def test_a_counted_drawer_closes_with_its_z_and_what_it_came_to(till: Till) -> None:
    drawer = await till.open_drawer(10_000)
    said(await till.pay(await till.order("meal"), cash(1000, tendered=1500)), 200)
    before = await report(till, drawer)
    till.shop.advance(600)

    closed = said(await close(till, drawer, 5_000, 5_950, counted=10_950), 200)

    none = dict.fromkeys(("refund", "paid_in", "loan", "paid_out", "drop", "pickup"), 0)
    assert closed == {
        "id": drawer["id"],
        "register_id": drawer["register_id"],
        "state": "closed",
        "currency": "GBP",
        "z_number": 1,
        "totals": {"opening": 10_000, "tendered": 1_500, "change": 500, **none},
        "expected": 11_000,
        "counted": 10_950,
        "variance": -50,
        "left_in_drawer": 5_000,
        "deposit": 5_950,
        "cash_pending": 0,
        "movements": 4,
        "opened_at": "2026-03-04T12:00:00Z",
        "closed_at": "2026-03-04T12:10:00Z",
    }
    unknown = ("z_number", "counted", "variance", "left_in_drawer", "deposit", "closed_at")
    assert before == {**closed, "state": "open", "movements": 3, **dict.fromkeys(unknown)}
    (last,) = await till.shop.rows("select * from drawer_movements where sequence = 4")
    assert (last["type"], last["reason"], last["direction"]) == ("closing", "Z 1", 0)
    assert (last["amount_minor"], last["balance_minor"]) == (10_950, 11_000)
    assert await report(till, drawer) == closed
    assert await till.balance(f"cash_drawer:{drawer['id']}") == 0
    assert await till.balance("safe") == -10_000 + 10_950
    assert await till.balance("cash_over_short") == 50


async def test_the_parts_are_the_count_and_a_count_that_differs_is_pointed_at(till: Till) -> None:
    drawer = await till.open_drawer(100)
    before = await till.shop.everything()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"left": 60, "deposit": 40, "counted": 101}, "/counted"),
        ({"left": 60, "deposit": 40, "counted": 0}, "/counted"),
        *(({"left": 1, "counted": value}, "/counted") for value in (-1, True, 1.0, "1")),
        *(({"left": value}, "/left_in_drawer") for value in (-1, 10**12, 2**63, True, 1.0, None)),
        *(({"left": 0, "deposit": value}, "/deposit") for value in (-1, 10**12, False, "0", None)),
        ({"left": 100, "variance": 0}, ""),
    ]

    for body, pointer in wrong:
        problem = refused(await close(till, drawer, **body), 400, "invalid-request")
        assert [one["pointer"] for one in problem["errors"]] == [pointer], (body, problem)
    assert await till.shop.everything() == before

    assert said(await close(till, drawer, 60, 40), 200)["counted"] == 100


async def test_z_numbers_count_without_gaps_within_a_register(till: Till) -> None:
    numbers = []

    for register in (1, 2, 1, 1):
        till.register = register
        drawer = await till.open_drawer(100)
        async with till.shop.crashing_at_commit(1):
            assert (await close(till, drawer, 100)).status_code == 500
        numbers.append((register, said(await close(till, drawer, 100), 200)["z_number"]))

    assert numbers == [(1, 1), (2, 1), (1, 2), (1, 3)]


async def test_twenty_tries_at_once_under_one_key_close_once(till: Till) -> None:
    drawer, key = await till.open_drawer(100), str(uuid4())

    answers = await asyncio.gather(*(close(till, drawer, 100, key=key) for _ in range(20)))

    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert sum("idempotent-replayed" in one.headers for one in answers) == 19
    assert await till.balance("safe") == 0
    assert len(await till.shop.rows("select * from drawer_movements where type = 'closing'")) == 1


async def test_twenty_keys_at_once_close_once(till: Till) -> None:
    drawer = await till.open_drawer(100)

    answers = await asyncio.gather(*(close(till, drawer, 100) for _ in range(20)))

    (closed,) = [one for one in answers if one.status_code == 200]
    for answer in answers:
        if answer is not closed:
            refused(answer, 422, "drawer-session-required")
    assert (await report(till, drawer)) == closed.json()
    assert await till.balance("safe") == 0


async def test_the_same_key_with_another_count_is_refused_and_changes_nothing(till: Till) -> None:
    drawer, key = await till.open_drawer(100), str(uuid4())
    said(await close(till, drawer, 100, key=key), 200)
    before = await till.shop.everything()

    for answer in (
        await close(till, drawer, 99, key=key),
        await close(till, drawer, 100, key=key, counted=100),
        await close(till, drawer, 100, key=drawer["id"]),
    ):
        refused(answer, 422, "idempotency-key-reused")

    assert await till.shop.everything() == before


async def test_a_crash_at_the_commit_closes_nothing_and_the_same_key_closes(till: Till) -> None:
    drawer, key = await till.open_drawer(100), str(uuid4())
    before = await till.shop.everything()

    async with till.shop.crashing_at_commit(1):
        died = await close(till, drawer, 99, key=key)
    assert died.status_code == 500
    assert await till.shop.everything() == before
    said(await close(till, drawer, 99, key=key), 200)

    assert await till.balance("cash_over_short") == 1


async def test_nothing_moves_in_a_closed_drawer_and_the_next_one_opens(till: Till) -> None:
    drawer, order = await till.open_drawer(100), await till.order("meal")
    said(await close(till, drawer, 100), 200)
    before = await till.shop.everything()

    moved = {"type": "loan", "amount": 1, "reason": "Coins"}
    path = f"/drawers/sessions/{drawer['id']}"
    refused(await till.call("POST", f"{path}/movements", moved), 422, "drawer-session-required")
    refused(await close(till, drawer, 100), 422, "drawer-session-required")
    for which in ({}, {"drawer_session_id": drawer["id"]}):
        answer = await till.pay(order, cash(1000), **which)
        refused(answer, 422, "drawer-session-required")
    current = f"/drawers/sessions/current?register_id={drawer['register_id']}"
    refused(await till.call("GET", current), 404, "not-found")
    assert await till.shop.everything() == before

    assert (await till.open_drawer(100))["id"] != drawer["id"]


async def test_a_drawer_with_undecided_cash_beside_it_does_not_close(till: Till) -> None:
    drawer, order = await till.open_drawer(100), await till.order("meal")
    transfer = {"method": "bank_transfer", "amount": 400}
    held = said(await till.pay(order, cash(600, tendered=700), transfer), 202)["transaction"]
    before = await till.shop.everything()

    problem = refused(await close(till, drawer, 100), 409, "cash-pending")
    assert (problem["held"], problem["retry"]) == (700, "new_key")
    assert await till.shop.everything() == before
    shown = await report(till, drawer)
    assert (shown["cash_pending"], shown["expected"]) == (700, 100)

    vouched = {"payment_ids": [held["payments"][1]["id"]]}
    said(await till.call("POST", f"/transactions/{held['id']}/confirm", vouched), 200)
    closed = said(await close(till, drawer, 700), 200)
    assert (closed["expected"], closed["variance"], closed["cash_pending"]) == (700, 0, 0)


async def test_only_who_opened_a_drawer_or_may_approve_closes_it(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        drawer = await cashier.open_drawer(1_000)
        before = await till.shop.everything()

        for who in ("colleague", "kitchen"):
            async with till.shop.till(who) as nobody:
                refused(await close(nobody, drawer, 1_000), 403, "forbidden")
        async with till.shop.stranger() as stranger:
            refused(await close(stranger, drawer, 1_000), 404, "not-found")
            path = f"/drawers/sessions/{drawer['id']}/report"
            refused(await stranger.call("GET", path), 404, "not-found")
        refused(await close(till, {"id": str(uuid4())}, 0), 404, "not-found")
        assert await till.shop.everything() == before

        said(await close(cashier, drawer, 1_000), 200)


async def test_a_difference_beyond_what_is_tolerated_needs_who_may_approve(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        drawer = await cashier.open_drawer(1_000)
        before = await till.shop.everything()

        for left in (899, 1_101):
            problem = refused(await close(cashier, drawer, left), 403, "approval-required")
            assert problem["tolerance"] == 100
            assert not {"expected", "variance", "counted"} & set(problem)
        assert await till.shop.everything() == before
        assert said(await close(till, drawer, 899), 200)["variance"] == -101

        for left, variance in ((900, -100), (1_100, 100)):
            again = await cashier.open_drawer(1_000)
            assert said(await close(cashier, again, left), 200)["variance"] == variance

        await till.shop.rows("update settings set drawer_tolerance_minor = 0 returning version")
        strict = await cashier.open_drawer(1_000)
        refused(await close(cashier, strict, 999), 403, "approval-required")
        assert said(await close(cashier, strict, 1_000), 200)["variance"] == 0

    assert await till.balance("cash_over_short") == 101


async def test_who_counts_is_told_nothing_of_what_should_be_there(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        drawer = await cashier.open_drawer(1_000)
        order = await cashier.order("meal")
        said(await cashier.pay(order, cash(1000)), 200)
        current = f"/drawers/sessions/current?register_id={drawer['register_id']}"

        shown = said(await cashier.call("GET", current), 200)
        path = f"/drawers/sessions/{drawer['id']}/report"
        problem = refused(await cashier.call("GET", path), 403, "forbidden")

    assert shown == {**drawer, "version": 2}
    assert problem["permission"] == "reports.read"


async def test_a_card_that_is_not_decided_keeps_no_drawer_open(till: Till) -> None:
    drawer, order = await till.open_drawer(0), await till.order("meal")
    asks = card(1000, "pm_card_authenticationRequired")
    waiting = said(await till.pay(order, asks), 202)["transaction"]

    said(await close(till, drawer, 0), 200)
    await till.shop.provider.answer(waiting["payments"][0]["provider_reference"], "succeed")
    path = f"/transactions/{waiting['id']}/confirm"
    done = said(await till.call("POST", path, {}), 200)["transaction"]

    assert done["status"] == "completed"
    assert len(await till.shop.rows("select * from drawer_movements")) == 2


async def test_a_sale_and_a_close_at_once_come_one_after_the_other(till: Till) -> None:
    drawer = await till.open_drawer(0)
    orders = [await till.order("coffee") for _ in range(8)]

    *sales, closed = await asyncio.gather(
        *(till.pay(order, cash(333)) for order in orders), close(till, drawer, 0)
    )

    sold = [one for one in sales if one.status_code == 200]
    for sale in sales:
        if sale not in sold:
            refused(sale, 422, "drawer-session-required")
    assert said(closed, 200)["expected"] == 333 * len(sold)
    assert await till.balance("cash_over_short") == 333 * len(sold)
    assert await till.balance(f"cash_drawer:{drawer['id']}") == 0


async def test_whoever_looks_on_is_told_that_a_drawer_closed(till: Till) -> None:
    drawer = await till.open_drawer(0)

    said(await close(till, drawer, 0), 200)

    sql = "select type, rooms, payload->>'session_id' as session from outbox order by position"
    assert (await till.shop.rows(sql))[-1] == {
        "type": "drawer.closed",
        "rooms": [f"register:{drawer['register_id']}"],
        "session": drawer["id"],
    }
    assert await till.shop.rows("select * from ledger_postings") == []
