"""Why an order is (not) paid when something went wrong: lost, stuck, surplus, contradicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.explained import (
    BEGUN,
    NO,
    TAKEN,
    codes,
    exception_id,
    explained,
    transfer,
    verdict,
)
from tests.payments.luck import ASKS, by_hand, give_up, provider_is_back, wait
from tests.support.shop import card, cash, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def test_a_lost_answer_means_do_not_charge_again_until_it_is_found(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    said(await till.pay(order, card(600)), 202)

    found = await explained(till, order)

    assert found["verdict"] == (
        "Do not charge again: 6.00 GBP by card is being checked, because an answer of the provider "
        "was lost; the next look is at 12:00:01; 4.00 GBP more is due."
    )
    assert found["next"] == {
        "what": "The provider is asked again by itself.",
        "at": "2026-03-04T12:00:01Z",
    }
    assert codes(found) == [*TAKEN, *BEGUN, "charge.lost"]
    till.shop.advance(1)
    assert "the next look is due now" in await verdict(till, order)

    await till.resolve(2)

    found = await explained(till, order)
    assert found["verdict"] == (
        "Paid in part, 6.00 GBP by card (Visa 4242): 4.00 GBP is still due."
    )
    assert found["evidence"][4]["says"] == (
        "The provider was asked to charge 6.00 GBP by card (Visa 4242); it said yes, "
        "after one more look."
    )
    assert found["evidence"][4]["detail"]["looks"] == 1


async def test_what_is_lost_and_given_up_stays_reserved_until_that_is_certain(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset", "/v1/", times=1000)
    lost = said(await till.pay(order, card(1000)), 202)["transaction"]

    said(await give_up(till, lost), 202)

    assert (await verdict(till, order)).startswith(
        "Do not charge again: 10.00 GBP by card is being checked and is to be given up, because "
        "an answer of the provider was lost; the next look is at 12:00:0"
    )


async def test_what_a_person_must_find_out_names_its_exception(till: Till) -> None:
    order = await till.order("meal")
    for method in ("GET", "POST"):
        await till.shop.provider.fault("connection_reset", "/v1/", method=method, times=1000)
    said(await till.pay(order, card(1000)), 202)
    await wait(till, steps=20, seconds=61)

    found = await explained(till, order)

    exception = await exception_id(till)
    assert found["verdict"] == (
        "Do not charge again: 10.00 GBP by card could not be finished by itself, and a person must "
        f"find out from the provider whether it was taken (exception {exception})."
    )
    assert found["next"] == {
        "what": "Somebody who may resolve exceptions looks again, or says that it was taken or "
        "not.",
        "at": None,
    }
    opened = found["evidence"][-1]
    assert (opened["source"], opened["what"], opened["reference"], opened["says"]) == (
        *("people", "exception.opened", exception),
        "A person must look: the payment could not be finished by itself.",
    )
    assert opened["detail"]["kind"] == "unresolved"

    await provider_is_back(till)
    await wait(till, steps=3, seconds=61)

    found = await explained(till, order)
    assert (found["payment_state"], codes(found)[-1]) == ("unpaid", "exception.resolved")
    assert found["evidence"][-1]["says"] == "It ended by itself (found)."
    assert "by" not in found["evidence"][-1]


UNSEEN = "a transaction that needs a person is in the exceptions queue, and no other waits there"


async def test_a_person_who_resolved_an_exception_is_named_with_their_note(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=1000)
    said(await till.pay(order, card(400), card(600, NO)), 402)
    await wait(till, steps=20, seconds=60)
    assert (await verdict(till, order)).endswith(
        "; a person must look: the payment could not be finished by itself "
        f"(exception {await exception_id(till)})."
    )

    till.shop.spoiled |= {UNSEEN}  # Nobody can do this through the API: it is not over.
    await till.shop.rows(
        "update exceptions set state = 'resolved', resolved_at = opened_at + interval '1 minute',"
        " resolved_by = $1, action = 'dismiss', note = 'Seen in the dashboard.' returning id",
        till.shop.staff_id("manager"),
    )

    found = await explained(till, order)
    (resolved,) = [one for one in found["evidence"] if one["what"] == "exception.resolved"]
    assert resolved["says"] == "Manager saw to it (dismiss): Seen in the dashboard."
    assert resolved["by"]["name"] == "Manager"
    assert "a person must look" not in found["verdict"]


async def test_surplus_goes_back_by_itself_and_stays_told(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=1000)
    declined = said(await till.pay(order, card(400, tip=50), card(600, NO)), 402)["transaction"]
    till.shop.advance(1)
    said(await till.pay(order, cash(1000)), 200)
    await provider_is_back(till)
    await by_hand(till, f"payment_intents/{declined['payments'][0]['provider_reference']}/capture")
    await till.shop.provider.fault("http_429", "/v1/refunds", times=1000)
    await wait(till, steps=3, seconds=61)

    found = await explained(till, order)

    assert found["verdict"] == (
        "Paid in full: 10.00 GBP in cash; 4.50 GBP by card (Visa 4242) was taken although nobody "
        "owed it any more, and is being given back."
    )
    assert found["next"]["what"] == "What is left is given back by itself."
    assert found["next"]["at"] is not None

    await provider_is_back(till)
    await wait(till, steps=8, seconds=61)

    found = await explained(till, order)
    assert found["verdict"] == (
        "Paid in full: 10.00 GBP in cash; 4.50 GBP by card (Visa 4242) was taken although nobody "
        "owed it any more, and was given back."
    )
    assert found["next"] is None
    late = [
        one
        for one in codes(found)
        if one.startswith(("ledger.surplus", "exception", "refund.approved"))
    ]
    assert late == [
        *("ledger.surplus_taken", "exception.opened", "refund.approved"),
        "ledger.surplus_returned",
    ]


async def test_money_that_was_given_back_with_its_payment_is_no_surplus(till: Till) -> None:
    order = await till.order("meal")
    held = said(await till.pay(order, card(400), card(500), transfer(100)), 202)["transaction"]
    await by_hand(till, f"payment_intents/{held['payments'][1]['provider_reference']}/cancel")
    till.shop.advance(60)
    vouched = {"payment_ids": [held["payments"][2]["id"]]}
    await till.call("POST", f"/transactions/{held['id']}/confirm", vouched)

    found = await explained(till, order)

    assert found["verdict"] == (
        "The last payment was declined: 5.00 GBP by card (Visa 4242) was refused "
        "(authorization_expired), and 10.00 GBP is due."
    )
    after = codes(found)[codes(found).index("transactions.confirm") :]
    assert after == [
        *("transactions.confirm", "payment.confirmed", "capture.approved", "capture.declined"),
        *("ledger.card_taken", "refund.approved", "ledger.card_returned", "transaction.declined"),
        "void.approved",
    ]


async def test_a_paid_order_whose_money_went_back_elsewhere_calls_for_a_person(till: Till) -> None:
    order = await till.order("meal")
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]
    exception = "0197e0d0-0000-7000-8000-000000000001"
    await till.shop.rows(
        "insert into exceptions (merchant_id, id, kind, transaction_id, order_id, detail, state,"
        " opened_at) select merchant_id, $1, 'returned_outside', id, order_id, '{}', 'open',"
        " completed_at + interval '1 hour' from transactions returning id",
        exception,
    )

    found = await explained(till, order)

    assert found["verdict"] == (
        "Paid in full: 10.00 GBP by card (Visa 4242); a person must look: money of a completed "
        f"payment was given back, not by this system (exception {exception})."
    )
    assert found["evidence"][-1]["transaction_id"] == paid["id"]


async def test_what_was_given_up_in_the_dashboard_is_said_to_be(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    await by_hand(till, f"payment_intents/{waiting['payments'][0]['provider_reference']}/cancel")
    said(await till.call("POST", f"/transactions/{waiting['id']}/confirm", {}), 402)

    assert await verdict(till, order) == (
        "The last payment was declined: 10.00 GBP by card was given up at the provider, and "
        "10.00 GBP is due."
    )


async def test_what_was_given_back_before_we_heard_of_it_is_said_to_be(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500_acted")
    said(await till.pay(order, card(1000)), 202)
    (intent,) = await till.shop.provider.intents()
    await by_hand(till, "refunds", payment_intent=intent["id"])
    await till.resolve(3)

    found = await explained(till, order)

    assert found["verdict"] == (
        "The last payment was declined: 10.00 GBP by card (Visa 4242) was taken and given back, "
        "and 10.00 GBP is due."
    )
    assert codes(found) == [
        *(*TAKEN, *BEGUN, "charge.approved", "ledger.card_taken", "ledger.card_returned"),
        "transaction.declined",
    ]
