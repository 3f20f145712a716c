"""A difference beyond what is tolerated is approved by somebody else, and is not guessed away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.drawers.hands import close, count, decide, move, report
from tests.staff.test_keys import make, program
from tests.support.shop import ASKING, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def variances(till: Till) -> list[dict[str, Any]]:
    return await till.shop.rows(
        "select rooms, payload::text from outbox where type = 'cash.variance' order by position"
    )


async def test_tr83_a_difference_needs_somebody_else_who_may_approve_it_and_says_why(
    till: Till,
) -> None:
    async with till.shop.till("cashier") as cashier, till.shop.till("colleague") as colleague:
        drawer = await cashier.open_drawer(1_000)
        said(await count(cashier, drawer, 899), 200)
        before = await till.shop.everything(but=ASKING)

        for reason in ({}, {"reason": "A mistake."}):
            answer = await close(cashier, drawer, 899, **reason)
            problem = refused(answer, 403, "approval-required")
            assert (problem["tolerance"], problem["retry"]) == (100, "same_key")
            told = problem["approval"]
            assert told["amount"] == 899
            said_by_them = {"left_in_drawer", "deposit", "reason"}
            assert set(told["details"]) == {"count", "tolerance", *said_by_them}
            assert not {"expected", "variance", "counted"} & set(problem)
        refused(await close(colleague, drawer, 899, reason="Mine."), 403, "forbidden")
        problem = refused(await close(till, drawer, 899), 400, "invalid-request")
        assert [one["pointer"] for one in problem["errors"]] == ["/reason"]
        assert await till.shop.everything(but=ASKING) == before

        till.shop.advance(60)
        closed = said(await close(till, drawer, 899, reason="A note was missing."), 200)

    manager = str(till.shop.staff_id("manager"))
    assert (closed["variance"], closed["approved_by"], closed["reason"]) == (
        *(-101, manager, "A note was missing."),
    )
    assert (closed["closed_by"], closed["closed_at"]) == (manager, "2026-03-04T12:01:00Z")
    assert await report(till, drawer) == closed
    (row,) = await till.shop.rows("select * from drawer_closings")
    assert str(row["count_id"]) == closed["counts"][-1]["id"]
    assert await till.balance("cash_over_short") == 101


async def test_tr83_nobody_approves_the_difference_of_a_drawer_that_they_opened_or_counted(
    till: Till,
) -> None:
    async with till.shop.till("cashier", 2) as cashier, till.shop.till("admin") as admin:
        opened, drawer = await till.open_drawer(1_000), await cashier.open_drawer(1_000)
        said(await count(till, opened, 0), 200)
        said(await count(till, drawer, 0), 200)
        before = await till.shop.everything(but=ASKING)

        for one in (opened, drawer):
            answer = await close(till, one, 0, reason="I say so.")
            refused(answer, 403, "approval-required")
        assert await till.shop.everything(but=ASKING) == before

        for one in (opened, drawer):
            closed = said(await close(admin, one, 0, reason="Seen on camera."), 200)
            assert closed["approved_by"] == str(till.shop.staff_id("admin"))


async def test_a_difference_within_the_tolerance_of_the_shop_needs_nobody(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        for counted in (900, 1_100):
            drawer = await cashier.open_drawer(1_000)
            said(await count(cashier, drawer, counted), 200)
            said(await close(cashier, drawer, counted), 200)

        await decide(till.shop, drawer_tolerance_minor=0)
        strict = await cashier.open_drawer(1_000)
        said(await count(cashier, strict, 999), 200)
        refused(await close(cashier, strict, 999), 403, "approval-required")

    assert await variances(till) == []
    assert await till.balance("cash_over_short") == 0


async def test_u17_every_count_is_taken_and_no_walk_finds_the_one_that_fits(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        drawer = await cashier.open_drawer(10_000)
        said(await count(cashier, drawer, 2_000), 200)
        refused(await close(cashier, drawer, 2_000), 403, "approval-required")
        for counted in (2_000, 9_950, 10_000):
            refused(await count(cashier, drawer, counted), 409, "drawer-already-counted")
        for counted in (2_001, 9_950, 10_000):
            refused(await close(cashier, drawer, counted), 422, "drawer-count-mismatch")
        for kind, amount in (("no_sale", 0), ("paid_out", 8_000)):  # Both make a new count due.
            await move(cashier, drawer, kind, amount)
            said(await count(cashier, drawer, 2_000), 200)
            answer = await close(cashier, drawer, 2_000, reason="It fits.")
            refused(answer, 403, "approval-required")

    counts = (await report(till, drawer))["counts"][1:]
    assert [one["variance"] for one in counts] == [-8_000, -8_000, 0]
    closed = said(await close(till, drawer, 2_000, reason="To be discussed."), 200)
    assert (closed["variance"], closed["counts"][1:]) == (0, counts)
    assert closed["approved_by"] == str(till.shop.staff_id("manager"))
    assert await variances(till) == []


async def test_who_counts_again_and_finds_it_right_closes_it_with_a_reason(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        drawer = await cashier.open_drawer(1_000)
        said(await count(cashier, drawer, 100), 200)
        said(await count(till, drawer, 1_000), 200)

        answer = await close(cashier, drawer, 1_000, reason="A typo.")
        refused(answer, 403, "approval-required")
        closed = said(await close(till, drawer, 1_000, reason="A typo."), 200)

    assert (closed["counted"], closed["variance"], closed["reason"]) == (1_000, 0, "A typo.")
    assert [one["counted"] for one in closed["counts"]] == [1_000, 100, 1_000]


async def test_a_difference_is_told_where_the_drawer_stands(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        drawer = await cashier.open_drawer(1_000)
        said(await count(cashier, drawer, 1_200), 200)
        refused(await close(cashier, drawer, 1_200), 403, "approval-required")
        assert await variances(till) == []
        said(await close(till, drawer, 1_000, 200, reason="Somebody's tip."), 200)

    (told,) = await till.shop.rows(
        "select rooms, payload::text from outbox where type = 'cash.variance'"
    )
    assert told["rooms"] == [
        f"register:{drawer['register_id']}",
        f"location:{till.shop.location_id}",
    ]
    manager = till.shop.staff_id("manager")
    assert told["payload"] == (
        f'{{"counted": 1200, "currency": "GBP", "register": "Till 1", "variance": 200, '
        f'"z_number": 1, "tolerance": 100, "session_id": "{drawer["id"]}", '
        f'"approved_by": "{manager}"}}'
    )


async def test_tr82_where_no_count_is_asked_for_the_closing_counts(till: Till) -> None:
    drawer, key = await till.open_drawer(1_000), str(uuid4())
    refused(await close(till, drawer, 900, 50, key=key), 422, "drawer-count-required")
    await decide(till.shop, closing_balance_required=False)

    closed = said(await close(till, drawer, 900, 50, key=key), 200)

    assert (closed["counted"], closed["variance"], closed["z_number"]) == (950, -50, 1)
    (count_row,) = await till.shop.rows("select * from drawer_counts where kind = 'closing'")
    assert (count_row["counted_minor"], count_row["expected_minor"]) == (950, 1_000)
    assert closed["counts"][-1]["id"] == str(count_row["id"])
    again = await close(till, drawer, 900, 50, key=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (closed, "true")


async def test_where_no_count_is_asked_for_one_that_stands_is_closed_on(till: Till) -> None:
    await decide(till.shop, closing_balance_required=False)
    drawer = await till.open_drawer(1_000)
    said(await count(till, drawer, 1_000), 200)
    before = await till.shop.everything()

    refused(await close(till, drawer, 999), 422, "drawer-count-mismatch")
    assert await till.shop.everything() == before

    assert len(said(await close(till, drawer, 1_000), 200)["counts"]) == 2


async def test_where_the_closing_counts_it_cannot_be_tried_until_it_fits(till: Till) -> None:
    await decide(till.shop, closing_balance_required=False)
    async with till.shop.till("cashier") as cashier:
        drawer, key = await cashier.open_drawer(10_000), str(uuid4())
        refused(await close(cashier, drawer, 2_000, key=key), 403, "approval-required")
        before = await till.shop.everything(but=ASKING)

        refused(await close(cashier, drawer, 2_000, key=key), 403, "approval-required")
        refused(await close(cashier, drawer, 2_000), 403, "approval-required")
        for left in (2_201, 9_900, 10_000):
            refused(await close(cashier, drawer, left), 422, "drawer-count-mismatch")
            refused(await close(cashier, drawer, left, key=key), 422, "drawer-count-mismatch")
            refused(await count(cashier, drawer, left), 409, "drawer-already-counted")
        assert await till.shop.everything(but=ASKING) == before

        closed = said(await close(till, drawer, 2_000, reason="Seen."), 200)

    assert [one["variance"] for one in closed["counts"]] == [None, -8_000]
    assert closed["counts"][-1]["counted_by"] == str(till.shop.staff_id("cashier"))


async def test_a_closing_that_counts_and_is_refused_leaves_nothing_for_who_may_not(
    till: Till,
) -> None:
    await decide(till.shop, closing_balance_required=False)
    async with till.shop.till("cashier") as cashier:
        drawer, order = await cashier.open_drawer(1_000), await cashier.order("meal")
        transfer = {"method": "bank_transfer", "amount": 400}
        before = await till.shop.everything()
        async with till.shop.till("colleague") as colleague:
            refused(await close(colleague, drawer, 1_000), 403, "forbidden")
        answer = await close(cashier, drawer, 1_000, key=drawer["id"])
        refused(answer, 422, "idempotency-key-reused")
        assert await till.shop.everything() == before

        cash = {"method": "cash", "amount": 600}
        said(await cashier.pay(order, cash, transfer), 202)
        before = await till.shop.everything()
        refused(await close(cashier, drawer, 1_000), 409, "cash-pending")
        assert await till.shop.everything() == before


async def test_a_crash_at_any_commit_of_a_closing_that_counts_is_finished_by_the_same_key(
    till: Till,
) -> None:
    await decide(till.shop, closing_balance_required=False)
    for commit, kept in ((1, 0), (2, 0), (3, 1)):
        drawer, key = await till.open_drawer(100), str(uuid4())
        async with till.shop.crashing_at_commit(commit):
            assert (await close(till, drawer, 99, key=key)).status_code == 500
        counts = await till.shop.rows(
            "select * from drawer_counts where kind = 'closing' and session_id = $1", drawer["id"]
        )
        assert len(counts) == kept

        closed = said(await close(till, drawer, 99, key=key), 200)

        assert [one["counted"] for one in closed["counts"]] == [100, 99]
    assert await till.balance("cash_over_short") == 3


async def test_twenty_closings_that_count_at_once_keep_one_count(till: Till) -> None:
    await decide(till.shop, closing_balance_required=False)
    drawer, key = await till.open_drawer(100), str(uuid4())

    answers = await asyncio.gather(*(close(till, drawer, 99, key=key) for _ in range(20)))

    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert [one["counted"] for one in answers[0].json()["counts"]] == [100, 99]


async def test_twenty_keys_that_close_and_count_at_once_close_on_the_first_count(
    till: Till,
) -> None:
    await decide(till.shop, closing_balance_required=False)
    drawer = await till.open_drawer(100)

    answers = await asyncio.gather(*(close(till, drawer, 80 + n) for n in range(20)))

    (closed,) = [said(one, 200) for one in answers if one.status_code == 200]
    for answer in answers:
        if answer.status_code != 200:
            statuses = {"drawer-count-mismatch": 422, "illegal-transition": 409}
            code = answer.json()["code"]
            refused(answer, statuses[code], code)
    assert closed["counts"][-1]["counted"] == closed["counted"]
    assert len(closed["counts"]) == 2
    assert await till.balance(f"cash_drawer:{drawer['id']}") == 0


async def test_nobody_approves_a_difference_of_their_own_key_whoever_answers_for_it_now(
    till: Till,
) -> None:
    shop = till.shop
    key = await make(till, "drawer.operate")
    async with program(shop, key["key"]) as web:
        drawer = await web.open_drawer(10_000)
        said(await count(web, drawer, 2_000), 200)
    async with shop.till("admin") as admin:
        await shop.rows("update staff set role = 'manager' where name = 'Colleague' returning id")
        said(await admin.call("POST", f"/api-keys/{key['id']}/regenerate"), 200)
        before = await shop.everything(but=ASKING)
        for behind in (till, admin):
            answer = await close(behind, drawer, 2_000, reason="Gone.")
            refused(answer, 403, "approval-required")
            refused(await count(behind, drawer, 10_000), 409, "drawer-already-counted")
        assert await shop.everything(but=ASKING) == before
    async with shop.till("colleague") as other:
        closed = said(await close(other, drawer, 2_000, reason="Seen."), 200)

    assert closed["approved_by"] == str(shop.staff_id("colleague"))
