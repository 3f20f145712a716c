"""Who may not approve a difference asks somebody who may: from afar or standing there, once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest

from tests.drawers.hands import close, count, decide, move, report
from tests.staff.people import PIN, give_pin
from tests.staff.test_keys import make, program
from tests.support.locks import until_somebody_waits
from tests.support.shop import ASKING, refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.drawers.hands import Drawer
    from tests.support.shop import Till

WHY = "A note was missing."


@asynccontextmanager
async def short_of_money(till: Till) -> AsyncIterator[tuple[Till, Drawer]]:
    """Let a cashier count 1.01 too little; everybody who could help has a PIN."""
    await give_pin(till.shop, "manager", "admin", "cashier", "colleague")
    async with till.shop.till("cashier") as cashier:
        drawer = await cashier.open_drawer(1_000)
        said(await count(cashier, drawer, 899), 200)
        yield cashier, drawer


def asked(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = refused(answer, 403, "approval-required")["approval"]
    return found


async def allow(till: Till, approval: dict[str, Any]) -> httpx.Response:
    return await till.call("POST", f"/approvals/{approval['id']}/approve", {"pin": PIN})


def stands(till: Till, who: str = "manager", pin: str = PIN) -> dict[str, Any]:
    return {"staff_id": str(till.shop.staff_id(who)), "pin": pin}


def shown(number: int, left: int, reason: str) -> dict[str, Any]:
    goes = {"left_in_drawer": left, "deposit": 0, "reason": reason}
    return {"count": number, "tolerance": 100, **goes}


def bringing(**of_somebody: object) -> dict[str, Any]:
    return of_somebody


async def test_tr83_u22_a_manager_allows_from_afar_what_a_cashier_may_not_approve(
    till: Till,
) -> None:
    async with short_of_money(till) as (cashier, drawer):
        key, manager = str(uuid4()), str(till.shop.staff_id("manager"))
        approval = asked(await close(cashier, drawer, 899, reason=WHY, key=key))
        assert asked(await close(cashier, drawer, 899, reason=WHY)) == approval
        assert approval["permissions"] == ["drawer.approve"]
        assert approval["target"] == {"kind": "drawer_session", "id": drawer["id"]}
        assert (approval["amount"], approval["currency"]) == (899, "GBP")
        counts = (await report(till, drawer))["counts"]
        assert approval["details"] == shown(len(counts), 899, WHY)
        assert counts[-1]["variance"] == -101  # Who reads reports sees what they allow.

        by = {"approval_id": approval["id"]}
        pending = await close(cashier, drawer, 899, reason=WHY, key=key, **by)
        assert (asked(pending), pending.json()["tolerance"]) == (approval, 100)
        said(await allow(till, approval), 200)
        before = await till.shop.everything()
        for left, deposit, why in ((899, 0, None), (899, 0, "Taken."), (800, 99, WHY)):
            other = await close(cashier, drawer, left, deposit, reason=why, **by)
            refused(other, 403, "approval-invalid")
        refused(await close(cashier, drawer, 898, reason=WHY, **by), 422, "drawer-count-mismatch")
        assert await till.shop.everything() == before

        first, again = [
            await close(cashier, drawer, 899, reason=WHY, key=key, **by) for _ in range(2)
        ]
        late = await close(cashier, drawer, 899, reason=WHY, **by)

    closed = said(first, 200)
    assert (closed["approved_by"], closed["reason"]) == (manager, WHY)
    assert closed["closed_by"] == str(till.shop.staff_id("cashier"))
    assert not {"expected", "variance"} & set(closed)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    refused(late, 409, "illegal-transition")
    (used,) = said(await till.call("GET", "/approvals?state=used"), 200)["items"]
    assert (used["id"], used["decided_by"]) == (approval["id"], manager)
    (variance,) = await till.shop.rows(
        "select payload->>'approved_by' as by from outbox where type = 'cash.variance'"
    )
    assert variance == {"by": manager}
    rows = await till.shop.rows(
        "select content::json->>'approved_by' as by from audit_entries"
        " where action = 'approval.used' and target_id = $1",
        drawer["id"],
    )
    assert rows == [{"by": manager}]


async def test_who_stands_there_allows_it_and_the_closer_closes(till: Till) -> None:
    async with short_of_money(till) as (cashier, drawer):
        before = await till.shop.everything()
        for who, pin, code in (
            ("cashier", PIN, "self-approval"),
            ("colleague", PIN, "forbidden"),
            ("manager", "0000", "approval-invalid"),
        ):
            by = bringing(approval=stands(till, who, pin))
            refused(await close(cashier, drawer, 899, reason=WHY, **by), 403, code)
        both = bringing(approval=stands(till), approval_id=str(uuid4()))
        refused(await close(cashier, drawer, 899, reason=WHY, **both), 400, "invalid-request")
        assert await till.shop.everything() == before

        by = bringing(approval=stands(till))
        closed = said(await close(cashier, drawer, 899, reason=WHY, **by), 200)

    assert closed["approved_by"] == str(till.shop.staff_id("manager"))
    (used,) = said(await till.call("GET", "/approvals"), 200)["items"]
    assert (used["state"], used["in_place"]) == ("used", True)


async def test_nobody_allows_the_difference_of_what_they_or_their_key_opened_or_counted(
    till: Till,
) -> None:
    shop, key = till.shop, await make(till, "drawer.operate")
    async with short_of_money(till) as (cashier, drawer), program(shop, key["key"]) as web:
        said(await count(till, drawer, 898), 200)  # Counted again by the manager, as short.
        web.register = 2
        by_key = await web.open_drawer(1_000)
        said(await count(web, by_key, 0), 200)
        refused(await close(web, by_key, 0, reason=WHY), 403, "forbidden")
        others = asked(await close(cashier, drawer, 898, reason=WHY))
        theirs = asked(await close(till, by_key, 0, reason=WHY))
        before = await shop.everything()
        async with shop.till("admin") as admin:
            refused(await allow(till, others), 403, "self-approval")
            refused(await allow(till, theirs), 403, "self-approval")
            by = bringing(approval=stands(till))
            refused(await close(cashier, drawer, 898, reason=WHY, **by), 403, "self-approval")
            assert await shop.everything() == before
            with pytest.raises(asyncpg.CheckViolationError):
                await shop.rows(
                    "update approvals set state = 'approved', decided_by = $1, decided_at = now()"
                    " where id = $2 returning id",
                    *(shop.staff_id("manager"), others["id"]),
                )
            said(await allow(admin, others), 200)
            said(await allow(admin, theirs), 200)
        for who, one, found, approval in (
            (cashier, drawer, 898, others),
            (till, by_key, 0, theirs),
        ):
            by_other = {"reason": WHY, "approval_id": approval["id"]}
            closed = said(await close(who, one, found, **by_other), 200)
            assert closed["approved_by"] == str(shop.staff_id("admin"))


async def test_it_holds_for_the_count_that_was_seen_and_no_other(till: Till) -> None:
    async with short_of_money(till) as (cashier, drawer):
        approval = asked(await close(cashier, drawer, 899, reason=WHY))
        said(await allow(till, approval), 200)
        by = {"reason": WHY, "approval_id": approval["id"]}
        await move(cashier, drawer, "no_sale", 0)
        refused(await close(cashier, drawer, 899, **by), 422, "drawer-count-required")
        said(await count(cashier, drawer, 899), 200)
        refused(await close(cashier, drawer, 899, **by), 403, "approval-invalid")
        await decide(till.shop, drawer_tolerance_minor=500)
        before = await till.shop.everything()
        assert said(await close(cashier, drawer, 899, **by), 200)["approved_by"] is None

    after = await till.shop.everything()
    assert after["approvals"] == before["approvals"]  # Nobody needed it in the end.


async def test_who_counts_while_it_is_used_makes_it_another_difference(till: Till) -> None:
    shop, outside = till.shop, copy_context()
    async with short_of_money(till) as (cashier, drawer):
        approval = asked(await close(cashier, drawer, 899, reason=WHY))
        said(await allow(till, approval), 200)
        by = {"reason": WHY, "approval_id": approval["id"]}
        async with shop.wiring.db.transaction(shop.merchant_id) as tx:
            lock = "select id from drawer_sessions where id = $1 for no key update"
            await tx.fetchval(lock, drawer["id"])
            closing = asyncio.create_task(close(cashier, drawer, 899, **by), context=outside.copy())
            await until_somebody_waits(tx)
            tx.write(
                "insert into drawer_counts (merchant_id, id, session_id, number, kind, currency,"
                " counted_minor, expected_minor, movements, counted_by, counted_at)"
                " select merchant_id, gen_random_uuid(), session_id, number + 1, kind, currency,"
                " counted_minor, expected_minor, movements, $2, counted_at from drawer_counts"
                " where session_id = $1 order by number desc limit 1",
                *(drawer["id"], shop.staff_id("manager")),
            )
        other = asked(await closing)

    assert other["id"] != approval["id"]
    rows = await shop.rows("select id::text as id, state from approvals")
    states = {row["id"]: row["state"] for row in rows}
    assert states == {approval["id"]: "approved", other["id"]: "pending"}


@pytest.mark.parametrize("commit", [1, 2])
async def test_a_crash_uses_it_with_the_closing_or_not_at_all(till: Till, commit: int) -> None:
    async with short_of_money(till) as (cashier, drawer):
        approval = asked(await close(cashier, drawer, 899, reason=WHY))
        said(await allow(till, approval), 200)
        by = {"reason": WHY, "approval_id": approval["id"], "key": str(uuid4())}
        before = await till.shop.everything(but=ASKING)
        async with till.shop.crashing_at_commit(commit):
            assert (await close(cashier, drawer, 899, **by)).status_code == 500
        (row,) = await till.shop.rows("select state from approvals")
        assert row == {"state": "approved"}
        assert await till.shop.everything(but=ASKING) == before
        said(await close(cashier, drawer, 899, **by), 200)
