"""Customers, their cards, the account; lists with cursors and filters, and `expand`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.sandbox.bench import error, refusal

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench


async def test_a_customer_is_made_changed_and_deleted(sandbox: Bench) -> None:
    made = await sandbox.v1.customers.create_async({"email": "a@b.test", "metadata": {"x": "1"}})
    changed = await sandbox.v1.customers.update_async(
        made.id, {"name": "Ann", "email": "", "metadata": {"x": "", "y": "2"}}
    )
    gone = await sandbox.v1.customers.delete_async(made.id)

    assert (made.email, made.metadata.x) == ("a@b.test", "1")
    assert (changed.name, changed.email, changed.metadata.to_dict()) == ("Ann", None, {"y": "2"})
    assert (gone.id, gone.deleted) == (made.id, True)
    assert (await sandbox.v1.customers.retrieve_async(made.id)).deleted
    types = ["customer.created", "customer.updated", "customer.deleted"]
    assert await sandbox.happened() == types


async def test_a_card_is_kept_for_a_customer_and_let_go(sandbox: Bench) -> None:
    customer = await sandbox.v1.customers.create_async()
    method = await sandbox.v1.payment_methods.create_async(
        {"type": "card", "card": {"token": "tok_visa"}, "metadata": {"a": "b"}}
    )

    kept = await sandbox.v1.payment_methods.attach_async(method.id, {"customer": customer.id})
    let_go = await sandbox.v1.payment_methods.detach_async(method.id)

    assert (kept.customer, kept.card.last4, let_go.customer) == (customer.id, "4242", None)
    assert (await sandbox.v1.payment_methods.retrieve_async(method.id)).metadata.a == "b"


async def test_a_card_that_is_declined_cannot_be_kept(sandbox: Bench) -> None:
    customer = await sandbox.v1.customers.create_async()

    said = await error(
        sandbox.v1.payment_methods.attach_async(
            "pm_card_visa_chargeDeclined", {"customer": customer.id}
        ),
        stripe.CardError,
    )

    assert (said["code"], said["decline_code"]) == ("card_declined", "generic_decline")


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ("", "type"),
        ("type=sepa_debit", "type"),
        ("type=card", "card[token]"),
        ("type=card&card[token]=tok_nobody", "card[token]"),
        ("type=card&card[number]=4242424242424242", "card[exp_month]"),
        ("type=card&card[number]=4242424242424242&card[exp_month]=1", "card[exp_year]"),
    ],
)
async def test_what_is_no_card_makes_no_method(sandbox: Bench, form: str, param: str) -> None:
    assert refusal(await sandbox.post("/v1/payment_methods", form), 400)["param"] == param


async def test_a_method_goes_to_somebody(sandbox: Bench) -> None:
    said = refusal(await sandbox.post("/v1/payment_methods/pm_card_visa/attach"), 400)

    assert said["param"] == "customer"


async def test_lists_go_both_ways_without_gaps(sandbox: Bench) -> None:
    made = [(await sandbox.intent(amount=100 + number)).id for number in range(5)]
    newest = made[::-1]

    async def page(**params: Any) -> tuple[list[str], bool]:
        found = await sandbox.v1.payment_intents.list_async(params)
        return [one.id for one in found.data], found.has_more

    assert await page() == (newest, False)
    assert await page(limit=2) == (newest[:2], True)
    assert await page(limit=2, starting_after=newest[1]) == (newest[2:4], True)
    assert await page(limit=2, starting_after=newest[3]) == (newest[4:], False)
    assert await page(limit=2, ending_before=newest[3]) == (newest[1:3], True)
    assert await page(limit=2, ending_before=newest[1]) == (newest[:1], False)


@pytest.mark.parametrize(
    "query", ["limit=101", "limit=x", "starting_after=pi_0", "ending_before=pi_0", "surprise=1"]
)
async def test_a_list_that_cannot_be_meant_is_refused(sandbox: Bench, query: str) -> None:
    refusal(await sandbox.http.get(f"/v1/payment_intents?{query}"), 400)


async def test_a_list_has_one_cursor(sandbox: Bench) -> None:
    one = (await sandbox.intent()).id

    both = f"starting_after={one}&ending_before={one}"
    refusal(await sandbox.http.get(f"/v1/payment_intents?{both}"), 400)


async def test_a_list_is_narrowed_by_what_it_is_asked(alone: Bench) -> None:
    customer = await alone.v1.customers.create_async({"email": "a@b.test"})
    first = await alone.paid(customer=customer.id)
    await alone.advance(100)
    second = await alone.paid()
    at = second.created

    async def ids(call: Any, **params: Any) -> list[str]:
        return [one.id for one in (await call.list_async(params)).data]

    intents = alone.v1.payment_intents
    assert await ids(intents, customer=customer.id) == [first.id]
    assert await ids(intents, created={"gte": at}) == [second.id]
    assert await ids(intents, created={"lt": at}) == [first.id]
    assert await ids(intents, created={"gt": at, "lte": at + 9}) == []
    assert await ids(intents, created=at) == [second.id]
    assert await ids(alone.v1.charges, payment_intent=first.id) == [first.latest_charge]
    assert await ids(alone.v1.customers, email="a@b.test") == [customer.id]
    types = ["payment_intent.succeeded"]
    assert len(await ids(alone.v1.events, types=types)) == 2
    assert len(await ids(alone.v1.events, type="customer.created")) == 1


async def test_what_is_expanded_stands_in_the_answer_only(sandbox: Bench) -> None:
    intent = await sandbox.paid()

    wide = await sandbox.v1.payment_intents.retrieve_async(
        intent.id, {"expand": ["latest_charge.payment_intent", "payment_method"]}
    )
    listed = await sandbox.v1.payment_intents.list_async({"expand": ["data.latest_charge"]})

    assert wide.latest_charge.payment_intent.id == intent.id
    assert wide.payment_method.card.last4 == "4242"
    assert listed.data[0].latest_charge.amount == 1000
    assert isinstance((await sandbox.http.get(f"/v1/payment_intents/{intent.id}")).text, str)
    assert intent.latest_charge == wide.latest_charge.id


@pytest.mark.parametrize("path", ["surprise", "amount", "data", "a.b.c.d.e", "latest_charge."])
async def test_what_cannot_be_expanded_is_refused(sandbox: Bench, path: str) -> None:
    intent = await sandbox.paid()

    answer = await sandbox.http.get(f"/v1/payment_intents/{intent.id}?expand[]={path}")

    assert refusal(answer, 400)["param"] == "expand"


async def test_the_refunds_of_a_charge_are_there_when_they_are_asked_for(sandbox: Bench) -> None:
    intent = await sandbox.paid()
    for amount in (100, 200):
        await sandbox.v1.refunds.create_async({"payment_intent": intent.id, "amount": amount})
    retrieve = sandbox.v1.charges.retrieve_async

    bare = await retrieve(intent.latest_charge)
    wide = await retrieve(intent.latest_charge, {"expand": ["refunds", "refunds.data.charge"]})
    within = await sandbox.v1.payment_intents.retrieve_async(
        intent.id, {"expand": ["latest_charge.refunds"]}
    )

    assert "refunds" not in bare
    assert [one.amount for one in wide.refunds.data] == [200, 100]
    assert [one.charge.id for one in wide.refunds.data] == [intent.latest_charge] * 2
    assert wide.refunds.url == f"/v1/charges/{intent.latest_charge}/refunds"
    assert len(within.latest_charge.refunds.data) == 2


async def test_what_is_never_there_can_be_expanded_and_stays_empty(sandbox: Bench) -> None:
    intent = await sandbox.paid(expand=["review", "customer", "latest_charge.application"])

    assert (intent.review, intent.customer, intent.latest_charge.application) == (None,) * 3


async def test_what_is_noted_of_a_charge_can_change(sandbox: Bench) -> None:
    intent = await sandbox.paid()
    customer = await sandbox.v1.customers.create_async()
    changes = {
        "customer": customer.id,
        "description": "Table 7",
        "fraud_details": {"user_report": "safe"},
        "metadata": {"a": "b"},
        "receipt_email": "ann@a.test",
        "shipping": {"name": "Ann", "address": {"line1": "1 High Street"}},
        "transfer_group": "g",
    }

    changed = await sandbox.v1.charges.update_async(intent.latest_charge, changes)
    other = await sandbox.v1.customers.create_async()
    refused = await error(
        sandbox.v1.charges.update_async(intent.latest_charge, {"customer": other.id}),
        stripe.InvalidRequestError,
    )

    assert (changed.customer, changed.description) == (customer.id, "Table 7")
    assert (changed.fraud_details.user_report, changed.metadata.a) == ("safe", "b")
    assert (changed.receipt_email, changed.shipping.name) == ("ann@a.test", "Ann")
    assert (changed.amount, changed.status, changed.transfer_group) == (1000, "succeeded", "g")
    assert refused["param"] == "customer"
    (event,) = (await sandbox.v1.events.list_async({"type": "charge.updated"})).data
    assert event.data.previous_attributes.description is None
    assert "amount" not in event.data.previous_attributes


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ("amount=1", "amount"),
        ("fraud_details[user_report]=perhaps", "fraud_details[user_report]"),
        ("fraud_details[wat]=1", "fraud_details[wat]"),
        ("customer=cus_0", "customer"),
    ],
)
async def test_the_money_of_a_charge_cannot_change(sandbox: Bench, form: str, param: str) -> None:
    charge = (await sandbox.paid()).latest_charge

    assert refusal(await sandbox.post(f"/v1/charges/{charge}", form), 400)["param"] == param


async def test_an_account_tells_whose_key_it_is(sandbox: Bench) -> None:
    found = (await sandbox.http.get("/v1/account")).json()

    assert (found["object"], found["default_currency"]) == ("account", "gbp")
