"""Vouchers, transfers and the like: references, a person's word, and cards that wait for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


def voucher(amount: int, reference: str = "V-17") -> dict[str, Any]:
    return {"method": "voucher", "amount": amount, "reference": reference}


def transfer(amount: int) -> dict[str, Any]:
    return {"method": "bank_transfer", "amount": amount}


async def vouch(till: Till, transaction: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Say that the money of every transfer has been seen."""
    seen = [one["id"] for one in transaction["payments"] if one["method"] == "bank_transfer"]
    path = f"/transactions/{transaction['id']}/confirm"
    answer = await till.call("POST", path, {"payment_ids": seen}, key=key)
    found: dict[str, Any] = said(answer, 200)["transaction"]
    return found


async def test_a_voucher_pays_and_is_booked_to_its_own_account(till: Till) -> None:
    order = await till.order("meal")

    answer = said(await till.pay(order, voucher(1000)), 200)["transaction"]

    assert answer["status"] == "completed"
    assert answer["payments"][0]["reference"] == "V-17"
    assert await till.balance("other:voucher") == 1000
    assert await till.balance("order_deposits") == 0


async def test_a_voucher_without_its_number_is_refused(till: Till) -> None:
    order = await till.order("meal")
    before = await till.shop.everything()

    refused(await till.pay(order, {"method": "voucher", "amount": 1000}), 422, "reference-required")

    assert await till.shop.everything() == before


async def test_a_voucher_pays_once_only(till: Till) -> None:
    said(await till.pay(await till.order("meal"), voucher(1000)), 200)
    other = await till.order("meal")
    before = await till.shop.everything()

    problem = refused(await till.pay(other, voucher(1000)), 409, "reference-already-used")

    assert problem["reference"] == "V-17"
    assert await till.shop.everything() == before


async def test_a_voucher_on_two_orders_at_once_pays_one(till: Till) -> None:
    orders = [await till.order("meal") for _ in range(6)]

    answers = await asyncio.gather(*(till.pay(order, voucher(1000)) for order in orders))

    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, 409, "reference-already-used")
    assert await till.balance("other:voucher") == 1000


async def test_one_voucher_twice_in_one_transaction_is_refused(till: Till) -> None:
    order = await till.order("meal")
    before = await till.shop.everything()

    refused(await till.pay(order, voucher(400), voucher(600)), 409, "reference-already-used")

    assert await till.shop.everything() == before


async def test_a_voucher_of_a_declined_transaction_can_be_used_again(till: Till) -> None:
    order = await till.order("meal")
    no = card(600, "pm_card_visa_chargeDeclined")
    refused(await till.pay(order, voucher(400), no), 402, "payment-declined")
    assert await till.shop.rows("select * from ledger_postings") == []

    said(await till.pay(order, voucher(400), card(600)), 200)

    assert await till.balance("other:voucher") == 400


async def test_a_transfer_waits_for_a_person_and_is_booked_then(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    waiting = said(await till.pay(order, transfer(1000)), 202)["transaction"]
    assert (waiting["status"], waiting["payments"][0]["status"]) == ("processing", "pending")
    assert (await till.look(order))["amount_reserved"] == 1000
    assert await till.shop.rows("select * from ledger_postings") == []

    done = await vouch(till, waiting, key)
    again = await vouch(till, waiting, key)

    assert done == again
    assert (done["status"], done["payments"][0]["status"]) == ("completed", "captured")
    assert await till.balance("other:bank_transfer") == 1000
    (tender,) = await till.shop.rows("select confirmed_by from tenders")
    assert tender["confirmed_by"] == till.shop.staff_id("manager")


async def test_vouching_twice_under_two_keys_books_once(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, transfer(1000)), 202)["transaction"]

    first, second = await vouch(till, waiting), await vouch(till, waiting)

    assert first == second
    assert await till.balance("other:bank_transfer") == 1000


async def test_cards_beside_a_transfer_are_held_until_a_person_has_seen_it(till: Till) -> None:
    await till.open_drawer(0)
    order = await till.order("meal")

    waiting = said(await till.pay(order, cash(100), card(600), transfer(300)), 202)["transaction"]
    assert await till.shop.provider.statuses() == ["requires_capture"]
    assert await till.shop.provider.received() == 0
    done = await vouch(till, waiting)

    assert done["status"] == "completed"
    assert await till.shop.provider.received() == 600
    assert await till.balance("order_deposits") == 0


async def test_a_key_that_confirmed_one_thing_confirms_no_other(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    waiting = said(await till.pay(order, transfer(1000)), 202)["transaction"]
    await vouch(till, waiting, key)
    before = await till.shop.everything()
    path = f"/transactions/{waiting['id']}/confirm"

    refused(await till.call("POST", path, {}, key=key), 422, "idempotency-key-reused")

    assert await till.shop.everything() == before


async def test_a_kitchen_hand_can_vouch_for_nothing(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, transfer(1000)), 202)["transaction"]
    seen = {"payment_ids": [waiting["payments"][0]["id"]]}
    before = await till.shop.everything()

    async with till.shop.till("kitchen") as kitchen:
        refused(
            await kitchen.call("POST", f"/transactions/{waiting['id']}/confirm", seen),
            403,
            "forbidden",
        )

    assert await till.shop.everything() == before
