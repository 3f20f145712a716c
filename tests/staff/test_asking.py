"""Two who ask at one moment, and one who asks too much: the queue stays what a manager can read."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from dataclasses import replace
from typing import TYPE_CHECKING, Never
from uuid import UUID

import pytest

from fynlo.kernel.ids import SessionId, derive
from fynlo.kernel.money import Money, currency
from fynlo.staff import Caller, Consent, Permission, Wish, allow, ask
from fynlo.staff.approvals import Allowed, ApprovalInvalid, NeedsApproval
from fynlo.staff.limits import ASKED_MAX, TooManyAttempts
from fynlo.staff.model import ApprovalRequired
from tests.staff.people import PIN, give_pin
from tests.support.locks import until_somebody_waits
from tests.support.shop import ASKING, said

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till


async def signed_in(shop: Shop, who: str) -> Caller:
    await shop.sign_in(who)
    (row,) = await shop.rows(
        "select id from sessions where staff_id = $1 order by created_at limit 1",
        shop.staff_id(who),
    )
    return Caller(shop.merchant_id, SessionId(row["id"]), shop.staff_id(who))


def a_wish(shop: Shop, number: int = 0) -> Wish:
    return Wish(
        permissions=(Permission.PRICE_OVERRIDE,),
        target_kind="order",
        target_id=derive(shop.merchant_id, "an order"),
        location_id=shop.location_id,
        amount=Money(900 - number, currency("GBP")),
        details={"discount_total": 100 + number},
    )


async def refuse(wish: Wish) -> Never:
    raise NeedsApproval(wish)


async def asked(shop: Shop, caller: Caller, wish: Wish) -> UUID:
    """Ask for it, and return the id of the approval that waits."""
    with pytest.raises(ApprovalRequired) as refusal:
        await ask(shop.ports(), caller, refuse(wish))
    told = refusal.value.facts["approval"]
    assert isinstance(told, dict)
    return UUID(told["id"])


async def waiting(shop: Shop) -> int:
    (row,) = await shop.rows("select count(*)::int as n from approvals where state = 'pending'")
    n: int = row["n"]
    return n


async def test_two_equal_wishes_at_one_moment_are_one(till: Till) -> None:
    shop = till.shop
    caller, outside = await signed_in(shop, "cashier"), copy_context()
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetchval("select id from staff where id = $1 for no key update", caller.staff_id)
        both = [
            asyncio.create_task(asked(shop, caller, a_wish(shop)), context=outside.copy())
            for _ in range(2)
        ]
        await until_somebody_waits(tx, 2)
    first, second = await asyncio.gather(*both)

    assert first == second
    assert await waiting(shop) == 1
    for table, kind in (("outbox", "type"), ("audit_entries", "action")):
        sql = f"select from {table} where {kind} = 'approval.requested'"
        assert len(await shop.rows(sql)) == 1


async def test_who_waits_for_too_many_decisions_asks_for_no_more(till: Till) -> None:
    shop = till.shop
    caller, other = [await signed_in(shop, who) for who in ("cashier", "colleague")]
    first = await asked(shop, caller, a_wish(shop))
    shop.advance(60)
    for number in range(1, ASKED_MAX):
        await asked(shop, caller, a_wish(shop, number))
    before = await shop.everything()

    with pytest.raises(TooManyAttempts) as refusal:
        await ask(shop.ports(), caller, refuse(a_wish(shop, ASKED_MAX)))
    assert refusal.value.facts == {"retry_after": 541}
    assert await asked(shop, caller, a_wish(shop)) == first
    assert await shop.everything() == before

    await asked(shop, other, a_wish(shop))
    shop.advance(540)  # The first wish is over.
    await asked(shop, caller, a_wish(shop, ASKED_MAX))
    assert await waiting(shop) == ASKED_MAX + 2


async def test_u22_of_two_who_use_it_at_one_moment_only_the_first_is_allowed(till: Till) -> None:
    shop = till.shop
    await give_pin(shop, "manager")
    caller, outside = await signed_in(shop, "cashier"), copy_context()
    wish = a_wish(shop)
    approval_id = await asked(shop, caller, wish)
    approve = f"/approvals/{approval_id}/approve"
    said(await till.call("POST", approve, {"pin": PIN}), 200)
    before = await shop.everything(but=ASKING)

    async def use() -> Allowed:
        async with shop.wiring.db.transaction(shop.merchant_id) as tx:
            return await allow(tx, caller, wish, consent, shop.wiring.clock.now())

    consent = Consent(approval_id=derive(shop.merchant_id, "no approval"))
    with pytest.raises(ApprovalInvalid, match="no such approval"):
        await use()
    consent = replace(consent, approval_id=approval_id)
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        allowed = await allow(tx, caller, wish, consent, shop.wiring.clock.now())
        late = asyncio.create_task(use(), context=outside)
        await until_somebody_waits(tx)
    with pytest.raises(ApprovalInvalid, match="It is used"):
        await late

    assert allowed.by == shop.staff_id("manager")
    used = await shop.rows("select from audit_entries where action = 'approval.used'")
    assert len(used) == 1
    assert await shop.everything(but=ASKING) == before
