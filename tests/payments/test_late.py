"""What moves after the till was told, and what two clocks that differ make of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from fynlo.payments.resolve import resolve_due
from tests.payments.luck import by_hand, give_up, provider_is_back, seen, wait
from tests.support.clock import HandClock
from tests.support.crash import Crash
from tests.support.shop import card, cash, said

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till

DECLINED = "pm_card_visa_chargeDeclined"
SURPLUS = "surplus_held"


async def stuck(till: Till, order: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Decline two cards, of which one's hold cannot be given up now; returns that hold too."""
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=1000)
    declined = said(await till.pay(order, card(400, tip=50), card(600, DECLINED)), 402)
    reference: str = declined["transaction"]["payments"][0]["provider_reference"]
    return declined["transaction"], reference


async def booked(till: Till) -> list[tuple[str, str, str, int]]:
    rows = await till.shop.rows(
        "select recipe, debit_account, credit_account, amount_minor from ledger_postings"
        " where 'card_clearing' in (debit_account, credit_account) order by recipe desc"
    )
    return [tuple(row.values()) for row in rows]


TAKEN_AND_RETURNED = [
    ("surplus taken", "card_clearing", SURPLUS, 450),
    ("surplus returned", SURPLUS, "card_clearing", 450),
]


async def test_what_is_taken_after_the_till_was_told_that_nothing_was_is_surplus_and_goes_back(
    till: Till,
) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    declined, reference = await stuck(till, order)
    said(await till.pay(order, cash(1000)), 200)
    await provider_is_back(till)
    await by_hand(till, f"payment_intents/{reference}/capture")

    await wait(till, steps=3, seconds=61)

    assert await booked(till) == TAKEN_AND_RETURNED
    assert await till.shop.provider.received() == 0
    assert (await seen(till, declined))["payments"][0]["status"] == "refunded"
    (told,) = await till.shop.rows("select kind, tender_id, detail::text, state from exceptions")
    payment = UUID(declined["payments"][0]["id"])
    assert tuple(told.values()) == ("surplus", payment, '{"amount": 450}', "open")
    assert await till.balance("order_deposits") == 0


async def test_surplus_that_cannot_go_back_yet_is_held(till: Till) -> None:
    order = await till.order("meal")
    _, reference = await stuck(till, order)
    await provider_is_back(till)
    await by_hand(till, f"payment_intents/{reference}/capture")
    await till.shop.provider.fault("http_429", "/v1/refunds", times=1000)

    await wait(till, steps=3, seconds=61)
    assert await booked(till) == TAKEN_AND_RETURNED[:1]
    assert await till.balance(SURPLUS) == -450
    assert (await till.look(order))["amount_due"] == 1000

    await provider_is_back(till)
    await wait(till, steps=8, seconds=61)
    assert await booked(till) == TAKEN_AND_RETURNED


async def test_surplus_that_was_given_back_before_it_was_heard_of_is_booked_both_ways(
    till: Till,
) -> None:
    order = await till.order("meal")
    _, reference = await stuck(till, order)
    await provider_is_back(till)
    await by_hand(till, f"payment_intents/{reference}/capture")
    await by_hand(till, "refunds", payment_intent=reference)

    await wait(till, steps=3, seconds=61)

    assert await booked(till) == TAKEN_AND_RETURNED
    (told,) = await till.shop.rows("select kind from exceptions")
    assert told["kind"] == "surplus"


@pytest.mark.parametrize("number", [2, 3, 4])
async def test_the_answer_that_is_kept_says_declined_though_a_person_must_see_to_a_hold(
    till: Till, number: int
) -> None:
    order, key = await till.order("meal"), str(uuid4())
    payments = card(400), card(600, DECLINED)
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=1000)
    async with till.shop.crashing_at_commit(number):
        with suppress(Crash):
            await till.pay(order, *payments, key=key)
    await till.shop.ports().background.drain(5)
    await wait(till, steps=40, seconds=60)

    async with till.shop.till() as again:
        kept = said(await again.pay(order, *payments, key=key), 402)["transaction"]
        assert kept["status"] == "declined"
        assert (await seen(again, kept))["status"] == "needs_attention"
    await provider_is_back(till)
    await wait(till, steps=80, seconds=61)
    async with till.shop.till() as again:
        assert said(await again.pay(order, *payments, key=key), 402)["transaction"] == kept
        assert (await seen(again, kept))["status"] == "declined"


@pytest.mark.parametrize("behind", [200, 299, 301, 3600, 80_000])
async def test_a_charge_behind_a_500_is_found_by_a_worker_whose_clock_is_behind(
    shop: Shop, behind: int
) -> None:
    slow = HandClock()
    worker = replace(shop.wiring, clock=slow).payment_ports()
    shop.advance(behind)
    async with shop.till() as till:
        order = await till.order("meal")
        await shop.provider.fault("http_500_acted")
        lost = said(await till.pay(order, card(1000)), 202)["transaction"]

    slow.advance(behind - 1)  # What is due is due by the fast clock; the call is a second old.
    await shop.provider.http.post("/_sandbox/clock", json={"advance_seconds": behind})
    for _ in range(6):
        slow.advance(10)
        shop.advance(10)
        await resolve_due(worker)

    async with shop.till() as till:
        assert (await seen(till, lost))["status"] == "completed"
    assert await shop.provider.received() == 1000


@pytest.mark.parametrize("is_wanted", [True, False])
async def test_an_intent_that_nobody_confirmed_is_given_up(till: Till, *, is_wanted: bool) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]
    (operation,) = await till.shop.rows("select id from operations")
    metadata = {"metadata[operation_id]": str(operation["id"])}
    await by_hand(till, "payment_intents", amount=1000, currency="gbp", **metadata)

    if not is_wanted:
        await give_up(till, lost)
    await wait(till, steps=12, seconds=61)

    found = await seen(till, lost)
    assert found["status"] == ("declined" if is_wanted else "canceled")
    assert found["payments"][0]["decline"]["code"] == "not_carried_out"
    assert await till.shop.provider.statuses() == ["canceled"]
    assert (await till.look(order))["amount_due"] == 1000


async def test_history_is_in_the_order_of_its_happening_whatever_the_clocks(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    till.shop.advance(10)
    said(await till.pay(order, cash(400)), 200)
    till.shop.advance(-8)
    said(await till.pay(order, cash(600)), 200)

    found = await till.look(order)

    moves = [(one["from"], one["to"]) for one in found["history"]]
    assert moves[-2:] == [("validated", "partially_paid"), ("partially_paid", "paid")]
    (row,) = await till.shop.rows("select updated_at - created_at as age from orders")
    assert row["age"] == timedelta(seconds=10)


async def test_change_is_told_of_what_is_completed_only(till: Till) -> None:
    await till.open_drawer()
    notes = cash(500, tendered=2000)
    waiting = said(await till.pay(await till.order("meal"), notes, transfer()), 202)["transaction"]
    declined = said(await till.pay(await till.order("meal"), notes, card(500, DECLINED)), 402)
    given_up = said(await give_up(till, waiting), 200)["transaction"]
    order = await till.order("meal")
    completed = said(await till.pay(order, notes, card(500)), 200)["transaction"]

    shown = [waiting, declined["transaction"], given_up, completed]

    assert [one["payments"][0].get("change") for one in shown] == [None, None, None, 1500]
    assert [one["change_amount"] for one in shown] == [0, 0, 0, 1500]
    assert [one["cash_to_return"] for one in shown] == [0, 2000, 2000, 0]
    events = await till.shop.rows(
        "select type as name, (payload->>'change_amount')::int as change from outbox"
        " where type like 'transaction.%' order by type"
    )
    changes = {one["name"]: one["change"] for one in events}
    assert changes == {"transaction.completed": 1500, "transaction.declined": 0}


def transfer() -> dict[str, Any]:
    return {"method": "bank_transfer", "amount": 500}


async def test_how_a_customer_goes_on_is_told_where_they_pay_only(till: Till) -> None:
    order = await till.order("meal")
    asks = card(1000, "pm_card_authenticationRequired")
    waiting = said(await till.pay(order, asks), 202)["transaction"]
    elsewhere = "update staff set location_ids = '{}' where id = $1 returning id"
    await till.shop.rows(elsewhere, till.shop.staff_id("colleague"))

    async with till.shop.till("colleague") as colleague, till.shop.till("cashier") as cashier:
        from_there = (await seen(colleague, waiting))["payments"][0]["next_action"]
        from_here = (await seen(cashier, waiting))["payments"][0]["next_action"]

    assert set(from_there) == {"type"}
    assert set(from_here) == {"type", "client_secret", "redirect_url"}


async def test_a_blank_reference_is_none(till: Till) -> None:
    rule = (
        "update payment_methods set requires_reference = false where code = 'voucher' returning id"
    )
    assert await till.shop.rows(rule)
    voucher = {"method": "voucher", "amount": 1, "reference": "  "}

    paid = [said(await till.pay(await till.order("penny"), voucher), 200) for _ in range(2)]

    references = [one["transaction"]["payments"][0]["reference"] for one in paid]
    assert references == [None, None]


async def test_a_charge_behind_a_500_is_not_called_declined_by_a_record_that_lags(
    till: Till,
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500_acted")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]
    await till.shop.provider.fault("stale_read", method="GET", times=2)  # A list, and the payment.

    await wait(till, steps=1, seconds=2)

    assert (await seen(till, lost))["status"] == "checking"
    assert (await till.look(order))["amount_reserved"] == 1000
    await wait(till, steps=3, seconds=10)
    assert (await seen(till, lost))["status"] == "completed"
    assert await till.shop.provider.received() == 1000
