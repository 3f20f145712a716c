"""Bad luck with the provider: whatever was lost, refused or late, it ends, and it ends right."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.payments.providers.stripe import StripeAccounts
from fynlo.payments.providers.stripe.accounts import CallLimits
from fynlo.payments.resolve import BATCH_MAX, resolve_due
from tests.support.shop import card, cash, said

if TYPE_CHECKING:
    from fynlo.payments.ports import PaymentPorts
    from tests.support.shop import Till

ASKS = "pm_card_authenticationRequired"
TRANSFER = {"method": "bank_transfer", "amount": 100}


async def give_up(till: Till, transaction: dict[str, Any]) -> Any:
    path = f"/transactions/{transaction['id']}/cancel"
    return await till.call("POST", path, {"reason": "The customer left."})


async def seen(till: Till, transaction: dict[str, Any]) -> dict[str, Any]:
    answer = said(await till.call("GET", f"/transactions/{transaction['id']}"), 200)
    found: dict[str, Any] = answer["transaction"]
    return found


async def wait(till: Till, *, steps: int, seconds: int, ports: PaymentPorts | None = None) -> None:
    """Let time pass, and the resolver look every now and then."""
    for _ in range(steps):
        till.shop.advance(seconds)
        await resolve_due(ports or till.shop.ports())


async def by_hand(till: Till, path: str, **form: object) -> None:
    """Do what the owner can do in the provider's dashboard."""
    response = await till.shop.provider.http.post(
        f"/v1/{path}",
        data=form,
        headers={"Authorization": f"Bearer sk_test_{till.shop.merchant_id.hex}"},
    )
    assert response.status_code == 200, response.text


async def provider_is_back(till: Till) -> None:
    await till.shop.provider.http.delete("/_sandbox/faults")


def elsewhere(
    till: Till, key: str, return_url: str = "http://127.0.0.1/pay/return"
) -> PaymentPorts:
    """Return ports after a restart with another configuration."""
    cards = StripeAccounts(
        key,
        api_base=till.shop.provider.url,
        merchant_id=till.shop.merchant_id,
        return_url=return_url,
        limits=CallLimits(connect_seconds=1, call_seconds=1),
    )
    return replace(till.shop.wiring, cards=cards).payment_ports()


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


async def test_what_was_lost_and_refunded_by_hand_is_booked_as_taken_and_returned(
    till: Till,
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]
    (intent,) = await till.shop.provider.intents()
    await by_hand(till, "refunds", payment_intent=intent["id"])

    await give_up(till, lost)
    await till.resolve()

    postings = await till.shop.rows("select recipe, amount_minor from ledger_postings order by 1")
    assert [tuple(one.values()) for one in postings] == [
        ("card returned", 1000),
        ("card taken", 1000),
    ]
    assert await till.balance("card_clearing") == 0 == await till.balance("order_deposits")
    assert (await till.look(order))["amount_due"] == 1000


async def test_a_wanted_charge_that_is_found_refunded_ends_at_once(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500_acted")
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]
    (intent,) = await till.shop.provider.intents()
    await by_hand(till, "refunds", payment_intent=intent["id"])

    await till.resolve(3)

    found = await seen(till, lost)
    assert (found["status"], found["payments"][0]["status"]) == ("declined", "refunded")
    assert (await till.look(order))["amount_due"] == 1000


async def test_a_look_at_a_completed_sale_does_not_undo_it(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    reference = waiting["payments"][0]["provider_reference"]
    await till.shop.provider.answer(reference, "succeed")
    assert said(await give_up(till, waiting), 200)["transaction"]["status"] == "completed"
    await by_hand(till, "refunds", payment_intent=reference)

    again = said(await till.call("POST", f"/transactions/{waiting['id']}/confirm", {}), 200)

    assert again["transaction"]["payments"][0]["status"] == "captured"
    assert await till.balance("card_clearing") == 1000


async def test_a_refund_by_hand_that_is_seen_while_giving_up_is_told_to_a_person(
    till: Till,
) -> None:
    """The process dies while it gives up; the customer pays, the owner refunds; then one looks."""
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    reference = waiting["payments"][0]["provider_reference"]
    await till.shop.provider.fault("connection_reset", "/v1/payment_intents/")
    async with till.shop.crashing_at_commit(2):
        await give_up(till, waiting)
    await till.shop.provider.answer(reference, "succeed")
    done = said(await till.call("POST", f"/transactions/{waiting['id']}/confirm", {}), 200)
    assert done["transaction"]["status"] == "completed"
    await by_hand(till, "refunds", payment_intent=reference)

    await wait(till, steps=3, seconds=61)

    (exception,) = await till.shop.rows("select kind, state, detail::text from exceptions")
    assert (exception["kind"], exception["state"]) == ("returned_outside", "open")
    assert waiting["payments"][0]["id"] in exception["detail"]
    assert (await seen(till, waiting))["status"] == "completed"


async def asked(till: Till, kind: str) -> None:
    """Wait until a call of this kind was journaled: it is with the provider then."""
    for _ in range(1000):
        if await till.shop.rows("select from commands where kind = $1", kind):
            return
    raise AssertionError(kind)


async def test_a_confirmation_that_meets_a_cancellation_says_what_became_of_it(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(400, ASKS), card(600)), 202)["transaction"]
    reference = waiting["payments"][0]["provider_reference"]
    await till.shop.provider.answer(reference, "succeed")
    await till.shop.provider.fault(
        "slow", f"/v1/payment_intents/{reference}", method="GET", delay_ms=600
    )
    path = f"/transactions/{waiting['id']}"

    looking = asyncio.create_task(till.call("POST", f"{path}/confirm", {}))
    await asked(till, "transactions.confirm")
    gone = said(await give_up(till, waiting), 200)["transaction"]
    told = said(await looking, 200)["transaction"]
    await wait(till, steps=3, seconds=61)

    assert (gone["status"], told["status"]) == ("canceled", "canceled")
    assert await till.shop.provider.statuses() == ["canceled", "canceled"]
    assert [one["status"] for one in (await seen(till, waiting))["payments"]] == ["voided"] * 2


async def test_cash_beside_a_charge_that_failed_with_500_does_not_keep_the_drawer_open(
    till: Till,
) -> None:
    drawer = await till.open_drawer(0)
    order = await till.order("meal")
    await till.shop.provider.fault("http_500")
    lost = said(await till.pay(order, cash(200), card(800)), 202)["transaction"]

    await give_up(till, lost)
    await wait(till, steps=3, seconds=61)

    assert (await seen(till, lost))["cash_to_return"] == 200
    (session,) = await till.shop.rows(
        "select held_minor, balance_minor from drawer_sessions where id = $1::uuid", drawer["id"]
    )
    assert (session["held_minor"], session["balance_minor"]) == (0, 0)


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
