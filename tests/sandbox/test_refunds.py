"""Refunds: of a charge or an intent, in whole or in part, never more than was captured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe

from tests.sandbox.bench import error, refusal

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench

GREATER = "Refund amount ({}) is greater than unrefunded amount on charge ({})"


PENDING = {"pm_card_pendingRefund": "processing"}
FAILED = {"pm_card_refundFail": "unknown"}
TOLD = {
    "pm_card_visa": [],
    "pm_card_pendingRefund": ["refund.updated", "charge.refund.updated"],
    "pm_card_refundFail": ["refund.failed", "refund.updated", "charge.refund.updated"],
}


async def test_all_of_it_comes_back_and_no_more(sandbox: Bench) -> None:
    intent = await sandbox.paid()

    refund = await sandbox.v1.refunds.create_async(
        {"payment_intent": intent.id, "reason": "requested_by_customer", "metadata": {"a": "b"}}
    )

    assert (refund.amount, refund.status, refund.currency) == (1000, "succeeded", "gbp")
    assert (refund.reason, refund.metadata.a) == ("requested_by_customer", "b")
    again = sandbox.v1.refunds.create_async({"payment_intent": intent.id})
    assert (await error(again, stripe.InvalidRequestError))["code"] == "charge_already_refunded"
    (books,) = (await sandbox.books())["intents"]
    assert (books["amount_received"], books["amount_refunded"]) == (1000, 1000)
    assert (await sandbox.happened())[-2:] == ["refund.created", "charge.refunded"]


async def test_parts_add_up_and_stop_at_the_whole(sandbox: Bench) -> None:
    intent = await sandbox.paid()
    charge = intent.latest_charge

    await sandbox.v1.refunds.create_async({"charge": charge, "amount": 300})
    too_much = await error(
        sandbox.v1.refunds.create_async({"charge": charge, "amount": 701}),
        stripe.InvalidRequestError,
    )
    rest = await sandbox.v1.refunds.create_async({"charge": charge})

    assert too_much["param"] == "amount"
    assert rest.amount == 700
    found = await sandbox.v1.charges.retrieve_async(charge)
    assert (found.amount_refunded, found.refunded) == (1000, True)
    listed = await sandbox.v1.refunds.list_async({"payment_intent": intent.id})
    assert [one.amount for one in listed.data] == [700, 300]


@pytest.mark.parametrize(
    ("currency", "paid", "wanted", "said"),
    [
        ("usd", 2500, 3000, GREATER.format("$30.00", "$25.00")),
        ("gbp", 600, 601, GREATER.format("£6.01", "£6.00")),
        ("eur", 105, 106, GREATER.format("€1.06", "€1.05")),
        ("jpy", 600, 601, GREATER.format("¥601", "¥600")),
        ("mga", 600, 601, GREATER.format("601 MGA", "600 MGA")),
        ("kwd", 5120, 5130, GREATER.format("5.130 KWD", "5.120 KWD")),
        ("isk", 50000, 50100, GREATER.format("501 ISK", "500 ISK")),
        ("kwd", 5120, 5124, "Invalid amount for kwd"),
        ("isk", 50000, 50, "Invalid amount for isk"),
    ],
)
async def test_too_much_is_said_in_the_digits_of_its_currency(
    sandbox: Bench, currency: str, paid: int, wanted: int, said: str
) -> None:
    intent = await sandbox.paid(amount=paid, currency=currency)
    refund = sandbox.v1.refunds.create_async({"payment_intent": intent.id, "amount": wanted})

    refused = await error(refund, stripe.InvalidRequestError)

    assert (refused["message"], refused["param"]) == (said, "amount")
    assert "code" not in refused


async def test_what_was_only_held_is_not_refunded(sandbox: Bench) -> None:
    held = await sandbox.paid(capture_method="manual")
    waiting = await sandbox.intent()

    for params in ({"payment_intent": held.id}, {"payment_intent": waiting.id}, {}):
        await error(sandbox.v1.refunds.create_async(params), stripe.InvalidRequestError)
    unknown = await error(
        sandbox.v1.refunds.create_async({"charge": "ch_0"}), stripe.InvalidRequestError
    )

    assert unknown["code"] == "resource_missing"
    assert (await sandbox.books())["totals"]["gbp"]["refunded"] == 0


@pytest.mark.parametrize(
    ("card", "first", "last", "refunded"),
    [
        ("pm_card_visa", "succeeded", "succeeded", 1000),
        ("pm_card_pendingRefund", "pending", "succeeded", 1000),
        ("pm_card_refundFail", "succeeded", "failed", 0),
    ],
)
async def test_time_decides_what_became_of_a_refund(
    alone: Bench, card: str, first: str, last: str, refunded: int
) -> None:
    intent = await alone.paid(card)
    refund = await alone.v1.refunds.create_async({"payment_intent": intent.id})
    assert refund.status == first
    assert getattr(refund, "pending_reason", None) == PENDING.get(card)

    await alone.advance(3600)
    await alone.advance(3600)

    found = await alone.v1.refunds.retrieve_async(refund.id)
    assert found.status == last
    assert "pending_reason" not in found
    assert getattr(found, "failure_reason", None) == FAILED.get(card)
    told = [kind for kind in await alone.happened() if "refund" in kind]
    assert told == ["refund.created", "charge.refunded", *TOLD[card]]
    (books,) = (await alone.books())["intents"]
    assert books["amount_refunded"] == refunded


async def test_a_charge_is_refunded_at_the_path_of_its_own(sandbox: Bench) -> None:
    charge = (await sandbox.paid()).latest_charge
    other = (await sandbox.paid()).latest_charge

    as_charge = await sandbox.post(f"/v1/charges/{charge}/refund", "amount=300")
    as_refund = await sandbox.post(f"/v1/charges/{charge}/refunds", "amount=200&reason=duplicate")
    made = as_refund.json()
    listed = (await sandbox.http.get(f"/v1/charges/{charge}/refunds")).json()
    found = await sandbox.http.get(f"/v1/charges/{charge}/refunds/{made['id']}")
    elsewhere = await sandbox.http.get(f"/v1/charges/{other}/refunds/{made['id']}")

    assert (as_charge.json()["object"], as_charge.json()["amount_refunded"]) == ("charge", 300)
    assert (made["object"], made["amount"], made["reason"]) == ("refund", 200, "duplicate")
    assert [one["amount"] for one in listed["data"]] == [200, 300]
    assert found.json() == made
    assert elsewhere.status_code == 404
    for name in ("charge", "payment_intent"):
        twice = await sandbox.post(f"/v1/charges/{charge}/refund", f"{name}={charge}")
        assert refusal(twice, 400)["param"] == name


async def test_a_refund_is_read_described_and_cannot_be_called_back(sandbox: Bench) -> None:
    intent = await sandbox.paid()
    refund = await sandbox.v1.refunds.create_async({"payment_intent": intent.id})

    changed = await sandbox.v1.refunds.update_async(refund.id, {"metadata": {"till": "7"}})
    refusal = await error(sandbox.v1.refunds.cancel_async(refund.id), stripe.InvalidRequestError)

    assert changed.metadata.till == "7"
    (event,) = (await sandbox.v1.events.list_async({"type": "refund.updated"})).data
    assert event.data.object.id == refund.id
    assert event.data.previous_attributes.metadata.to_dict() == {}
    assert refusal["message"] == "Canceling this refund is unsupported."
