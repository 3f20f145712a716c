"""Bad luck with the provider: whatever was lost, refused or late, it ends, and it ends right."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.payments.providers.stripe import StripeAccounts
from fynlo.payments.resolve import BATCH_MAX, resolve_due
from tests.payments.luck import (
    ASKS,
    by_hand,
    elsewhere,
    give_up,
    provider_is_back,
    seen,
    wait,
)
from tests.support.shop import card, said

if TYPE_CHECKING:
    from tests.support.shop import Till

TRANSFER = {"method": "bank_transfer", "amount": 100}


async def test_a_charge_that_failed_with_500_and_is_given_up_ends(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]

    await give_up(till, lost)
    await wait(till, steps=3, seconds=61)

    assert (await seen(till, lost))["status"] == "canceled"
    assert (await till.look(order))["amount_due"] == 1000
    assert await till.shop.provider.intents() == []


async def test_a_charge_that_acted_behind_a_500_and_is_given_up_is_found(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500_acted")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]

    await give_up(till, lost)
    await wait(till, steps=3, seconds=61)

    assert (await seen(till, lost))["status"] == "completed"
    assert await till.shop.provider.received() == 1000


async def test_one_card_declined_and_the_other_lost_behind_a_500_leaves_no_loose_end(
    till: Till,
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500")

    await till.pay(order, card(400), card(600, "pm_card_visa_chargeDeclined"))
    await wait(till, steps=3, seconds=61)

    (row,) = await till.shop.rows("select status, due_at from transactions")
    assert (row["status"], row["due_at"]) == ("declined", None)
    assert await till.shop.provider.received() == 0


async def half_captured(till: Till) -> dict[str, Any]:
    """Take one of two held cards while the other's hold is gone: the first must go back."""
    order = await till.order("meal")
    answer = said(await till.pay(order, card(400), card(500), TRANSFER), 202)
    held: dict[str, Any] = answer["transaction"]
    await by_hand(till, f"payment_intents/{held['payments'][1]['provider_reference']}/cancel")
    return held


async def test_a_refund_outlives_a_minute_of_500s(till: Till) -> None:
    held = await half_captured(till)
    await till.shop.provider.fault("http_500", "/v1/refunds", times=1000)
    vouched = {"payment_ids": [held["payments"][2]["id"]]}
    await till.call("POST", f"/transactions/{held['id']}/confirm", vouched)
    await wait(till, steps=60, seconds=1)
    assert await till.shop.provider.received() == 400

    await provider_is_back(till)
    await wait(till, steps=3, seconds=61)

    assert await till.shop.provider.received() == 0
    assert (await seen(till, held))["payments"][0]["status"] == "refunded"
    assert await till.balance("card_clearing") == 0


async def test_a_void_outlives_a_minute_of_500s(till: Till) -> None:
    order = await till.order("meal")
    held = said(await till.pay(order, card(400), card(600, ASKS)), 202)["transaction"]
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=1000)
    await give_up(till, held)
    await wait(till, steps=60, seconds=1)

    await provider_is_back(till)
    await wait(till, steps=3, seconds=61)

    assert (await seen(till, held))["status"] == "canceled"
    assert await till.shop.provider.statuses() == ["canceled", "canceled"]


async def test_captures_that_are_refused_are_tried_ever_later_and_then_succeed(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=1000)
    held = said(await till.pay(order, card(400), card(600)), 202)["transaction"]
    await wait(till, steps=60, seconds=1)
    (row,) = await till.shop.rows("select count(*) from operations where kind = 'capture'")
    assert row["count"] <= 2 * 7

    await provider_is_back(till)
    await wait(till, steps=3, seconds=61)

    assert (await seen(till, held))["status"] == "completed"
    assert await till.shop.provider.received() == 1000


async def test_what_cannot_be_undone_keeps_nobody_waiting(till: Till) -> None:
    """More of them than the resolver takes at once, and still the next lost answer is found."""
    async with asyncio.TaskGroup() as together:
        for _ in range(BATCH_MAX):
            together.create_task(undoable(till))
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=100_000)
    rows = await till.shop.rows("select id from transactions")
    for row in rows:
        await give_up(till, row)
    await wait(till, steps=4, seconds=1)
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer", "/v1/payment_intents")
    said(await till.pay(order, card(1000)), 202)

    await wait(till, steps=2, seconds=3)

    assert (await till.look(order))["payment_state"] == "paid"
    assert [await resolve_due(till.shop.ports()) for _ in range(3)] == [0, 0, 0]


async def undoable(till: Till) -> None:
    said(await till.pay(await till.order("meal"), card(1000, ASKS)), 202)


async def test_a_lost_call_is_repeated_as_it_was_after_the_public_address_changed(
    till: Till,
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]
    key = "sk_test_" + till.shop.merchant_id.hex

    ports = elsewhere(till, key, "https://elsewhere.example/pay/return")
    await wait(till, steps=3, seconds=5, ports=ports)
    await ports.cards.close()

    assert (await seen(till, lost))["status"] == "completed"
    assert await till.shop.provider.received() == 1000


async def test_a_lost_charge_is_not_sent_again_to_another_account(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]

    ports = elsewhere(till, "sk_test_" + uuid4().hex)
    await wait(till, steps=6, seconds=31, ports=ports)
    await ports.cards.close()
    assert [one["amount_received"] for one in await till.shop.provider.intents()] == [1000]
    assert (await seen(till, lost))["status"] == "checking"

    await wait(till, steps=2, seconds=61)

    assert (await seen(till, lost))["status"] == "completed"
    assert await till.shop.provider.received() == 1000


async def test_a_merchant_whose_account_was_taken_away_is_not_charged_and_not_forgotten(
    till: Till,
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]
    nobody = StripeAccounts(
        None, api_base=till.shop.provider.url, merchant_id=None, return_url="http://127.0.0.1"
    )

    ports = replace(till.shop.wiring, cards=nobody).payment_ports()
    await wait(till, steps=3, seconds=31, ports=ports)

    assert (await seen(till, lost))["status"] == "checking"
    assert (await till.look(order))["amount_reserved"] == 1000


async def test_a_charge_behind_a_500_is_found_although_our_clock_is_fast(till: Till) -> None:
    till.shop.advance(400 * 86_400)
    async with till.shop.till() as later:
        order = await later.order("meal")
        await till.shop.provider.fault("http_500_acted")
        lost = said(await later.pay(order, card(1000)), 202)["transaction"]

        await later.resolve(4)

        assert (await seen(later, lost))["status"] == "completed"
        assert await till.shop.provider.received() == 1000


async def test_a_lost_charge_is_not_sent_again_after_the_deadline(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset", times=1000)
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]
    await wait(till, steps=20, seconds=61)

    await provider_is_back(till)
    await wait(till, steps=3, seconds=61)

    assert (await seen(till, lost))["status"] == "expired"
    assert await till.shop.provider.received() == 0
    assert (await till.look(order))["amount_due"] == 1000


async def test_a_lost_charge_that_was_taken_completes_even_when_it_is_found_after_the_deadline(
    till: Till,
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]
    for method in ("GET", "POST"):
        await till.shop.provider.fault("connection_reset", "/v1/", method=method, times=1000)
    await wait(till, steps=20, seconds=61)
    assert (await seen(till, lost))["status"] == "needs_attention"
    (waiting,) = await till.shop.rows("select state from exceptions")
    assert waiting["state"] == "open"

    await provider_is_back(till)
    await wait(till, steps=3, seconds=61)

    assert (await seen(till, lost))["status"] == "completed"
    assert (await till.look(order))["payment_state"] == "paid"
    (ended,) = await till.shop.rows("select state, action, resolved_by from exceptions")
    assert (ended["state"], ended["action"], ended["resolved_by"]) == ("resolved", "found", None)


@pytest.mark.parametrize("outage", [0, 20])
async def test_the_list_and_the_single_answer_agree_and_attention_ends(
    till: Till, outage: int
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset", "/v1/payment_intents/", times=1000)
    answer = await till.pay(order, card(400), card(600, "pm_card_visa_chargeDeclined"))
    transaction = answer.json()["transaction"]
    await wait(till, steps=outage, seconds=60)
    expected = "needs_attention" if outage else "declined"
    assert (await seen(till, transaction))["status"] == expected
    (listed,) = said(await till.call("GET", f"/transactions?status={expected}"), 200)["items"]
    assert listed["status"] == expected

    await provider_is_back(till)
    await wait(till, steps=3, seconds=61)

    (listed,) = said(await till.call("GET", "/transactions?status=declined"), 200)["items"]
    assert listed["status"] == "declined" == (await seen(till, transaction))["status"]
    assert said(await till.call("GET", "/transactions?status=needs_attention"), 200)["items"] == []
