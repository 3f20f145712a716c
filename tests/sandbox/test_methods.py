"""Payment methods: whose they are, how often they can be used, and what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.sandbox.bench import error, refusal

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench

SPENT = "payment_method_unexpected_state"


async def made(sandbox: Bench, token: str = "tok_visa") -> Any:
    return await sandbox.v1.payment_methods.create_async({"type": "card", "card": {"token": token}})


async def kept(sandbox: Bench) -> tuple[Any, Any]:
    """Make a customer with a card."""
    customer = await sandbox.v1.customers.create_async()
    method = await made(sandbox)
    await sandbox.v1.payment_methods.attach_async(method.id, {"customer": customer.id})
    return customer, method


async def test_a_customers_card_pays_for_that_customer_again_and_again(sandbox: Bench) -> None:
    customer, method = await kept(sandbox)

    paid = [await sandbox.paid(method.id, customer=customer.id) for _ in range(2)]

    assert [(one.status, one.customer, one.payment_method) for one in paid] == [
        ("succeeded", customer.id, method.id)
    ] * 2


async def test_a_customers_card_pays_for_nobody_else(sandbox: Bench) -> None:
    _, method = await kept(sandbox)
    other = await sandbox.v1.customers.create_async()

    nobody = await error(sandbox.paid(method.id), stripe.InvalidRequestError)
    another = await error(sandbox.paid(method.id, customer=other.id), stripe.InvalidRequestError)

    assert (nobody["code"], nobody["param"]) == ("parameter_missing", "source")
    assert ("code" in another, another["param"]) == (False, "payment_method")
    assert (await sandbox.books())["intents"] == []


async def test_an_intent_cannot_change_to_a_customer_whose_card_it_has_not(sandbox: Bench) -> None:
    customer, method = await kept(sandbox)
    other = await sandbox.v1.customers.create_async()
    intent = await sandbox.intent(method.id, customer=customer.id)
    before = await sandbox.durable(intent.id)

    refused = await error(
        sandbox.v1.payment_intents.update_async(intent.id, {"customer": other.id}),
        stripe.InvalidRequestError,
    )

    assert refused["param"] == "payment_method"
    assert await sandbox.durable(intent.id) == before


async def test_a_card_that_is_nobodys_pays_once(sandbox: Bench) -> None:
    method = await made(sandbox)
    customer = await sandbox.v1.customers.create_async()
    waiting = await sandbox.intent(method.id)
    assert (await sandbox.paid(method.id)).status == "succeeded"

    again = await error(sandbox.paid(method.id), stripe.InvalidRequestError)
    late = await error(
        sandbox.v1.payment_intents.confirm_async(waiting.id), stripe.InvalidRequestError
    )
    attached = await error(
        sandbox.v1.payment_methods.attach_async(method.id, {"customer": customer.id}),
        stripe.InvalidRequestError,
    )

    assert [one["code"] for one in (again, late, attached)] == [SPENT] * 3
    assert again["message"].startswith("The provided PaymentMethod was previously used")
    assert attached["message"].startswith("This PaymentMethod was previously used")
    assert (await sandbox.books())["totals"]["gbp"]["received"] == 1000


async def test_an_attempt_that_fails_does_not_use_a_card_up(sandbox: Bench) -> None:
    method = await made(sandbox, "tok_authenticationRequired")
    asked = await sandbox.paid(method.id)
    await sandbox.told(f"payment_intents/{asked.id}/action", {"outcome": "fail"})

    asked = await sandbox.paid(method.id)
    await sandbox.told(f"payment_intents/{asked.id}/action", {"outcome": "succeed"})

    assert (await sandbox.durable(asked.id))["amount_received"] == 1000


async def test_a_card_that_shall_be_used_again_becomes_the_customers(sandbox: Bench) -> None:
    method = await made(sandbox)
    customer = await sandbox.v1.customers.create_async()
    sale = {"customer": customer.id, "setup_future_usage": "off_session"}
    await sandbox.paid(method.id, **sale)

    again = await sandbox.paid(method.id, customer=customer.id)

    assert again.status == "succeeded"
    found = await sandbox.v1.payment_methods.retrieve_async(method.id)
    assert found.customer == customer.id
    assert (await sandbox.happened()).count("payment_method.attached") == 1


async def test_a_card_that_was_let_go_is_gone_for_good(sandbox: Bench) -> None:
    customer, method = await kept(sandbox)
    await sandbox.v1.payment_methods.detach_async(method.id)

    attached = await error(
        sandbox.v1.payment_methods.attach_async(method.id, {"customer": customer.id}),
        stripe.InvalidRequestError,
    )
    used = await error(sandbox.paid(method.id), stripe.InvalidRequestError)
    again = await error(
        sandbox.v1.payment_methods.detach_async(method.id), stripe.InvalidRequestError
    )

    assert (attached["code"], used["code"], "code" in again) == (SPENT, SPENT, False)
    assert (await sandbox.v1.payment_methods.retrieve_async(method.id)).customer is None


async def test_a_card_has_one_customer(sandbox: Bench) -> None:
    customer, method = await kept(sandbox)
    other = await sandbox.v1.customers.create_async()
    attach = sandbox.v1.payment_methods.attach_async

    same = await attach(method.id, {"customer": customer.id})
    refused = await error(attach(method.id, {"customer": other.id}), stripe.InvalidRequestError)

    assert same.customer == customer.id
    assert "already been attached" in refused["message"]
    assert (await sandbox.happened()).count("payment_method.attached") == 1


async def test_the_cards_of_a_customer_are_listed(sandbox: Bench) -> None:
    customer, method = await kept(sandbox)
    other, _ = await kept(sandbox)
    v1 = sandbox.v1

    by_filter = await v1.payment_methods.list_async({"customer": customer.id, "type": "card"})
    by_path = await v1.customers.payment_methods.list_async(customer.id, {"limit": 1})
    found = await v1.customers.payment_methods.retrieve_async(customer.id, method.id)
    elsewhere = v1.customers.payment_methods.retrieve_async(other.id, method.id)
    await v1.payment_methods.detach_async(method.id)
    after = await v1.customers.payment_methods.list_async(customer.id)

    assert [one.id for one in by_filter.data] == [one.id for one in by_path.data] == [method.id]
    assert by_path.url == f"/v1/customers/{customer.id}/payment_methods"
    assert found.id == method.id
    assert (await error(elsewhere, stripe.InvalidRequestError))["code"] == "resource_missing"
    assert after.data == []


async def test_a_list_of_somebody_who_does_not_exist_is_refused(sandbox: Bench) -> None:
    for query in ("customer=cus_0", "customer=cus_0&type=card"):
        said = refusal(await sandbox.http.get(f"/v1/payment_methods?{query}"), 400)
        assert (said["code"], said["param"]) == ("resource_missing", "customer")
    for path in ("customers/cus_0/payment_methods", "charges/ch_0/refunds"):
        assert refusal(await sandbox.http.get(f"/v1/{path}"), 404)["code"] == "resource_missing"
    refusal(await sandbox.http.get("/v1/refunds?payment_intent=pi_0"), 400)


async def test_what_is_noted_of_a_card_can_change(sandbox: Bench) -> None:
    method = await made(sandbox)
    changes: dict[str, Any] = {
        "allow_redisplay": "always",
        "billing_details": {"name": "Ann", "address": {"city": "Leeds"}},
        "card": {"exp_month": 3, "exp_year": 2040},
        "metadata": {"till": "7"},
    }

    await sandbox.v1.payment_methods.update_async(method.id, changes)
    changed = await sandbox.v1.payment_methods.update_async(
        method.id, {"billing_details": {"email": "ann@a.test"}}
    )

    assert changed.billing_details.to_dict() == {
        "address": {
            **dict.fromkeys(("country", "line1", "line2", "postal_code", "state")),
            "city": "Leeds",
        },
        "email": "ann@a.test",
        "name": "Ann",
        "phone": None,
        "tax_id": None,
    }
    assert (changed.card.exp_month, changed.card.exp_year) == (3, 2040)
    assert (changed.allow_redisplay, changed.metadata.till) == ("always", "7")
    (event, _) = (await sandbox.v1.events.list_async({"type": "payment_method.updated"})).data
    assert event.data.previous_attributes.billing_details.email is None
    paid = await sandbox.paid(method.id, expand=["latest_charge"])
    assert paid.latest_charge.billing_details.name == "Ann"


@pytest.mark.parametrize(
    "card",
    [
        {"token": "tok_mastercard"},
        {"number": "5555 5555 5555 4444", "exp_month": 12, "exp_year": 34, "cvc": "123"},
    ],
    ids=["token", "number"],
)
async def test_a_card_can_come_with_the_payment(sandbox: Bench, card: dict[str, Any]) -> None:
    data = {"type": "card", "card": card, "billing_details": {"name": "Ann"}}
    intent = await sandbox.intent(payment_method_data=data)
    other = await sandbox.intent()

    paid = await sandbox.v1.payment_intents.confirm_async(intent.id)
    changed = await sandbox.v1.payment_intents.update_async(other.id, {"payment_method_data": data})
    at_the_end = await sandbox.v1.payment_intents.confirm_async(
        (await sandbox.intent()).id, {"payment_method_data": data, "expand": ["payment_method"]}
    )

    assert (intent.status, paid.status) == ("requires_confirmation", "succeeded")
    assert (changed.status, at_the_end.status) == ("requires_confirmation", "succeeded")
    shown = at_the_end.payment_method
    assert (shown.card.brand, shown.card.last4) == ("mastercard", "4444")
    assert (shown.card.exp_year, shown.billing_details.name) == (2034, "Ann")


async def test_every_published_number_is_the_card_of_its_name(sandbox: Bench) -> None:
    expiry = {"exp_month": 1, "exp_year": 2040}
    for number, token in (
        ("4242424242424242", "tok_visa"),
        ("4000000000009995", "tok_visa_chargeDeclinedInsufficientFunds"),
        ("378282246310005", "tok_amex"),
    ):
        by_number = await sandbox.v1.payment_methods.create_async(
            {"type": "card", "card": {"number": number, **expiry}}
        )
        by_token = await made(sandbox, token)

        assert by_number.card.fingerprint == by_token.card.fingerprint
        assert (by_number.card.exp_month, by_number.card.exp_year) == (1, 2040)


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"number": "4111222233334444"}, "incorrect_number"),
        ({"number": "4242"}, "incorrect_number"),
        ({"exp_month": 13}, "invalid_expiry_month"),
        ({"exp_year": 2020}, "invalid_expiry_year"),
        ({"exp_year": 20}, "invalid_expiry_year"),
        ({"cvc": "12"}, "invalid_cvc"),
    ],
)
async def test_a_card_that_cannot_be_is_refused_and_nothing_of_it_stays(
    sandbox: Bench, card: dict[str, Any], code: str
) -> None:
    good = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    data = {"type": "card", "card": good | card}

    said = await error(sandbox.intent(payment_method_data=data, confirm=True), stripe.CardError)

    assert (said["type"], said["code"]) == ("card_error", code)
    assert (await sandbox.books())["intents"] == []
    assert (await sandbox.v1.payment_methods.list_async()).data == []
    assert str(card.get("number", "none")) not in str(said)


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ("[card][token]=tok_visa", "parameter_missing", "[type]"),
        ("[type]=card", "parameter_missing", "[card][token]"),
        ("[type]=link", None, "[type]"),
        ("[type]=card [card]=x", None, "[card]"),
        ("[wat]=1", "parameter_unknown", "[wat]"),
        ("[type]=card [card][token]=tok_0", "resource_missing", "[card][token]"),
        (
            "[type]=card [card][token]=tok_visa [billing_details][wat]=1",
            *("parameter_unknown", "[billing_details][wat]"),
        ),
    ],
)
async def test_a_malformed_card_is_named_as_it_was_sent(
    sandbox: Bench, form: str, code: str | None, param: str
) -> None:
    parts = "".join(f"&payment_method_data{part}" for part in form.split())

    answer = await sandbox.post("/v1/payment_intents", f"amount=1000&currency=gbp{parts}")

    said = refusal(answer, 400)
    assert (said.get("code"), said["param"]) == (code, f"payment_method_data{param}")


async def test_a_card_and_what_a_card_is_made_of_exclude_each_other(sandbox: Bench) -> None:
    data = {"type": "card", "card": {"token": "tok_visa"}}

    said = await error(
        sandbox.intent("pm_card_visa", payment_method_data=data), stripe.InvalidRequestError
    )

    assert said["message"] == (
        "You may only specify one of these parameters: payment_method, payment_method_data."
    )
