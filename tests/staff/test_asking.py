"""Asking for approval: the same wish is one wish, and one approval is one act."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from fynlo import staff
from fynlo.kernel.ids import SessionId
from fynlo.staff import Consent, store_approvals
from fynlo.staff.approvals import PENDING_MAX, ApprovalInvalid
from fynlo.staff.model import Caller
from tests.orders.edits import change
from tests.orders.menu import placed
from tests.staff.people import PIN, give_pin
from tests.support.locks import until_somebody_waits
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from fynlo.platform.database import Tx
    from tests.support.shop import Till


def cheaper(unit_price: int) -> dict[str, Any]:
    return {"price_override": {"unit_price": unit_price, "reason": "The plate was cold."}}


async def test_the_same_wish_from_two_tills_at_once_is_one(till: Till) -> None:
    async with till.shop.till("cashier") as one, till.shop.till("cashier") as other:
        order = await placed(one, "meal")
        wish = cheaper(700)
        answers = await asyncio.gather(
            *(change(who, order, order["lines"][0], **wish) for who in (one, other) * 3)
        )

    told = {refused(one, 403, "approval-required")["approval"]["id"] for one in answers}
    assert len(told) == 1
    rows = await till.shop.rows("select id::text as id from approvals")
    assert {row["id"] for row in rows} == told
    asked = await till.shop.rows("select from outbox where type = 'approval.requested'")
    assert len(asked) == 1


async def test_of_one_person_so_many_wishes_wait_and_no_more(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        order = await placed(cashier, "meal")
        line = order["lines"][0]
        asked = [
            refused(await change(cashier, order, line, **cheaper(price)), 403, "approval-required")
            for price in range(PENDING_MAX)
        ]
        before = await till.shop.everything()

        problem = refused(await change(cashier, order, line, **cheaper(999)), 403, "forbidden")

        assert problem["permission"] == "price.override"
        assert "Too many of your wishes" in problem["detail"]
        assert await till.shop.everything() == before
        again = refused(await change(cashier, order, line, **cheaper(0)), 403, "approval-required")
        assert again["approval"]["id"] == asked[0]["approval"]["id"]
        taken_back = f"/approvals/{again['approval']['id']}/reject"
        said(await cashier.call("POST", taken_back, {"reason": "A mistake."}), 200)
        refused(await change(cashier, order, line, **cheaper(999)), 403, "approval-required")
        async with till.shop.till("colleague") as colleague:
            # Whose wish it is counts, not the till.
            told = await change(colleague, order, line, **cheaper(998))
            refused(told, 403, "approval-required")


async def test_u22_of_two_who_use_an_approval_at_once_one_does(till: Till) -> None:
    """Nothing but the approval itself stands between them: the order is not locked here."""
    await give_pin(till.shop, "manager")
    async with till.shop.till("cashier") as cashier:
        order = await placed(cashier, "meal")
        told = refused(
            await change(cashier, order, order["lines"][0], **cheaper(700)),
            *(403, "approval-required"),
        )
    approval = told["approval"]["id"]
    said(await till.call("POST", f"/approvals/{approval}/approve", {"pin": PIN}), 200)
    db, now = till.shop.wiring.db, till.shop.wiring.clock.now()
    caller = Caller(till.shop.merchant_id, SessionId(order["id"]), till.shop.staff_id("cashier"))

    async def use(tx: Tx) -> None:
        wish = (await store_approvals.lock(tx, approval)).wish
        await staff.allow(tx, caller, wish, Consent(approval), now)

    used = asyncio.Event()

    async def use_too() -> None:
        await used.wait()
        async with db.transaction(till.shop.merchant_id) as tx:
            await use(tx)

    other = asyncio.create_task(use_too())
    async with db.transaction(till.shop.merchant_id) as tx:
        await use(tx)
        await tx.flush()
        used.set()
        await until_somebody_waits(tx)
    with pytest.raises(ApprovalInvalid, match="It is used"):
        await other

    rows = await till.shop.rows("select state, version::int from approvals")
    assert rows == [{"state": "used", "version": 3}]
    entries = await till.shop.rows("select from audit_entries where action = 'approval.used'")
    assert len(entries) == 1
    assert (await till.look(order))["total"] == 1000
