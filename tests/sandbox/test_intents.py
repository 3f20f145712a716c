"""Payment intents in every state: what each call may do there, and what it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.sandbox.bench import error

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from tests.sandbox.bench import Bench

STATES = (
    *("requires_payment_method", "requires_confirmation", "requires_action"),
    *("requires_capture", "succeeded", "canceled"),
)
ALLOWED = {
    "update": {"requires_payment_method", "requires_confirmation", "requires_action"},
    "confirm": {"requires_payment_method", "requires_confirmation"},
    "capture": {"requires_capture"},
    "cancel": set(STATES) - {"succeeded", "canceled"},
}
AFTER = {"confirm": "succeeded", "capture": "succeeded", "cancel": "canceled"}
WORDS = {
    "update": "This PaymentIntent could not be updated because it has a status of {}.",
    "confirm": "You cannot confirm this PaymentIntent because it has a status of {}.",
    "capture": "This PaymentIntent could not be captured because it has a status of {}.",
    "cancel": "You cannot cancel this PaymentIntent because it has a status of {}.",
}
BARE: dict[str, Any] = {
    "allowed_payment_method_types": None,
    "amount": 1000,
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "application": None,
    "application_fee_amount": None,
    "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
    "canceled_at": None,
    "cancellation_reason": None,
    "capture_method": "automatic_async",
    "confirmation_method": "automatic",
    "currency": "gbp",
    "customer": None,
    "customer_account": None,
    "description": None,
    "excluded_payment_method_types": None,
    "last_payment_error": None,
    "latest_charge": None,
    "livemode": False,
    "managed_payments": {"enabled": False},
    "metadata": {},
    "next_action": None,
    "object": "payment_intent",
    "on_behalf_of": None,
    "payment_method": None,
    "payment_method_options": {
        "card": {
            "installments": None,
            "mandate_options": None,
            "network": None,
            "request_three_d_secure": "automatic",
        }
    },
    "payment_method_types": ["card"],
    "payment_record": None,
    "processing": None,
    "receipt_email": None,
    "review": None,
    "setup_future_usage": None,
    "shared_payment_granted_token": None,
    "shipping": None,
    "source": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "status": "requires_payment_method",
    "transfer_data": None,
    "transfer_group": None,
}


async def in_state(sandbox: Bench, state: str) -> Any:
    """Bring an intent into a state."""
    match state:
        case "requires_payment_method":
            return await sandbox.intent()
        case "requires_confirmation":
            return await sandbox.intent("pm_card_visa")
        case "requires_action":
            return await sandbox.paid("pm_card_authenticationRequired", return_url="https://a.test")
        case "requires_capture":
            return await sandbox.paid(capture_method="manual")
        case "succeeded":
            return await sandbox.paid()
        case _:
            intent = await sandbox.intent()
            return await sandbox.v1.payment_intents.cancel_async(intent.id)


def call(sandbox: Bench, name: str, intent_id: str) -> Awaitable[Any]:
    intents: Any = sandbox.v1.payment_intents
    made: Awaitable[Any] = {
        "update": lambda: intents.update_async(intent_id, {"description": "Table 7"}),
        "confirm": lambda: intents.confirm_async(intent_id, {"payment_method": "pm_card_visa"}),
        "capture": lambda: intents.capture_async(intent_id),
        "cancel": lambda: intents.cancel_async(intent_id),
    }[name]()
    return made


async def test_a_bare_intent_has_every_key_that_stripe_sends(sandbox: Bench) -> None:
    made = (await sandbox.post("/v1/payment_intents", "amount=1000&currency=GBP")).json()

    intent_id = made.pop("id")
    assert made.pop("client_secret").startswith(f"{intent_id}_secret_")
    assert isinstance(made.pop("created"), int)
    configuration = made.pop("payment_method_configuration_details")
    assert (configuration["id"][:4], configuration["parent"]) == ("pmc_", None)
    assert made == BARE


@pytest.mark.parametrize("name", ALLOWED)
@pytest.mark.parametrize("state", STATES)
async def test_each_call_is_allowed_in_its_states_and_refused_in_the_others(
    sandbox: Bench, state: str, name: str
) -> None:
    intent = await in_state(sandbox, state)
    assert intent.status == state
    before, events = await sandbox.durable(intent.id), await sandbox.happened()

    if state in ALLOWED[name]:
        changed = await call(sandbox, name, intent.id)
        assert changed.status == AFTER.get(name, state)
        return
    said = await error(call(sandbox, name, intent.id), stripe.InvalidRequestError)

    assert (said["type"], said["code"]) == (
        "invalid_request_error",
        "payment_intent_unexpected_state",
    )
    assert said["payment_intent"]["id"] == intent.id
    assert said["payment_intent"]["status"] == state
    if (name, state) == ("capture", "succeeded"):
        assert said["message"].startswith("The remaining amount on this PaymentIntent could not")
    else:
        assert said["message"].startswith(WORDS[name].format(state))
    assert await sandbox.durable(intent.id) == before
    assert await sandbox.happened() == events


@pytest.mark.parametrize("name", ["retrieve", "update", "confirm", "capture", "cancel"])
async def test_an_intent_that_does_not_exist_is_missing_in_the_path(
    sandbox: Bench, name: str
) -> None:
    found = getattr(sandbox.v1.payment_intents, f"{name}_async")("pi_nobody")

    said = await error(found, stripe.InvalidRequestError)

    assert (said["code"], said["param"]) == ("resource_missing", "intent")
    assert said["message"] == "No such payment_intent: 'pi_nobody'"


async def test_another_account_neither_sees_nor_moves_an_intent(sandbox: Bench) -> None:
    intent = await sandbox.paid(capture_method="manual")
    other = {"Authorization": "Bearer sk_test_another01"}

    seen = await sandbox.http.get(f"/v1/payment_intents/{intent.id}", headers=other)
    taken = await sandbox.http.post(f"/v1/payment_intents/{intent.id}/capture", headers=other)
    listed = await sandbox.http.get("/v1/payment_intents", headers=other)

    assert (seen.status_code, taken.status_code) == (404, 404)
    assert listed.json()["data"] == []
    assert (await sandbox.durable(intent.id))["amount_capturable"] == 1000


async def test_a_confirm_without_a_method_leaves_the_intent_as_it_was(sandbox: Bench) -> None:
    intent = await sandbox.intent()
    before = await sandbox.durable(intent.id)

    said = await error(
        sandbox.v1.payment_intents.confirm_async(intent.id), stripe.InvalidRequestError
    )

    assert said["code"] == "payment_intent_unexpected_state"
    assert said["message"].startswith(
        "You cannot confirm this PaymentIntent because it's missing a payment method."
    )
    assert await sandbox.durable(intent.id) == before


async def test_methods_that_may_redirect_need_somewhere_to_come_back_to(sandbox: Bench) -> None:
    bare = {"amount": 1000, "currency": "gbp", "payment_method": "pm_card_visa"}
    intent = await sandbox.v1.payment_intents.create_async(bare)

    said = await error(
        sandbox.v1.payment_intents.confirm_async(intent.id), stripe.InvalidRequestError
    )
    assert "code" not in said
    assert "you must provide a `return_url`" in said["message"]
    assert (await sandbox.durable(intent.id))["status"] == "requires_confirmation"

    done = await sandbox.v1.payment_intents.confirm_async(
        intent.id, {"return_url": "https://shop.test/back"}
    )
    only_cards = await sandbox.v1.payment_intents.create_async(
        {**bare, "allowed_payment_method_types": ["card"], "confirm": True}
    )
    assert (done.status, only_cards.status) == ("succeeded", "succeeded")
    assert only_cards.automatic_payment_methods is None
    assert only_cards.allowed_payment_method_types == ["card"]


async def test_a_declined_create_is_kept_and_one_that_was_malformed_is_not(sandbox: Bench) -> None:
    await error(sandbox.paid("pm_card_chargeDeclined"), stripe.CardError)
    await error(sandbox.paid(expand=["nonsense"]), stripe.InvalidRequestError)

    (kept,) = (await sandbox.books())["intents"]
    assert (kept["status"], kept["amount_received"]) == ("requires_payment_method", 0)


async def test_an_update_changes_what_it_names_before_the_money_moves(sandbox: Bench) -> None:
    customer = await sandbox.v1.customers.create_async({"name": "Ann"})
    intent = await sandbox.intent(description="Table 7", metadata={"order": "1"})
    changes = {
        "amount": 700,
        "currency": "EUR",
        "customer": customer.id,
        "description": "",
        "metadata": {"table": "7"},
        "payment_method": "pm_card_amex",
        "receipt_email": "ann@shop.test",
        "setup_future_usage": "off_session",
    }

    changed = await sandbox.v1.payment_intents.update_async(intent.id, changes)

    expected = changes | {
        "currency": "eur",
        "description": None,
        "metadata": {"order": "1", "table": "7"},
        "payment_method": changed.payment_method,
        "status": "requires_confirmation",
    }
    assert {name: changed.to_dict()[name] for name in expected} == expected
    paid = await sandbox.v1.payment_intents.confirm_async(intent.id)
    assert (paid.status, paid.amount_received) == ("succeeded", 700)


async def test_another_card_in_the_middle_of_3d_secure_starts_over(sandbox: Bench) -> None:
    asked = await in_state(sandbox, "requires_action")

    changed = await sandbox.v1.payment_intents.update_async(
        asked.id, {"payment_method": "pm_card_visa"}
    )

    assert (changed.status, changed.next_action) == ("requires_confirmation", None)
    late = await sandbox.control(
        "POST", f"payment_intents/{asked.id}/action", {"outcome": "succeed"}
    )
    assert late.status_code == 400
    assert (await sandbox.durable(asked.id))["amount_received"] == 0


async def test_the_amount_cannot_change_once_the_money_moved(sandbox: Bench) -> None:
    intent = await sandbox.paid()

    said = await error(
        sandbox.v1.payment_intents.update_async(intent.id, {"amount": 900}),
        stripe.InvalidRequestError,
    )

    assert (said["code"], said["param"]) == ("payment_intent_unexpected_state", "amount")
    assert (await sandbox.durable(intent.id))["amount"] == 1000


@pytest.mark.parametrize("reason", [None, "duplicate", "abandoned"])
async def test_a_cancel_releases_what_was_held(sandbox: Bench, reason: str | None) -> None:
    held = await sandbox.paid(capture_method="manual")
    params = {} if reason is None else {"cancellation_reason": reason}

    gone = await sandbox.v1.payment_intents.cancel_async(held.id, params)

    assert (gone.status, gone.amount_capturable, gone.amount_received) == ("canceled", 0, 0)
    assert gone.cancellation_reason == reason
    assert gone.canceled_at >= gone.created
    assert (await sandbox.happened())[-1] == "payment_intent.canceled"
