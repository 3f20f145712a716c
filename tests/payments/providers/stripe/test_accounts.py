"""Whose account is asked, for what exactly, and what of it is never shown to anybody."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
import stripe
from structlog.testing import capture_logs

from fynlo.kernel.ids import MerchantId, OperationId
from fynlo.kernel.money import Money, currency
from fynlo.payments.model.outcomes import AnswerLost, Approved, Declined, Standing
from fynlo.payments.providers.port import Instruction
from fynlo.payments.providers.stripe import StripeAccounts, parameters
from tests.payments.providers.stripe.script import (
    KEY,
    MERCHANT,
    Answer,
    account_at,
    cards_at,
    scripted,
)
from tests.payments.providers.stripe.told import TOLD, intent_json, refund_json, told

if TYPE_CHECKING:
    from tests.support.provider import Provider

NOBODY: Final = MerchantId(UUID(int=99))
PAID: Final = Answer(200, intent_json("succeeded"))
METADATA: Final = {
    "merchant_id": str(UUID(int=1)),
    "order_id": str(UUID(int=2)),
    "transaction_id": str(UUID(int=3)),
    "payment_id": str(UUID(int=4)),
    "operation_id": str(UUID(int=5)),
    "staff_id": str(UUID(int=6)),
    "environment": "test",
}


def sent(prefix: str, values: dict[str, str]) -> dict[str, str]:
    """Write a dictionary as a form does."""
    return {f"{prefix}[{key}]": value for key, value in values.items()}


@pytest.mark.parametrize(
    ("secret_key", "merchant_id"),
    [(None, MERCHANT), ("sk_test_" + MERCHANT.hex, None), (None, None)],
)
async def test_without_a_key_or_a_merchant_nobody_has_cards(
    secret_key: str | None, merchant_id: MerchantId | None
) -> None:
    accounts = StripeAccounts(
        secret_key, api_base="http://127.0.0.1:1", merchant_id=merchant_id, return_url=""
    )

    assert accounts.of(MERCHANT) is None
    await accounts.close()


async def test_an_account_is_its_merchants_and_nobody_elses() -> None:
    async with account_at("http://127.0.0.1:1") as accounts:
        cards = accounts.of(MERCHANT)

        assert cards is not None
        assert cards.name == "stripe"
        assert accounts.of(MERCHANT) is cards
        assert accounts.of(NOBODY) is None


@pytest.mark.parametrize(("method", "capture"), [("charge", "automatic"), ("authorize", "manual")])
async def test_a_card_is_charged_with_exactly_these_words(method: str, capture: str) -> None:
    async with scripted(PAID) as (cards, script):
        assert await getattr(cards, method)(TOLD) == Approved("pi_1", Standing.CAPTURED, 1000)

    (call,) = script.requests
    assert dict(parse_qsl(call.body)) == {
        "allowed_payment_method_types[0]": "card",
        "amount": "1000",
        "capture_method": capture,
        "confirm": "true",
        "currency": "gbp",
        "description": "Order 7",
        "expand[0]": "latest_charge",
        "payment_method": "pm_card_visa",
        "return_url": "http://127.0.0.1/pay/return",
        **sent("metadata", METADATA),
    }
    assert call.headers["Idempotency-Key"] == "fynlo-1-5"
    assert call.headers["Authorization"] == f"Bearer sk_test_{MERCHANT.hex}"


async def test_a_key_is_burned_with_an_intent_that_nobody_can_confirm() -> None:
    canceled = Answer(200, intent_json("canceled"))
    async with scripted(Answer(200, intent_json("requires_payment_method")), canceled) as made:
        cards, script = made
        await cards.burn(TOLD)

    create, cancel = script.requests
    assert dict(parse_qsl(create.body)) == {
        "allowed_payment_method_types[0]": "card",
        "amount": "1000",
        "currency": "gbp",
        **sent("metadata", METADATA | {"purpose": "spent_key"}),
    }
    assert create.headers["Idempotency-Key"] == "fynlo-1-5"
    assert cancel.headers["Idempotency-Key"] != "fynlo-1-5"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("capture", "/v1/payment_intents/pi_1/capture", {"expand[0]": "latest_charge"}),
        (
            "void",
            "/v1/payment_intents/pi_1/cancel",
            {"cancellation_reason": "requested_by_customer", "expand[0]": "latest_charge"},
        ),
        ("refund", "/v1/refunds", {"payment_intent": "pi_1", **sent("metadata", METADATA)}),
    ],
)
async def test_what_follows_names_the_intent_and_has_the_operations_key(
    method: str, path: str, body: dict[str, str]
) -> None:
    async with scripted(PAID) as (cards, script):
        await getattr(cards, method)(replace(TOLD, reference="pi_1"))

    (call,) = script.requests
    assert (call.path, dict(parse_qsl(call.body))) == (path, body)
    assert call.headers["Idempotency-Key"] == "fynlo-1-5"


@pytest.mark.parametrize("method", ["capture", "void", "refund"])
async def test_what_names_no_intent_is_our_bug_and_nothing_is_sent(method: str) -> None:
    async with scripted(PAID) as (cards, script):
        with pytest.raises(AssertionError):
            await getattr(cards, method)(told())

    assert script.calls == []


@pytest.mark.parametrize("changed", ["reference", "is_repeat", "first_sent_at"])
def test_the_same_instruction_is_sent_in_the_same_words(changed: str) -> None:
    values: dict[str, Any] = {
        "reference": "pi_1",
        "is_repeat": True,
        "first_sent_at": TOLD.first_sent_at + timedelta(hours=1),
    }
    again = replace(TOLD, **{changed: values[changed]})
    way: Any = {"capture_method": "automatic", "return_url": "r", "environment": "test"}

    assert parameters.create(again, **way) == parameters.create(TOLD, **way)
    assert parameters.spent_key(again, "test") == parameters.spent_key(TOLD, "test")


def test_an_instruction_holds_nothing_personal() -> None:
    assert {field.name for field in fields(Instruction)} == {
        *("merchant_id", "order_id", "transaction_id", "tender_id", "operation_id", "staff_id"),
        *("key", "amount", "tip", "order_number", "payment_method_ref", "reference"),
        *("first_sent_at", "age", "is_repeat", "drawer_session_id", "return_url", "account"),
        "reads_back",
    }


@pytest.mark.parametrize(("kind", "environment"), [("live", "live"), ("test", "test")])
async def test_live_money_is_told_from_test_money(kind: str, environment: str) -> None:
    async with scripted(PAID, key=f"sk_{kind}_nobodys") as (cards, script):
        await cards.charge(told())

    assert f"metadata[environment]={environment}" in script.requests[0].body


@pytest.mark.parametrize(("code", "minor", "count"), [("ISK", 5, "500"), ("MGA", 700, "7")])
async def test_the_wire_carries_stripes_count_of_the_amount(
    code: str, minor: int, count: str
) -> None:
    amount = Money(minor, currency(code))
    paid = intent_json("succeeded", currency=code.lower(), amount_received=int(count))
    async with scripted(Answer(200, paid)) as (cards, script):
        found = await cards.charge(told(amount=amount))

    assert found == Approved("pi_1", Standing.CAPTURED, minor)
    assert dict(parse_qsl(script.requests[0].body))["amount"] == count


async def test_an_amount_that_stripe_cannot_express_is_never_sent() -> None:
    amount = Money(5124, currency("KWD"))
    async with scripted(PAID) as (cards, script):
        assert cards.fits(Money(5120, amount.currency)) is True
        assert cards.fits(amount) is False
        assert cards.minimum(amount.currency) == 10
        for method in (cards.charge, cards.authorize, cards.burn):
            with pytest.raises(AssertionError):
                await method(told(amount=amount))

    assert script.calls == []


async def test_a_refund_that_went_through_has_returned_the_money() -> None:
    async with scripted(Answer(200, refund_json("succeeded"))) as (cards, _):
        found = await cards.refund(told(reference="pi_1"))

    assert found == Approved("pi_1", Standing.RETURNED, 1000)


async def test_a_key_that_stripe_does_not_know_declines_only_the_first_sending(
    provider: Provider,
) -> None:
    unseen = AnswerLost("the card provider refused our account")
    async with account_at(provider.url, key="sk_test_!") as accounts:
        cards = accounts.of(MERCHANT)
        assert cards is not None

        assert await cards.charge(told()) == Declined(
            None, "provider_credentials", "The card provider refused our account."
        )
        assert await cards.charge(told(is_repeat=True)) == unseen
        assert await cards.capture(told(reference="pi_1")) == unseen
        assert await cards.find(told()) == AnswerLost("HTTP 401")
        assert await cards.burn(told()) == AnswerLost("HTTP 401")

    assert await provider.intents() == []


@pytest.mark.parametrize(
    "method",
    [
        *("pm_card_visa", "pm_card_authenticationRequired", "pm_card_visa_chargeDeclined"),
        *("pm_card_nobodys",),
    ],
)
@pytest.mark.parametrize("key", [KEY, f"sk_test_!{MERCHANT.hex}"], ids=["our key", "a bad key"])
async def test_no_secret_is_in_what_is_logged_stored_or_shown(
    provider: Provider, caplog: pytest.LogCaptureFixture, method: str, key: str
) -> None:
    caplog.set_level(logging.INFO)
    asked = told(payment_method_ref=method)
    with capture_logs() as logs:
        async with account_at(provider.url, key=key) as accounts:
            cards = accounts.of(MERCHANT)
            assert cards is not None
            found = [await cards.charge(asked), await cards.find(asked), await cards.burn(told())]

    shown = repr((accounts, cards, asked, found, logs)) + caplog.text
    assert MERCHANT.hex not in shown
    assert "_secret_" not in shown
    assert bool(logs) is (key != KEY)


def test_the_sdk_tells_stripe_nothing_about_this_machine() -> None:
    assert stripe.enable_telemetry is False


async def test_the_sdk_logs_no_line_of_its_own_for_a_payment(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with cards_at(provider.url) as cards:
        await cards.charge(told())
        await cards.charge(told(payment_method_ref="pm_card_visa_chargeDeclined"))

    assert "stripe" not in {record.name for record in caplog.records}
    assert "Your card was declined." not in caplog.text


async def test_tr50_two_merchants_at_once_are_charged_each_with_their_own_key(
    provider: Provider,
) -> None:
    keys = [f"sk_test_{UUID(int=number).hex}" for number in (1, 2)]
    async with account_at(provider.url, keys[0]) as one, account_at(provider.url, keys[1]) as two:
        mine, theirs = one.of(MERCHANT), two.of(MERCHANT)
        assert mine is not None
        assert theirs is not None
        told_twenty = [
            replace(TOLD, operation_id=OperationId(UUID(int=100 + n)), key=f"a key of number {n}")
            for n in range(20)
        ]
        await asyncio.gather(
            *(
                (mine if number % 2 else theirs).charge(one)
                for number, one in enumerate(told_twenty)
            )
        )

    for parity, key in ((1, keys[0]), (0, keys[1])):
        listed = await provider.http.get(
            "/v1/payment_intents?limit=100", headers={"Authorization": f"Bearer {key}"}
        )
        found = {int(UUID(i["metadata"]["operation_id"])) - 100 for i in listed.json()["data"]}
        assert found == {number for number in range(20) if number % 2 == parity}
