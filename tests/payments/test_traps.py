"""Failures of an earlier version that must be impossible, each named after its row."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till

NOBODY = UUID(int=0)


async def test_tr23_apple_pay_takes_nothing_as_long_as_nobody_would_be_charged(till: Till) -> None:
    order = await till.order("meal")
    before = await till.shop.everything()

    refused(
        await till.pay(order, {"method": "apple_pay", "amount": 1000}), 422, "method-not-enabled"
    )

    assert await till.shop.everything() == before


async def test_tr24_the_amount_is_never_more_than_the_order_says(till: Till) -> None:
    order = await till.order("meal")
    before = await till.shop.everything()

    problem = refused(await till.pay(order, card(1001)), 422, "order-overpaid")

    assert problem["outstanding"] == 1000
    assert await till.shop.everything() == before
    assert await till.shop.provider.intents() == []


async def test_tr25_one_penny_does_not_pay_an_order(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")

    said(await till.pay(order, cash(1)), 200)

    found = await till.look(order)
    assert (found["payment_state"], found["amount_due"]) == ("partially_paid", 999)


@pytest.mark.parametrize(
    "amount", ["NaN", "Infinity", "true", '"1000"', "10.5", "-1", "0", "1e3", "null", "[]"]
)
async def test_tr26_only_a_whole_positive_number_is_an_amount(till: Till, amount: str) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    before = await till.shop.everything()
    body = f'{{"order_id":"{order["id"]}","payments":[{{"method":"cash","amount":{amount}}}]}}'

    response = await till.http.post(
        "/api/v1/transactions/process",
        content=body,
        headers={"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"},
    )

    refused(response, 400, "invalid-request")
    assert await till.shop.everything() == before


async def test_tr28_the_drawer_gets_what_was_tendered_less_the_change(till: Till) -> None:
    drawer = await till.open_drawer(10_000)
    order = await till.order("meal")

    said(await till.pay(order, cash(1000, tendered=5000)), 200)

    report = said(await till.call("GET", f"/drawers/sessions/{drawer['id']}/report"), 200)
    assert report["totals"]["tendered"] == 5000
    assert report["totals"]["change"] == 4000
    assert report["expected"] == 11_000


async def test_tr29_what_was_taken_is_refunded_and_never_called_cancelled(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=50, skip=1)

    said(await till.pay(order, card(400), card(600)), 202)
    await till.shop.provider.http.delete("/_sandbox/faults")
    for _ in range(4):
        await till.resolve()

    (transaction,) = await till.shop.rows("select status from transactions")
    intents = await till.shop.provider.intents()
    taken = sum(one["amount_received"] - one["amount_refunded"] for one in intents)
    assert taken == {"completed": 1000, "declined": 0}[transaction["status"]]
    assert await till.balance("card_clearing") == taken


async def test_tr30_two_tills_pay_one_order_once(till: Till) -> None:
    order = await till.order("meal")
    async with till.shop.till("cashier", register=2) as other:
        answers = await asyncio.gather(
            *(one.pay(order, card(1000)) for one in [till, other] * 10),
        )

    assert [answer.status_code for answer in answers].count(200) == 1
    assert await till.shop.provider.received() == 1000


@pytest.mark.parametrize("state", ["draft", "canceled", "paid"])
async def test_tr30_an_order_that_is_not_payable_takes_nothing(till: Till, state: str) -> None:
    await till.open_drawer()
    order = await till.order("meal", validated=state != "draft")
    if state == "canceled":
        said(await till.call("POST", f"/orders/{order['id']}/cancel", {"reason": "left"}), 200)
    if state == "paid":
        said(await till.pay(order, cash(1000)), 200)
    before = await till.shop.everything()

    refused(await till.pay(order, cash(1000)), 409, "order-not-payable")

    assert await till.shop.everything() == before


@pytest.mark.parametrize(
    "path",
    [
        "/transactions/process",
        f"/transactions/{NOBODY}/confirm",
        f"/transactions/{NOBODY}/cancel",
        f"/orders/{NOBODY}/cancel",
        "/drawers/sessions",
        f"/drawers/sessions/{NOBODY}/movements",
        f"/drawers/sessions/{NOBODY}/count",
        f"/drawers/sessions/{NOBODY}/close",
    ],
)
async def test_tr31_no_money_moves_without_a_key(till: Till, path: str) -> None:
    body = {
        "process": {"order_id": str(uuid4()), "payments": [cash(1)]},
        "confirm": {},
        "cancel": {"reason": "x"},
        "sessions": {"register_id": str(uuid4()), "opening_amount": 1},
        "movements": {"type": "loan", "amount": 1, "reason": "x"},
        "count": {"counted": 0},
        "close": {"left_in_drawer": 0, "deposit": 0},
    }[path.rsplit("/", 1)[-1]]
    before = await till.shop.everything()

    refused(await till.http.post(f"/api/v1{path}", json=body), 400, "idempotency-key-required")

    assert await till.shop.everything() == before


@pytest.mark.parametrize("commit", [1, 2, 3])
async def test_tr32_a_database_that_fails_after_the_charge_never_charges_again(
    till: Till, commit: int
) -> None:
    order, key = await till.order("meal"), str(uuid4())

    async with till.shop.crashing_at_commit(commit):
        await till.pay(order, card(1000), key=key)
    till.shop.advance(11)
    await till.resolve()
    answer = said(await till.pay(order, card(1000), key=key), 200)

    assert answer["transaction"]["status"] == "completed"
    assert len(await till.shop.provider.intents()) == 1
    assert await till.shop.provider.received() == 1000


async def test_tr33_while_an_answer_is_lost_nothing_is_sent_under_another_key(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    said(await till.pay(order, card(600)), 202)

    refused(await till.pay(order, card(600)), 422, "order-overpaid")
    await till.resolve()

    (intent,) = await till.shop.provider.intents()
    assert intent["amount_received"] == 600
    assert len(intent["idempotency_keys"]) == 1


async def test_tr34_a_payment_that_waits_for_the_bank_has_not_failed(till: Till) -> None:
    order = await till.order("meal")

    answer = said(await till.pay(order, card(1000, "pm_card_authenticationRequired")), 202)

    assert answer["transaction"]["status"] == "requires_action"
    assert answer["transaction"]["payments"][0]["status"] == "requires_action"


async def test_tr35_nobody_but_the_provider_can_say_that_a_card_has_paid(till: Till) -> None:
    order = await till.order("meal")
    asked = said(await till.pay(order, card(1000, "pm_card_authenticationRequired")), 202)
    transaction = asked["transaction"]

    again = said(await till.call("POST", f"/transactions/{transaction['id']}/confirm", {}), 202)
    assert again["transaction"]["status"] == "requires_action"
    vouched = {"payment_ids": [transaction["payments"][0]["id"]]}
    refused(
        await till.call("POST", f"/transactions/{transaction['id']}/confirm", vouched),
        404,
        "not-found",
    )

    assert (await till.look(order))["amount_paid"] == 0
