"""Giving a transaction up: the answer is what really became of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till

ASKS = "pm_card_authenticationRequired"


async def give_up(
    till: Till, transaction: dict[str, Any], key: str | None = None
) -> httpx.Response:
    path = f"/transactions/{transaction['id']}/cancel"
    return await till.call("POST", path, {"reason": "the customer left"}, key=key)


async def test_a_payment_that_waits_for_the_bank_is_given_up(till: Till) -> None:
    await till.open_drawer(0)
    order = await till.order("meal")
    waiting = said(await till.pay(order, cash(200), card(800, ASKS)), 202)["transaction"]

    gone = said(await give_up(till, waiting), 200)["transaction"]

    assert (gone["status"], gone["cash_to_return"]) == ("canceled", 200)
    assert [one["status"] for one in gone["payments"]] == ["voided", "voided"]
    assert await till.shop.provider.statuses() == ["canceled"]
    assert (await till.look(order))["amount_due"] == 1000
    assert await till.shop.rows("select * from ledger_postings") == []
    (kept,) = await till.shop.rows("select cancel_reason from transactions")
    assert kept["cancel_reason"] == "the customer left"


async def test_what_was_paid_meanwhile_is_paid(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    await till.shop.provider.answer(waiting["payments"][0]["provider_reference"], "succeed")

    truth = said(await give_up(till, waiting), 200)["transaction"]

    assert truth["status"] == "completed"
    assert await till.balance("card_clearing") == 1000
    assert (await till.look(order))["payment_state"] == "paid"


@pytest.mark.parametrize("times", ["again", "at once"])
async def test_giving_up_twice_under_one_key_is_giving_up_once(till: Till, times: str) -> None:
    order, key = await till.order("meal"), str(uuid4())
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]

    if times == "again":
        answers = [await give_up(till, waiting, key) for _ in range(2)]
    else:
        answers = await asyncio.gather(*(give_up(till, waiting, key) for _ in range(8)))

    assert {answer.status_code for answer in answers} <= {200, 202}
    last = said(await give_up(till, waiting, key), 200)
    assert last["transaction"]["status"] == "canceled"
    assert await till.shop.provider.statuses() == ["canceled"]


async def test_what_is_decided_stays_as_it_is(till: Till) -> None:
    await till.open_drawer()
    paid = said(await till.pay(await till.order("meal"), cash(1000)), 200)["transaction"]
    order = await till.order("meal")
    no = await till.pay(order, card(1000, "pm_card_visa_chargeDeclined"))
    declined = refused(no, 402, "payment-declined")["transaction"]

    assert said(await give_up(till, paid), 200)["transaction"]["status"] == "completed"
    problem = refused(await give_up(till, declined), 402, "payment-declined")

    assert problem["transaction"]["status"] == "declined"
    assert await till.balance("sales") == -(1000 - 167)


async def test_a_lost_charge_that_nobody_wants_any_more_is_never_taken(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]
    assert lost["status"] == "checking"

    gone = said(await give_up(till, lost), 200)["transaction"]

    assert gone["status"] == "canceled"
    assert await till.shop.provider.received() == 0
    (operation,) = await till.shop.rows("select state from operations")
    assert operation["state"] == "burned"
    assert (await till.look(order))["amount_due"] == 1000


async def test_a_lost_charge_that_was_taken_is_found_when_it_is_given_up(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]

    truth = said(await give_up(till, lost), 200)["transaction"]

    assert truth["status"] == "completed"
    assert await till.shop.provider.received() == 1000
    assert await till.balance("card_clearing") == 1000


async def test_what_could_not_be_given_up_now_is_given_up_later(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    await till.shop.provider.fault("connection_reset", "/v1/payment_intents/")

    said(await give_up(till, waiting, key), 202)
    assert (await till.look(order))["amount_reserved"] == 1000
    await till.resolve()

    assert said(await give_up(till, waiting, key), 200)["transaction"]["status"] == "canceled"
    assert await till.shop.provider.statuses() == ["canceled"]


@pytest.mark.parametrize("commit", [1, 2, 3])
async def test_a_crash_at_any_commit_is_healed_by_giving_up_again(till: Till, commit: int) -> None:
    order, key = await till.order("meal"), str(uuid4())
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]

    async with till.shop.crashing_at_commit(commit):
        await give_up(till, waiting, key)
    till.shop.advance(11)
    gone = said(await give_up(till, waiting, key), 200)["transaction"]

    assert gone["status"] == "canceled"
    assert await till.shop.provider.statuses() == ["canceled"]


async def test_there_is_nothing_to_give_up_where_there_is_no_transaction(till: Till) -> None:
    before = await till.shop.everything()

    refused(await give_up(till, {"id": str(uuid4())}), 404, "not-found")

    assert await till.shop.everything() == before


async def test_a_kitchen_hand_gives_nothing_up(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    before = await till.shop.everything()

    async with till.shop.till("kitchen") as kitchen:
        refused(await give_up(kitchen, waiting), 403, "forbidden")

    assert await till.shop.everything() == before
