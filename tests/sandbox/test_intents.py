"""Payment intents in every state: what each call may do there, and what it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.sandbox.bench import error, refusal

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


@pytest.mark.parametrize(
    ("text", "code", "param"),
    [
        ("currency=gbp", "parameter_missing", "amount"),
        ("amount=1000", "parameter_missing", "currency"),
        ("amount=abc&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=10.5&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=1_000&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=%EF%BC%91000&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=&currency=gbp", "parameter_invalid_empty", "amount"),
        ("amount[a]=1&currency=gbp", None, "amount"),
        ("amount=0&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=-5&currency=gbp", "parameter_invalid_integer", "amount"),
        ("amount=29&currency=gbp", "amount_too_small", "amount"),
        ("amount=100000000&currency=gbp", "amount_too_large", "amount"),
        ("amount=1050&currency=isk", None, "amount"),
        ("amount=5124&currency=kwd", None, "amount"),
        ("amount=1000&currency=xyz", None, "currency"),
        ("amount=1000&currency=", None, "currency"),
        ("amount=1000&currency[]=gbp", None, "currency"),
        ("amount=1000&currency=gbp&wat=1", "parameter_unknown", "wat"),
        ("amount=1000&currency=gbp&capture_method=later", None, "capture_method"),
        ("amount=1000&currency=gbp&confirm=maybe", None, "confirm"),
        ("amount=1000&currency=gbp&confirmation_method=x", None, "confirmation_method"),
        ("amount=1000&currency=gbp&setup_future_usage=x", None, "setup_future_usage"),
        ("amount=1000&currency=gbp&shipping[wat]=x", "parameter_unknown", "shipping[wat]"),
        ("amount=1000&currency=gbp&off_session=true", None, "off_session"),
        ("amount=1000&currency=gbp&return_url=https://a.test", None, "return_url"),
        (
            "amount=1000&currency=gbp&confirm=true&payment_method=pm_card_visa&return_url=back",
            *("url_invalid", "return_url"),
        ),
        (
            "amount=1000&currency=gbp&confirm=true&payment_method=pm_card_visa&return_url=a://b%0d",
            *("url_invalid", "return_url"),
        ),
        ("amount=1000&currency=gbp&customer=cus_no", "resource_missing", "customer"),
        ("amount=1000&currency=gbp&payment_method=pm_no", "resource_missing", "payment_method"),
        ("amount=1000&currency=gbp&payment_method[a]=b", None, "payment_method"),
        ("amount=1000&currency=gbp&metadata=x", None, "metadata"),
        ("amount=1000&currency=gbp&automatic_payment_methods=", None, "automatic_payment_methods"),
        (
            "amount=1000&currency=gbp&automatic_payment_methods[wat]=1",
            *("parameter_unknown", "automatic_payment_methods[wat]"),
        ),
        (
            "amount=1000&currency=gbp&automatic_payment_methods[allow_redirects]=never",
            *("parameter_missing", "automatic_payment_methods[enabled]"),
        ),
        (
            "amount=1000&currency=gbp&automatic_payment_methods[enabled]=yes",
            *(None, "automatic_payment_methods[enabled]"),
        ),
        (
            "amount=1000&currency=gbp&payment_method_types[]=card",
            *("payment_method_types_no_longer_supported", "payment_method_types"),
        ),
    ],
)
async def test_a_malformed_create_makes_nothing(
    sandbox: Bench, text: str, code: str | None, param: str
) -> None:
    response = await sandbox.post("/v1/payment_intents", text)

    assert response.status_code == 400, response.text
    said = response.json()["error"]
    assert (said["type"], said.get("code"), said["param"]) == ("invalid_request_error", code, param)
    assert said["message"]
    assert (await sandbox.books())["intents"] == []
    assert await sandbox.happened() == []


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(30, "gbp"), (99_999_999, "usd"), (500, "isk"), (5120, "kwd"), (50, "JPY")],
)
async def test_an_amount_that_fits_its_currency_is_taken(
    sandbox: Bench, amount: int, currency: str
) -> None:
    paid = await sandbox.paid(amount=amount, currency=currency)

    assert (paid.amount_received, paid.currency) == (amount, currency.lower())


async def test_ways_to_choose_methods_exclude_each_other(sandbox: Bench) -> None:
    named = "allowed_payment_method_types[]=card"
    older = {"Stripe-Version": "2026-08-26.dahlia"}

    both = await sandbox.post(
        "/v1/payment_intents",
        f"amount=1000&currency=gbp&{named}&automatic_payment_methods[enabled]=true",
    )
    old = await sandbox.http.post(
        "/v1/payment_intents",
        content=f"amount=1000&currency=gbp&{named}&payment_method_types[]=card",
        headers=older,
    )

    for answer in (both, old):
        said = refusal(answer, 400)
        assert said["message"].startswith("You may only specify one of these parameters: allowed_")
    assert (await sandbox.books())["intents"] == []


async def test_methods_that_are_named_come_from_no_configuration(sandbox: Bench) -> None:
    bare = {"amount": 1000, "currency": "gbp"}
    create = sandbox.v1.payment_intents.create_async

    chosen = [
        await create(bare),
        await create({**bare, "automatic_payment_methods": {"enabled": True}}),
        await create({**bare, "automatic_payment_methods": {"enabled": False}}),
        await create({**bare, "allowed_payment_method_types": ["card"]}),
    ]

    details = [one.payment_method_configuration_details for one in chosen]
    assert details[0].id == details[1].id
    assert details[2:] == [None, None]
    assert [one.automatic_payment_methods is None for one in chosen] == [False, False, True, True]


async def test_a_confirmation_by_hand_waits_for_the_server_after_3d_secure(sandbox: Bench) -> None:
    asked = await sandbox.paid("pm_card_authenticationRequired", confirmation_method="manual")
    assert (asked.status, asked.confirmation_method) == ("requires_action", "manual")
    await sandbox.told(f"payment_intents/{asked.id}/action", {"outcome": "succeed"})

    agreed = await sandbox.v1.payment_intents.retrieve_async(asked.id)
    assert (agreed.status, agreed.next_action) == ("requires_confirmation", None)
    assert (agreed.amount_received, agreed.payment_method) == (0, asked.payment_method)
    paid = await sandbox.v1.payment_intents.confirm_async(asked.id)

    assert (paid.status, paid.amount_received) == ("succeeded", 1000)


async def test_who_agreed_to_one_card_is_asked_again_for_another(sandbox: Bench) -> None:
    asked = await sandbox.paid("pm_card_authenticationRequired", confirmation_method="manual")
    await sandbox.told(f"payment_intents/{asked.id}/action", {"outcome": "succeed"})

    other = await sandbox.v1.payment_intents.confirm_async(
        asked.id, {"payment_method": "pm_card_authenticationRequired"}
    )

    assert (other.status, other.amount_received) == ("requires_action", 0)


async def test_where_it_is_sent_is_noted_and_removed(sandbox: Bench) -> None:
    shipping = {"name": "Ann", "address": {"line1": "1 High Street", "city": "Leeds"}}
    intent = await sandbox.intent(shipping=shipping)

    removed = await sandbox.v1.payment_intents.update_async(intent.id, {"shipping": ""})

    assert (intent.shipping.name, intent.shipping.address.city) == ("Ann", "Leeds")
    assert intent.shipping.phone is None
    assert removed.shipping is None
