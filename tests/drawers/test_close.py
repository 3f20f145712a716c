"""A counted drawer is closed: once, with its Z number, and nothing undecided beside it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.drawers.hands import close, count, count_and_close, move, report
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def counted_drawer(till: Till, counted: int = 100) -> dict[str, Any]:
    """Open a drawer with 1.00 in it, and count it."""
    drawer = await till.open_drawer(100)
    said(await count(till, drawer, counted), 200)
    return drawer


async def test_a_counted_drawer_closes_with_its_z_and_what_it_came_to(till: Till) -> None:
    drawer = await till.open_drawer(10_000)
    said(await till.pay(await till.order("meal"), cash(1000, tendered=1500)), 200)
    kept = said(await count(till, drawer, 10_950), 200)
    before = await report(till, drawer)
    till.shop.advance(600)

    closed = said(await close(till, drawer, 5_000, 5_950, reason="A lost coin."), 200)

    manager = str(till.shop.staff_id("manager"))
    opening = {**kept, "expected": None, "variance": None, "created_at": "2026-03-04T12:00:00Z"}
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
        "approved_by": None,
        "reason": "A lost coin.",
        "opened_by": manager,
        "opened_at": "2026-03-04T12:00:00Z",
        "closed_by": manager,
        "closed_at": "2026-03-04T12:10:00Z",
        "opening_difference": None,
        "counts": [{**opening, "id": drawer["id"], "kind": "opening", "counted": 10_000}, kept],
    }
    unknown = ("z_number", "left_in_drawer", "deposit", "closed_at", "closed_by", "reason")
    assert before == {**closed, "state": "open", "movements": 3, **dict.fromkeys(unknown)}
    (last,) = await till.shop.rows("select * from drawer_movements where sequence = 4")
    assert (last["type"], last["reason"], last["direction"]) == ("closing", "Z 1", 0)
    assert (last["amount_minor"], last["balance_minor"]) == (10_950, 11_000)
    assert await report(till, drawer) == closed
    assert await till.balance(f"cash_drawer:{drawer['id']}") == 0
    assert await till.balance("safe") == -10_000 + 10_950
    assert await till.balance("cash_over_short") == 50


async def test_the_parts_are_the_count_or_nothing_is_closed(till: Till) -> None:
    drawer = await counted_drawer(till)
    before = await till.shop.everything()

    for left, deposit in ((60, 39), (60, 41), (0, 0), (100, 100)):
        problem = refused(await close(till, drawer, left, deposit), 422, "drawer-count-mismatch")
        assert (problem["counted"], problem["retry"]) == (100, "new_key")
        assert not {"expected", "variance"} & set(problem)
    assert await till.shop.everything() == before

    assert said(await close(till, drawer, 60, 40), 200)["counted"] == 100


async def test_a_closing_that_cannot_be_meant_is_pointed_at_and_changes_nothing(
    till: Till,
) -> None:
    drawer = await counted_drawer(till)
    before = await till.shop.everything()
    wrong: list[tuple[dict[str, Any], str]] = [
        *(({"left": value}, "/left_in_drawer") for value in (-1, 10**12, 2**63, True, 1.0, None)),
        *(({"left": 0, "deposit": value}, "/deposit") for value in (-1, 10**12, False, "0", None)),
        *(({"left": 100, "reason": why}, "/reason") for why in ("", "x" * 501, 1, "a\0b")),
        ({"left": 100, "counted": 100}, ""),
        ({"left": 100, "variance": 0}, ""),
    ]

    for body, pointer in wrong:
        problem = refused(await close(till, drawer, **body), 400, "invalid-request")
        assert [one["pointer"] for one in problem["errors"]] == [pointer], (body, problem)

    assert await till.shop.everything() == before


async def test_a_drawer_that_nobody_counted_does_not_close(till: Till) -> None:
    drawer = await till.open_drawer(100)
    before = await till.shop.everything()

    problem = refused(await close(till, drawer, 100), 422, "drawer-count-required")

    assert (problem["detail"], problem["retry"]) == ("Nobody counted.", "new_key")
    assert await till.shop.everything() == before


async def test_z_numbers_count_without_gaps_within_a_register(till: Till) -> None:
    numbers = []

    for register in (1, 2, 1, 1):
        till.register = register
        drawer = await counted_drawer(till)
        async with till.shop.crashing_at_commit(2):
            assert (await close(till, drawer, 100)).status_code == 500
        numbers.append((register, said(await close(till, drawer, 100), 200)["z_number"]))

    assert numbers == [(1, 1), (2, 1), (1, 2), (1, 3)]


async def test_twenty_tries_at_once_under_one_key_close_once(till: Till) -> None:
    drawer, key = await counted_drawer(till), str(uuid4())

    answers = await asyncio.gather(*(close(till, drawer, 100, key=key) for _ in range(20)))

    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert sum("idempotent-replayed" in one.headers for one in answers) == 19
    assert await till.balance("safe") == 0
    assert len(await till.shop.rows("select * from drawer_movements where type = 'closing'")) == 1


async def test_twenty_keys_at_once_close_once(till: Till) -> None:
    drawer = await counted_drawer(till)

    answers = await asyncio.gather(*(close(till, drawer, 100) for _ in range(20)))

    (closed,) = [one for one in answers if one.status_code == 200]
    for answer in answers:
        if answer is not closed:
            refused(answer, 409, "illegal-transition")
    assert (await report(till, drawer)) == closed.json()
    assert await till.balance("safe") == 0


async def test_the_same_key_with_another_count_is_refused_and_changes_nothing(till: Till) -> None:
    drawer, key = await counted_drawer(till), str(uuid4())
    said(await close(till, drawer, 100, key=key), 200)
    before = await till.shop.everything()

    for answer in (
        await close(till, drawer, 99, key=key),
        await close(till, drawer, 100, key=key, reason="Again."),
        await close(till, drawer, 100, key=drawer["id"]),
    ):
        refused(answer, 422, "idempotency-key-reused")

    assert await till.shop.everything() == before


async def test_a_crash_at_any_commit_closes_nothing_and_the_same_key_closes(till: Till) -> None:
    drawer, key = await counted_drawer(till, 99), str(uuid4())
    before = await till.shop.everything()

    for commit in (1, 2):
        async with till.shop.crashing_at_commit(commit):
            died = await close(till, drawer, 99, key=key)
        assert died.status_code == 500
        assert await till.shop.everything() == before
    said(await close(till, drawer, 99, key=key), 200)

    assert await till.balance("cash_over_short") == 1


async def test_nothing_moves_in_a_closed_drawer_and_the_next_one_opens(till: Till) -> None:
    drawer, order = await counted_drawer(till), await till.order("meal")
    said(await close(till, drawer, 100), 200)
    before = await till.shop.everything()

    moved = {"type": "loan", "amount": 1, "reason": "Coins"}
    path = f"/drawers/sessions/{drawer['id']}"
    refused(await till.call("POST", f"{path}/movements", moved), 409, "illegal-transition")
    problem = refused(await close(till, drawer, 100), 409, "illegal-transition")
    assert problem["detail"] == "The drawer is closed; it cannot close."
    assert problem["retry"] == "never"
    for which in ({}, {"drawer_session_id": drawer["id"]}):
        answer = await till.pay(order, cash(1000), **which)
        refused(answer, 422, "drawer-session-required")
    current = f"/drawers/sessions/current?register_id={drawer['register_id']}"
    refused(await till.call("GET", current), 404, "not-found")
    assert await till.shop.everything() == before

    assert (await till.open_drawer(100))["id"] != drawer["id"]


async def test_a_drawer_with_undecided_cash_beside_it_does_not_close(till: Till) -> None:
    drawer, order = await counted_drawer(till), await till.order("meal")
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
    refused(await close(till, drawer, 100), 422, "drawer-count-required")
    closed = await count_and_close(till, drawer, 700)
    assert (closed["expected"], closed["variance"], closed["cash_pending"]) == (700, 0, 0)


async def test_only_who_opened_a_drawer_or_may_approve_closes_it(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        drawer = await counted_drawer(cashier)
        before = await till.shop.everything()

        for who in ("colleague", "kitchen"):
            async with till.shop.till(who) as nobody:
                refused(await close(nobody, drawer, 100), 403, "forbidden")
        async with till.shop.stranger() as stranger:
            refused(await close(stranger, drawer, 100), 404, "not-found")
            path = f"/drawers/sessions/{drawer['id']}/report"
            refused(await stranger.call("GET", path), 404, "not-found")
        refused(await close(till, {"id": str(uuid4())}, 0), 404, "not-found")
        assert await till.shop.everything() == before

        said(await close(cashier, drawer, 100), 200)
        said(await close(till, await counted_drawer(cashier), 100), 200)


async def test_a_card_that_is_not_decided_keeps_no_drawer_open(till: Till) -> None:
    drawer, order = await till.open_drawer(0), await till.order("meal")
    asks = card(1000, "pm_card_authenticationRequired")
    waiting = said(await till.pay(order, asks), 202)["transaction"]

    await count_and_close(till, drawer, 0)
    await till.shop.provider.answer(waiting["payments"][0]["provider_reference"], "succeed")
    path = f"/transactions/{waiting['id']}/confirm"
    done = said(await till.call("POST", path, {}), 200)["transaction"]

    assert done["status"] == "completed"
    assert len(await till.shop.rows("select * from drawer_movements")) == 2


async def test_a_sale_and_a_close_at_once_come_one_after_the_other(till: Till) -> None:
    drawer = await till.open_drawer(0)
    orders = [await till.order("coffee") for _ in range(8)]
    said(await count(till, drawer, 0), 200)

    *sales, closed = await asyncio.gather(
        *(till.pay(order, cash(333)) for order in orders), close(till, drawer, 0)
    )

    sold = [one for one in sales if one.status_code == 200]
    for sale in sales:
        if sale not in sold:
            refused(sale, 422, "drawer-session-required")
    if sold:  # Whichever came first: the count of before says nothing of the drawer now.
        refused(closed, 422, "drawer-count-required")
    else:
        assert said(closed, 200)["expected"] == 0
    assert await till.balance(f"cash_drawer:{drawer['id']}") == 333 * len(sold)
    assert await till.balance("cash_over_short") == 0


async def test_whoever_looks_on_is_told_that_a_drawer_closed(till: Till) -> None:
    drawer = await till.open_drawer(0)

    await count_and_close(till, drawer, 0)

    sql = "select type, rooms, payload->>'session_id' as session from outbox order by position"
    assert (await till.shop.rows(sql))[-1] == {
        "type": "drawer.closed",
        "rooms": [f"register:{drawer['register_id']}", f"location:{till.shop.location_id}"],
        "session": drawer["id"],
    }
    assert await till.shop.rows("select * from ledger_postings") == []


async def test_what_moved_by_hand_is_in_what_is_expected_at_the_end(till: Till) -> None:
    drawer = await till.open_drawer(10_000)
    for kind, amount in (("paid_in", 1), ("loan", 20), ("paid_out", 300), ("drop", 4_000)):
        await move(till, drawer, kind, amount)
    await move(till, drawer, "pickup", 5_000)

    closed = await count_and_close(till, drawer, 721)

    assert (closed["expected"], closed["variance"]) == (721, 0)
    assert await till.balance("outside") == 299
    assert await till.balance("safe") == -10_000 - 20 + 4_000 + 5_000 + 721
