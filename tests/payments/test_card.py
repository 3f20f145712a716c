"""Card sales over the real API, the official SDK, and the sandbox."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fynlo.payments.ports import Patience
from fynlo.payments.providers.stripe.accounts import CallLimits
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def test_a_card_pays_an_order(till: Till) -> None:
    order = await till.order("meal")

    answer = said(await till.pay(order, card(1000, tip=100)), 200)["transaction"]

    assert answer["status"] == "completed"
    assert answer["payments"][0]["card"] == {"brand": "visa", "last4": "4242", "wallet": None}
    assert await till.shop.provider.received() == 1100
    assert await till.balance("card_clearing") == 1100
    assert await till.balance("tips_payable") == -100


async def test_tr22_a_card_that_needs_3d_secure_is_not_paid_before_it_is(till: Till) -> None:
    order = await till.order("meal")

    asked = said(await till.pay(order, card(1000, "pm_card_authenticationRequired")), 202)
    transaction = asked["transaction"]
    assert transaction["status"] == "requires_action"
    action = transaction["payments"][0]["next_action"]
    assert action["type"] == "redirect_to_url"
    assert action["client_secret"].startswith("pi_")
    assert (await till.look(order))["amount_reserved"] == 1000
    assert await till.balance("card_clearing") == 0

    intent = transaction["payments"][0]["provider_reference"]
    await till.shop.provider.answer(intent, "succeed")
    done = said(await till.call("POST", f"/transactions/{transaction['id']}/confirm", {}), 200)

    assert done["transaction"]["status"] == "completed"
    assert (await till.look(order))["payment_state"] == "paid"
    assert await till.balance("card_clearing") == 1000


async def test_cash_card_and_a_declined_card_take_nothing_and_the_order_stays_payable(
    till: Till,
) -> None:
    await till.open_drawer(0)
    order = await till.order("meal")
    declined = "pm_card_visa_chargeDeclined"

    problem = refused(
        await till.pay(order, cash(100), card(200), card(700, declined)), 402, "payment-declined"
    )

    transaction = problem["transaction"]
    assert transaction["status"] == "declined"
    assert transaction["cash_to_return"] == 100
    assert [one["status"] for one in transaction["payments"]] == ["voided", "voided", "declined"]
    assert await till.shop.rows("select * from ledger_postings") == []
    assert await till.shop.provider.statuses() == ["canceled", "canceled"]
    unpaid = await till.look(order)
    assert (unpaid["state"], unpaid["amount_due"], unpaid["amount_reserved"]) == (
        "validated",
        1000,
        0,
    )

    said(await till.pay(order, card(1000)), 200)
    assert await till.shop.provider.received() == 1000


async def test_u01_a_lost_answer_is_checking_and_is_found_and_charged_once(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")

    lost = said(await till.pay(order, card(1000)), 202)["transaction"]
    assert lost["status"] == "checking"
    assert lost["payments"][0]["status"] == "unknown"
    refused(await till.pay(order, card(1000)), 422, "order-overpaid")
    assert await till.balance("card_clearing") == 0

    await till.resolve()

    found = said(await till.call("GET", f"/transactions/{lost['id']}"), 200)["transaction"]
    assert found["status"] == "completed"
    assert await till.shop.provider.received() == 1000
    assert await till.balance("card_clearing") == 1000


@pytest.mark.parametrize("patience", [Patience(answer_seconds=120)])
@pytest.mark.parametrize("limits", [CallLimits(connect_seconds=20, call_seconds=20)])
async def test_the_same_key_fifty_times_at_once_charges_once(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())

    answers = await asyncio.gather(*(till.pay(order, card(1000), key=key) for _ in range(50)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert await till.shop.provider.received() == 1000
    assert len(await till.shop.provider.intents()) == 1
    assert len(await till.shop.rows("select * from transactions")) == 1


@pytest.mark.parametrize("patience", [Patience(answer_seconds=120)])  # Nobody is told 202.
async def test_two_hundred_keys_at_once_for_one_order_charge_once(till: Till) -> None:
    order = await till.order("meal")

    answers = await asyncio.gather(*(till.pay(order, card(1000)) for _ in range(200)))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1
    assert set(statuses) == {200, 422, 409}
    assert await till.shop.provider.received() == 1000
    assert len(await till.shop.provider.intents()) == 1


@pytest.mark.parametrize("commit", [1, 2])
async def test_a_crash_at_any_commit_is_healed_by_asking_again(till: Till, commit: int) -> None:
    order, key = await till.order("meal"), str(uuid4())

    async with till.shop.crashing_at_commit(commit):
        await till.pay(order, card(1000), key=key)
    till.shop.advance(11)
    answer = said(await till.pay(order, card(1000), key=key), 200)

    assert answer["transaction"]["status"] == "completed"
    assert await till.shop.provider.received() == 1000
    assert await till.balance("card_clearing") == 1000
