"""Money of a payment that nobody here knew of: given to an order, given back, or set aside."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.payments.model.exceptions import ExceptionKind
from fynlo.payments.resolve import resolve_due
from tests.payments.luck import by_hand, provider_is_back, seen, wait
from tests.payments.queue import (
    NOTE,
    only,
    put,
    queue,
    resolve,
    silence,
    taken_elsewhere,
    unmatched,
)
from tests.support.crash import Crash
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till

SURPLUS = [
    ("surplus taken", 1000),
    ("surplus returned", 1000),
]


async def found(till: Till, amount: int = 1000, **detail: Any) -> dict[str, Any]:
    """Take money elsewhere, which comes into the queue."""
    reference = await taken_elsewhere(till, amount)
    await unmatched(till, reference, amount, **detail)
    return await only(till, "unmatched")


async def held(till: Till) -> dict[str, Any]:
    """Hold money elsewhere, which comes into the queue."""
    reference = await taken_elsewhere(till, capture_method="manual")
    event = "payment_intent.amount_capturable_updated"
    await unmatched(till, reference, standing="held", type=event)
    return await only(till, "unmatched")


async def booked(till: Till) -> list[tuple[str, int]]:
    rows = await till.shop.rows(
        "select recipe, amount_minor from ledger_postings"
        " where 'card_clearing' in (debit_account, credit_account) order by recipe desc"
    )
    return [tuple(row.values()) for row in rows]


def made(answer: dict[str, Any]) -> dict[str, Any]:
    return {"id": answer["transaction_id"]}


async def test_attached_money_completes_its_order(till: Till) -> None:
    order, queued = await till.order("meal"), await found(till)
    assert queued["actions"] == ["attach", "refund", "dismiss"]

    answer = said(await resolve(till, queued, "attach", order_id=order["id"]), 200)

    assert (answer["state"], answer["action"], answer["note"]) == ("resolved", "attach", NOTE)
    assert answer["resolved_by"] == str(till.shop.staff_id("manager"))
    assert answer["order_id"] == order["id"]
    transaction = await seen(till, made(answer))
    assert (transaction["status"], transaction["total_amount"]) == ("completed", 1000)
    (payment,) = transaction["payments"]
    assert payment["provider_reference"] == queued["detail"]["reference"]
    assert payment["card"]["last4"] == "4242"
    looked_at = await till.look(order)
    assert (looked_at["payment_state"], looked_at["amount_due"]) == ("paid", 0)
    assert await booked(till) == [("card taken", 1000)]
    assert len(await till.shop.provider.intents()) == 1
    assert await till.shop.provider.received() == 1000


async def test_the_order_that_the_provider_names_need_not_be_said(till: Till) -> None:
    order = await till.order("meal")
    queued = await found(till, order_id=order["id"])

    said(await resolve(till, queued, "attach"), 200)

    assert (await till.look(order))["payment_state"] == "paid"


@pytest.mark.parametrize(
    "note", [None, "01900000-0000-7000-8000-000000000017", "17 of another system"]
)
async def test_money_for_no_order_asks_for_one(till: Till, note: str | None) -> None:
    queued = await found(till, order_id=note)
    path = f"/exceptions/{queued['id']}"
    assert said(await till.call("GET", path), 200) == queued
    before = await till.shop.everything()

    problem = refused(await resolve(till, queued, "attach"), 400, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/order_id"
    named = await resolve(till, queued, "attach", order_id=str(uuid4()))
    refused(named, 404, "not-found")

    assert await till.shop.everything() == before
    order = await till.order("meal")
    said(await resolve(till, queued, "attach", order_id=order["id"]), 200)
    assert (await till.look(order))["payment_state"] == "paid"


async def test_a_part_is_attached_whatever_the_rules_of_the_till(till: Till) -> None:
    assert await till.shop.rows("update settings set allow_partial_payments = false returning 1")
    order, queued = await till.order("meal"), await found(till, 980)

    said(await resolve(till, queued, "attach", order_id=order["id"]), 200)

    looked_at = await till.look(order)
    assert (looked_at["payment_state"], looked_at["amount_due"]) == ("partially_paid", 20)


async def test_attached_money_beyond_what_is_owed_is_surplus_and_goes_back(till: Till) -> None:
    await till.open_drawer()
    order, queued = await till.order("meal"), await found(till)
    said(await till.pay(order, cash(1)), 200)

    answer = said(await resolve(till, queued, "attach", order_id=order["id"]), 200)

    assert (await seen(till, made(answer)))["status"] == "canceled"
    assert await booked(till) == SURPLUS
    assert await till.shop.provider.received() == 0
    assert (await till.look(order))["amount_due"] == 999
    assert await till.balance("surplus_held") == 0
    surplus = await only(till, "surplus")
    assert surplus["actions"] == ["dismiss"]
    assert said(await resolve(till, surplus, "dismiss"), 200)["state"] == "resolved"


async def test_attached_money_for_a_paid_order_goes_back(till: Till) -> None:
    order, queued = await till.order("meal"), await found(till)
    said(await till.pay(order, card(1000)), 200)

    said(await resolve(till, queued, "attach", order_id=order["id"]), 200)

    assert await till.shop.provider.received() == 1000
    assert await till.balance("card_clearing") == 1000
    assert (await till.look(order))["payment_state"] == "paid"


async def test_a_refund_gives_back_what_is_owed_as_well(till: Till) -> None:
    order, queued = await till.order("meal"), await found(till)

    answer = said(await resolve(till, queued, "refund", order_id=order["id"]), 200)

    assert (answer["state"], answer["action"]) == ("resolved", "refund")
    assert await booked(till) == SURPLUS
    assert await till.shop.provider.received() == 0
    assert (await till.look(order))["amount_due"] == 1000


@pytest.mark.parametrize("action", ["attach", "refund"])
async def test_a_hold_is_captured_if_it_is_owed_and_else_released(till: Till, action: str) -> None:
    order, queued = await till.order("meal"), await held(till)

    answer = said(await resolve(till, queued, action, order_id=order["id"]), 200)

    is_kept = action == "attach"
    status = "completed" if is_kept else "canceled"
    assert (await seen(till, made(answer)))["status"] == status
    assert await till.shop.provider.statuses() == ["succeeded" if is_kept else "canceled"]
    assert await booked(till) == ([("card taken", 1000)] if is_kept else [])


async def test_a_hold_beyond_what_is_owed_is_released(till: Till) -> None:
    order, queued = await till.order("coffee"), await held(till)

    said(await resolve(till, queued, "attach", order_id=order["id"]), 200)

    assert await till.shop.provider.statuses() == ["canceled"]
    assert (await till.look(order))["amount_due"] == 333


async def test_while_the_provider_is_silent_attached_money_is_reserved_and_found_later(
    till: Till,
) -> None:
    order, queued = await till.order("meal"), await found(till)
    await silence(till)

    answer = said(await resolve(till, queued, "attach", order_id=order["id"]), 200)

    assert answer["state"] == "resolved"
    assert (await seen(till, made(answer)))["status"] == "checking"
    assert (await till.look(order))["amount_reserved"] == 1000
    refused(await till.pay(order, card(1000)), 422, "order-overpaid")
    await provider_is_back(till)
    await wait(till, steps=3, seconds=61)
    assert (await till.look(order))["payment_state"] == "paid"
    assert len(await till.shop.provider.intents()) == 1


async def test_what_was_refunded_by_hand_before_it_was_attached_leaves_the_order_unpaid(
    till: Till,
) -> None:
    order, queued = await till.order("meal"), await found(till)
    await by_hand(till, "refunds", payment_intent=queued["detail"]["reference"])

    answer = said(await resolve(till, queued, "attach", order_id=order["id"]), 200)

    assert (await seen(till, made(answer)))["status"] == "declined"
    assert (await till.look(order))["amount_due"] == 1000
    assert await till.balance("card_clearing") == 0


async def test_another_amount_than_was_told_is_for_a_person_to_see(till: Till) -> None:
    reference = await taken_elsewhere(till, 900)
    await unmatched(till, reference, 1000)
    order, queued = await till.order("meal"), await only(till, "unmatched")

    answer = said(await resolve(till, queued, "attach", order_id=order["id"]), 200)
    await wait(till, steps=16, seconds=60)

    async with till.shop.till() as later:
        assert (await seen(later, made(answer)))["status"] == "needs_attention"
        unresolved = await only(later, "unresolved")
    (asked,) = unresolved["detail"]["operations"]
    assert asked["last_word"] == "amount differs: 900"
    assert await till.balance("card_clearing") == 0


async def test_a_draft_takes_no_money_yet(till: Till) -> None:
    order, queued = await till.order("meal", validated=False), await found(till)
    before = await till.shop.everything()

    answer = await resolve(till, queued, "attach", order_id=order["id"])

    refused(answer, 409, "order-not-payable")
    assert await till.shop.everything() == before


async def test_another_currency_is_refused(till: Till) -> None:
    order, queued = await till.order("meal"), await found(till, currency="EUR")
    before = await till.shop.everything()

    answer = await resolve(till, queued, "attach", order_id=order["id"])

    assert refused(answer, 422, "currency-mismatch")["currency"] == "GBP"
    assert await till.shop.everything() == before


async def test_money_that_is_known_by_now_is_not_counted_twice(till: Till) -> None:
    order = await till.order("meal")
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]
    reference = paid["payments"][0]["provider_reference"]
    await unmatched(till, reference)
    queued, other = await only(till, "unmatched"), await till.order("meal")
    before = await till.shop.everything()

    answer = await resolve(till, queued, "attach", order_id=other["id"])

    assert refused(answer, 409, "reference-already-used")["reference"] == reference
    assert await till.shop.everything() == before
    said(await resolve(till, queued, "dismiss"), 200)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("action", ["attach", "refund"])
async def test_a_crash_at_any_commit_is_healed_by_asking_again(
    till: Till, number: int, action: str
) -> None:
    order, queued, key = await till.order("meal"), await found(till), str(uuid4())
    async with till.shop.crashing_at_commit(number):
        with suppress(Crash):
            await resolve(till, queued, action, key=key, order_id=order["id"])
    await till.shop.ports().background.drain(5)

    async with till.shop.till() as again:
        answer = said(await resolve(again, queued, action, key=key, order_id=order["id"]), 200)
    await wait(till, steps=3, seconds=61)

    async with till.shop.till() as later:
        is_kept = action == "attach"
        assert (answer["state"], answer["action"]) == ("resolved", action)
        status = "completed" if is_kept else "canceled"
        assert (await seen(later, made(answer)))["status"] == status
        assert await booked(later) == ([("card taken", 1000)] if is_kept else SURPLUS)
        assert await till.shop.provider.received() == (1000 if is_kept else 0)


async def test_two_people_at_once_attach_it_once(till: Till) -> None:
    first, second = await till.order("meal"), await till.order("meal")
    queued = await found(till)

    async with till.shop.till("admin") as admin:
        both = await asyncio.gather(
            resolve(till, queued, "attach", order_id=first["id"]),
            resolve(admin, queued, "attach", order_id=second["id"]),
        )

    winner, loser = sorted(both, key=lambda one: one.status_code)
    assert said(winner, 200)["state"] == "resolved"
    refused(loser, 409, "already-resolved")
    paid = [(await till.look(one))["payment_state"] for one in (first, second)]
    assert sorted(paid) == ["paid", "unpaid"]
    assert await booked(till) == [("card taken", 1000)]


async def test_the_same_person_twice_attaches_it_once(till: Till) -> None:
    order, queued = await till.order("meal"), await found(till)

    both = await asyncio.gather(
        *(resolve(till, queued, "attach", order_id=order["id"]) for _ in range(2))
    )
    again = said(await resolve(till, queued, "attach", order_id=order["id"]), 200)

    assert [said(one, 200) for one in both] == [again, again]
    assert await booked(till) == [("card taken", 1000)]
    elsewhere = await till.order("meal")
    refused(
        await resolve(till, queued, "attach", order_id=elsewhere["id"]), 409, "already-resolved"
    )


@pytest.mark.parametrize("who", ["cashier", "kitchen", "stranger"])
async def test_who_may_not_attaches_nothing(till: Till, who: str) -> None:
    order, queued = await till.order("meal"), await found(till)
    before = await till.shop.everything()

    someone = till.shop.stranger("admin") if who == "stranger" else till.shop.till(who)
    async with someone as other:
        answer = await resolve(other, queued, "attach", order_id=order["id"])

    status, code = (404, "not-found") if who == "stranger" else (403, "forbidden")
    refused(answer, status, code)
    assert await till.shop.everything() == before
    assert await till.shop.provider.received() == 1000


async def test_without_a_provider_nobody_can_be_asked(till: Till) -> None:
    assert await queue(till) == []
    event = {"event_id": "evt_1", "type": "payout.paid", "reference": None, "result": "HTTP 500"}
    await put(till, ExceptionKind.NOTIFICATION_FAILED, "evt_1", event)
    failed = await only(till, "notification_failed")
    assert failed["actions"] == ["dismiss"]
    before = await till.shop.everything()

    problem = refused(await resolve(till, failed, "look_again"), 422, "action-not-possible")

    assert problem["actions"] == ["dismiss"]
    assert await till.shop.everything() == before
    answer = said(await resolve(till, failed, "dismiss"), 200)
    assert (answer["state"], answer["action"]) == ("resolved", "dismiss")
    assert await resolve_due(till.shop.ports()) == 0
