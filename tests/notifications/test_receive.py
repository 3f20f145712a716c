"""Who may tell us something, what is kept of it, and that it is kept before it is acknowledged."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from fynlo.payments.providers.stripe import StripeEndpoint
from tests.payments.luck import by_hand
from tests.support.crash import Crash
from tests.support.provider import WEBHOOK_SECRET, signature
from tests.support.serve import serve_api
from tests.support.shop import card, refused, said

if TYPE_CHECKING:
    from tests.support.postman import Postman
    from tests.support.shop import Till

PAID: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "api_version": "2026-10-28.endive",
    "created": 1_772_625_600,
    "livemode": False,
    "type": "payment_intent.succeeded",
    "data": {
        "object": {
            "id": "pi_1",
            "object": "payment_intent",
            "amount": 1250,
            "amount_received": 1250,
            "currency": "gbp",
            "client_secret": "pi_1_secret_of_the_customer",
            "status": "succeeded",
            "metadata": {},
        }
    },
}


def altered(**fields: Any) -> dict[str, Any]:
    return PAID | fields


def about(**fields: Any) -> dict[str, Any]:
    return PAID | {"data": {"object": PAID["data"]["object"] | fields}}


async def test_what_is_signed_is_kept_once_and_acknowledged(postman: Postman) -> None:
    first = await postman.bring(PAID)
    again = await postman.bring(PAID)

    assert said(first, 200) == said(again, 200) == {"received": True}
    (row,) = await postman.till.shop.rows("select * from notifications")
    assert row["event_id"] == "evt_1"
    assert (row["type"], row["saying"]) == ("payment_intent.succeeded", "captured")
    assert (row["object_id"], row["reference"]) == ("pi_1", "pi_1")
    assert (row["amount_minor"], row["currency"]) == (1250, "GBP")
    assert (row["state"], row["attempts"]) == ("received", 0)
    assert row["due_at"] == row["received_at"] == postman.till.shop.wiring.clock.now()


async def test_of_a_snapshot_nothing_secret_is_kept(postman: Postman) -> None:
    said(await postman.bring(PAID), 200)

    assert "secret" not in str(await postman.till.shop.rows("select * from notifications"))


async def test_tr53_the_scheme_is_stripes_and_no_other(postman: Postman) -> None:
    payload = json.dumps(PAID).encode()
    plain = hmac.new(WEBHOOK_SECRET.encode(), payload, hashlib.sha256).hexdigest()
    good = signature(payload, postman.till.shop.wiring.clock.now())
    time, _, mac = good.partition(",v1=")
    forgeries: list[str | bytes] = [
        f"sha256={plain}",
        f"{time},v0={mac}",
        f"v1={mac}",
        f"{time},{time},v1={mac}",
        f"t=now,v1={mac}",
        f"{time},v1={mac[:-1]}",
        f"{time},v1=\u00e9".encode(),
        f"{time}",
        "",
    ]

    for header in forgeries:
        refused(await postman.post(payload, {"Stripe-Signature": header}), 400, "invalid-signature")
    refused(await postman.post(payload, {}), 400, "invalid-signature")
    assert await postman.inbox() == []
    said(await postman.post(payload, {"Stripe-Signature": f"{time},v1={'0' * 64},v1={mac}"}), 200)


async def test_a_changed_byte_or_another_secret_is_refused(postman: Postman) -> None:
    payload = json.dumps(PAID).encode()
    header = signature(payload, postman.till.shop.wiring.clock.now())

    changed = await postman.post(payload + b" ", {"Stripe-Signature": header})
    refused(changed, 400, "invalid-signature")
    refused(await postman.bring(PAID, secret="whsec_another"), 400, "invalid-signature")
    assert await postman.inbox() == []


@pytest.mark.parametrize("age", [301, -301, 86_400])
async def test_what_was_signed_at_another_time_is_stale(postman: Postman, age: int) -> None:
    refused(await postman.bring(PAID, age=age), 400, "stale-signature")
    assert await postman.inbox() == []


@pytest.mark.parametrize("age", [300, -300, 0])
async def test_clocks_may_differ_by_five_minutes(postman: Postman, age: int) -> None:
    said(await postman.bring(PAID, age=age), 200)


async def test_a_forgery_that_is_old_as_well_is_a_forgery(postman: Postman) -> None:
    refused(await postman.bring(PAID, age=301, secret="whsec_another"), 400, "invalid-signature")


async def test_while_a_secret_is_replaced_both_are_taken(postman: Postman) -> None:
    till = postman.till
    endpoint = StripeEndpoint(till.shop.merchant_id, ("whsec_new", WEBHOOK_SECRET), is_live=False)
    async with serve_api(replace(till.shop.wiring, endpoint=endpoint)) as url:
        for secret in ("whsec_new", WEBHOOK_SECRET):
            payload = json.dumps(altered(id=f"evt_{secret}")).encode()
            header = signature(payload, till.shop.wiring.clock.now(), secret)
            answer = await till.http.post(
                f"{url}/api/v1/webhooks/stripe",
                content=payload,
                headers={"Stripe-Signature": header},
            )
            said(answer, 200)


async def test_where_nobody_expects_notifications_none_is_taken(postman: Postman) -> None:
    till = postman.till
    async with serve_api(replace(till.shop.wiring, endpoint=None)) as url:
        payload = json.dumps(PAID).encode()
        header = signature(payload, till.shop.wiring.clock.now())
        answer = await till.http.post(
            f"{url}/api/v1/webhooks/stripe", content=payload, headers={"Stripe-Signature": header}
        )

    refused(answer, 400, "invalid-signature")
    assert await postman.inbox() == []


async def test_test_and_live_do_not_mix(postman: Postman) -> None:
    refused(await postman.bring(altered(livemode=True)), 400, "wrong-mode")
    assert await postman.inbox() == []


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"[]",
        b"{",
        b"null",
        b'{"id":"evt_1"}',
        json.dumps(altered(created=10**15)).encode(),
        json.dumps(altered(created="yesterday")).encode(),
        json.dumps(altered(livemode="no")).encode(),
        json.dumps(altered(data={"object": [1]})).encode(),
        json.dumps(about(amount_received="much")).encode(),
    ],
)
async def test_what_is_signed_and_no_event_is_refused(postman: Postman, nonsense: bytes) -> None:
    refused(await postman.bring(nonsense), 400, "invalid-request")
    assert await postman.inbox() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "customer.created", "data": {"object": {"id": "cus_1", "object": "customer"}}},
        {"type": "terminal.reader.action_succeeded", "data": {"object": {"id": "tmr_1"}}},
        {"type": "something.new", "data": {"object": {"no": "id"}}},
        {"type": "something.new", "data": {"object": 17}},
    ],
)
async def test_tr52_an_event_that_nobody_handles_is_kept_and_acknowledged(
    postman: Postman, fields: dict[str, Any]
) -> None:
    said(await postman.bring(altered(**fields)), 200)
    await postman.handle()

    assert await postman.inbox() == [(fields["type"], "processed", "not_needed")]


async def test_an_intent_that_only_took_a_key_concerns_nobody(postman: Postman) -> None:
    said(await postman.bring(about(metadata={"purpose": "spent_key"})), 200)

    assert await postman.inbox() == [("payment_intent.succeeded", "processed", "not_needed")]


async def test_a_hold_that_was_released_is_no_refund(postman: Postman) -> None:
    charge = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "currency": "gbp"}
    held = charge | {"captured": False, "amount": 500, "amount_refunded": 500}
    said(await postman.bring(altered(type="charge.refunded", data={"object": held})), 200)

    assert await postman.inbox() == [("charge.refunded", "processed", "not_needed")]


async def test_a_charge_names_its_payment_and_counts_what_went_back(postman: Postman) -> None:
    charge = {"id": "ch_1", "object": "charge", "payment_intent": "pi_7", "currency": "gbp"}
    back = charge | {"captured": True, "amount": 500, "amount_refunded": 200}
    said(await postman.bring(altered(type="charge.refunded", data={"object": back})), 200)

    (row,) = await postman.till.shop.rows("select * from notifications")
    assert (row["object_id"], row["reference"], row["amount_minor"]) == ("ch_1", "pi_7", 200)


@pytest.mark.parametrize("currency", ["xxx", "", None])
async def test_money_of_no_currency_of_ours_is_kept_without_an_amount(
    postman: Postman, currency: str | None
) -> None:
    said(await postman.bring(about(currency=currency)), 200)

    (row,) = await postman.till.shop.rows("select amount_minor, currency from notifications")
    assert tuple(row.values()) == (None, None)


async def test_tr57_what_could_not_be_stored_is_not_acknowledged(postman: Postman) -> None:
    shop = postman.till.shop
    async with shop.crashing_at_commit(1):
        with pytest.raises((Crash, Exception)):
            (await postman.bring(PAID)).raise_for_status()

    assert await postman.inbox() == []
    said(await postman.bring(PAID), 200)
    assert len(await postman.inbox()) == 1


async def test_tr55_the_tenant_is_the_endpoints_whatever_the_metadata_say(
    postman: Postman, till: Till
) -> None:
    async with till.shop.stranger() as theirs:
        marks = {"merchant_id": str(theirs.shop.merchant_id), "order_id": "anything"}
        said(await postman.bring(about(metadata=marks)), 200)

        assert await theirs.shop.rows("select * from notifications") == []
    assert len(await till.shop.rows("select * from notifications")) == 1


async def test_nobody_needs_a_token_to_be_the_provider(postman: Postman) -> None:
    order = await postman.till.order("meal")
    said(await postman.till.pay(order, card(1000)), 200)

    for event in await postman.waiting():
        said(await postman.bring(event), 200)
    assert [one[0] for one in await postman.inbox()] == [
        "charge.succeeded",
        "payment_intent.created",
        "payment_intent.succeeded",
    ]


async def test_tr58_everything_that_the_provider_has_to_tell_is_taken_and_handled(
    postman: Postman, till: Till
) -> None:
    """Every type of event that a payment or a refund leads to, in one inbox."""
    for method in ("pm_card_visa", "pm_card_pendingRefund"):
        order = await till.order("meal")
        said(await till.pay(order, card(400, method), card(600)), 200)
    order = await till.order("meal")
    said(await till.pay(order, card(400, "pm_card_chargeDeclined"), card(600)), 402)
    for intent in await till.shop.provider.intents():
        if intent["status"] == "succeeded":
            await by_hand(till, "refunds", payment_intent=intent["id"], amount=1)

    events = await postman.waiting()
    await postman.deliver()

    assert {one["type"] for one in events} >= {
        "charge.captured",
        "charge.failed",
        "charge.refunded",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "refund.created",
    }
    assert len(await postman.inbox()) == len(events)
    assert {state for _, state, _ in await postman.inbox()} == {"processed"}


async def test_tr56_the_same_event_again_and_another_of_the_same_change_nothing(
    postman: Postman, till: Till
) -> None:
    order = await till.order("meal")
    said(await till.pay(order, card(1000)), 200)
    await postman.deliver()
    before = await till.shop.everything()

    await postman.deliver()
    for event in await postman.waiting():
        said(await postman.bring({**event, "id": f"{event['id']}_again"}), 200)
    await postman.handle()

    assert await till.shop.everything() == before
