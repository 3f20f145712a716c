"""Why an order is (not) paid: the verdict and the evidence in every situation of a sale."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tests.insight.explained import BEGUN, NO, TAKEN, codes, explained, transfer, verdict
from tests.orders.menu import stock
from tests.payments.luck import ASKS, give_up, provider_is_back, wait
from tests.support.crash import Crash
from tests.support.shop import card, cash, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def test_a_draft_is_to_be_validated_first(till: Till) -> None:
    order = await till.order("meal", validated=False)

    found = await explained(till, order)

    assert found["verdict"] == "The order is a draft, and takes payments only once it is validated."
    assert found["next"] == {"what": "Validate the order.", "at": None}
    assert codes(found) == TAKEN[:1]


async def test_nobody_has_tried_to_pay(till: Till) -> None:
    order = await till.order("meal")

    found = await explained(till, order)

    assert {name: found[name] for name in found if name != "evidence"} == {
        "order_id": order["id"],
        "number": order["number"],
        "state": "validated",
        "payment_state": "unpaid",
        "currency": "GBP",
        "total": 1000,
        "amount_paid": 0,
        "amount_reserved": 0,
        "amount_due": 1000,
        "verdict": "Nobody has tried to pay yet, and 10.00 GBP is due.",
        "next": {"what": "Take 10.00 GBP.", "at": None},
        "evidence_cut": False,
    }
    manager = {"id": str(till.shop.staff_id("manager")), "name": "Manager"}
    assert found["evidence"] == [
        {
            "at": "2026-03-04T12:00:00Z",
            "source": "api",
            "what": "order.created",
            "says": "The order was taken.",
            "by": manager,
        },
        {
            "at": "2026-03-04T12:00:00Z",
            "source": "api",
            "what": "order.validated",
            "says": "The order was fixed, so that it can be paid.",
            "by": manager,
        },
    ]


async def test_a_part_in_cash_and_the_rest_by_card_are_told_as_they_were_paid(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    part = said(await till.pay(order, cash(300, tendered=500)), 200)["transaction"]
    found = await explained(till, order)
    assert found["verdict"] == "Paid in part, 3.00 GBP in cash: 7.00 GBP is still due."
    assert found["next"] == {"what": "Take 7.00 GBP.", "at": None}

    till.shop.advance(60)
    rest = said(await till.pay(order, card(700, tip=50)), 200)["transaction"]

    found = await explained(till, order)
    assert found["verdict"] == ("Paid in full: 3.00 GBP in cash and 7.00 GBP by card (Visa 4242).")
    assert found["next"] is None
    in_cash = [*BEGUN, "ledger.cash_taken", "transaction.completed", "order.partially_paid"]
    by_card = [*BEGUN, "charge.approved", "ledger.card_taken", "transaction.completed"]
    assert codes(found) == [*TAKEN, *in_cash, *by_card, "ledger.order_paid", "order.paid"]
    taken = found["evidence"][len(TAKEN + in_cash) + 3]
    payment = rest["payments"][0]
    assert taken == {
        "at": "2026-03-04T12:01:00Z",
        "source": "ledger",
        "what": "ledger.card_taken",
        "says": "Booked: card taken 7.50.",
        "transaction_id": rest["id"],
        "payment_id": payment["id"],
        "amount": 750,
        "detail": {
            "postings": [
                {"debit": "card_clearing", "credit": "order_deposits", "amount": 700},
                {"debit": "card_clearing", "credit": "tips_payable", "amount": 50},
            ]
        },
    }
    charged = found["evidence"][len(TAKEN + in_cash) + 2]
    assert charged["reference"] == payment["provider_reference"]
    assert charged["says"] == (
        "The provider was asked to charge 7.50 GBP by card (Visa 4242); it said yes."
    )
    assert found["evidence"][2]["transaction_id"] == part["id"] == found["evidence"][2]["reference"]
    assert found["evidence"][2]["says"] == (
        "Manager asked for a payment; the call was answered 200."
    )


async def test_equal_ways_of_paying_are_added_up(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    voucher = {"method": "voucher", "amount": 200, "reference": "V-17"}

    said(await till.pay(order, cash(100), card(300), voucher, cash(200), card(200)), 200)

    assert await verdict(till, order) == (
        "Paid in full: 3.00 GBP in cash, 5.00 GBP by card (Visa 4242) and 2.00 GBP by voucher V-17."
    )


async def test_a_sentence_names_six_ways_of_paying_at_most(till: Till) -> None:
    order = await till.order("meal")
    vouchers = [{"method": "voucher", "amount": 100, "reference": f"V-{n}"} for n in range(8)]

    said(await till.pay(order, *vouchers), 200)

    named = ", ".join(f"1.00 GBP by voucher V-{n}" for n in range(5))
    assert await verdict(till, order) == (
        f"Paid in part, {named} and in 3 more ways: 2.00 GBP is still due."
    )


async def test_what_costs_nothing_needs_no_payment(till: Till) -> None:
    await stock(till.shop)
    order = await till.order("water")

    found = await explained(till, order)

    assert found["verdict"] == "Nothing had to be paid: the order costs nothing."
    assert codes(found) == ["order.created", "order.done"]


async def test_an_order_that_was_canceled_says_by_whom_and_why(till: Till) -> None:
    order = await till.order("meal")
    till.shop.advance(5)
    said(await till.call("POST", f"/orders/{order['id']}/cancel", {"reason": "They left."}), 200)

    found = await explained(till, order)

    assert found["verdict"] == "The order was canceled by Manager: They left."
    assert found["next"] is None
    assert codes(found) == [*TAKEN, "orders.cancel", "order.canceled"]
    assert found["evidence"][-1]["says"] == "The order was canceled: They left."
    assert found["evidence"][-2]["detail"] == {"status": 200}


async def test_a_payment_that_is_under_way_is_being_paid_right_now(till: Till) -> None:
    order = await till.order("meal")
    async with till.shop.crashing_at_commit(2):
        with suppress(Crash):
            await till.pay(order, card(600))
    await till.shop.ports().background.drain(5)

    async with till.shop.till() as again:
        found = await explained(again, order)

    assert found["verdict"] == "6.00 GBP by card is being paid right now; 4.00 GBP more is due."
    assert found["next"] == {
        "what": "The provider answers, or is asked again by itself.",
        "at": "2026-03-04T12:00:10Z",
    }
    assert codes(found) == [*TAKEN, *BEGUN, "charge.sent"]
    assert found["evidence"][-1]["says"] == (
        "The provider was asked to charge 6.00 GBP by card; no answer is here yet."
    )


async def test_a_customer_at_their_bank_has_until_the_deadline(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")

    said(await till.pay(order, cash(200), card(800, ASKS)), 202)

    found = await explained(till, order)
    assert found["verdict"] == (
        "2.00 GBP in cash and 8.00 GBP by card waits for the customer to answer their bank, "
        "until 12:15."
    )
    assert found["next"] == {
        "what": "The customer answers; the provider is asked by itself.",
        "at": "2026-03-04T12:00:05Z",
    }
    assert codes(found) == [*TAKEN, *BEGUN, "charge.action"]


async def test_who_gave_a_payment_up_and_why_is_said(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(1000, ASKS)), 202)["transaction"]
    till.shop.advance(30)
    said(await give_up(till, waiting), 200)

    found = await explained(till, order)

    assert found["verdict"] == (
        "The last payment (10.00 GBP by card) was given up by Manager: The customer left, "
        "and 10.00 GBP is due."
    )
    assert found["next"] == {"what": "Take 10.00 GBP in another way.", "at": None}
    ends = ["transactions.cancel", "transaction.given_up", "void.approved", "transaction.canceled"]
    assert codes(found) == [*TAKEN, *BEGUN, "charge.released", *ends]
    assert found["evidence"][4]["says"] == (
        "The provider was asked to charge 10.00 GBP by card; "
        "it was given up before anything was taken."
    )
    given_up = found["evidence"][6]
    assert (given_up["source"], given_up["by"]["name"], given_up["says"]) == (
        *("people", "Manager"),
        "Manager gave it up: The customer left.",
    )


async def test_what_was_not_finished_in_time_is_due_again(till: Till) -> None:
    order = await till.order("meal")
    said(await till.pay(order, card(1000, ASKS)), 202)
    await wait(till, steps=1, seconds=901)

    found = await explained(till, order)

    assert found["verdict"] == (
        "The last payment (10.00 GBP by card) was not finished in time and was given up, "
        "and 10.00 GBP is due."
    )
    assert codes(found) == [
        *(*TAKEN, *BEGUN, "charge.released", "void.approved", "transaction.expired")
    ]


async def test_a_decline_says_which_payment_was_refused_and_why(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    said(await till.pay(order, cash(300)), 200)
    till.shop.advance(60)

    said(
        await till.pay(order, card(300), card(400, "pm_card_visa_chargeDeclinedInsufficientFunds")),
        402,
    )

    found = await explained(till, order)
    assert found["verdict"] == (
        "Paid in part, 3.00 GBP in cash: the last payment was declined: 4.00 GBP by card was "
        "refused (insufficient_funds), and 7.00 GBP is still due."
    )
    assert found["next"] == {"what": "Take 7.00 GBP in another way.", "at": None}
    assert codes(found)[-7:] == [
        *(*BEGUN, "authorize.approved", "authorize.declined", "transaction.declined"),
        *("void.approved", "void.approved"),
    ]


async def test_a_hold_that_is_still_to_be_released_is_named(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=1000)
    said(await till.pay(order, card(400, tip=50), card(600, NO)), 402)

    assert await verdict(till, order) == (
        "The last payment was declined: 6.00 GBP by card was refused (card_declined), and "
        "10.00 GBP is due; the hold of 4.50 GBP by card (Visa 4242) is being released."
    )

    await provider_is_back(till)
    await wait(till, steps=3, seconds=61)
    assert await verdict(till, order) == (
        "The last payment was declined: 6.00 GBP by card was refused (card_declined), and "
        "10.00 GBP is due."
    )


async def test_a_hold_of_which_nobody_knows_is_named_too(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset")
    said(await till.pay(order, card(400), card(600, NO)), 402)

    said_now = await verdict(till, order)

    assert said_now.endswith(
        " and 10.00 GBP is due; whether 4.00 GBP by card is held is being found out, and if so it "
        "is released."
    )


async def test_a_transfer_waits_for_a_person_who_is_then_named(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(600), transfer(100)), 202)["transaction"]
    found = await explained(till, order)
    assert found["verdict"] == (
        "6.00 GBP by card (Visa 4242) and 1.00 GBP by bank transfer waits for a person to confirm "
        "1.00 GBP by bank transfer, until 12:15; 3.00 GBP more is due."
    )
    assert found["next"] == {
        "what": "Confirm 1.00 GBP by bank transfer once it is there.",
        "at": "2026-03-04T12:15:00Z",
    }

    till.shop.advance(60)
    confirmation = {"payment_ids": [waiting["payments"][1]["id"]]}
    async with till.shop.till("colleague") as colleague:
        path = f"/transactions/{waiting['id']}/confirm"
        said(await colleague.call("POST", path, confirmation), 200)

    found = await explained(till, order)
    assert found["verdict"] == (
        "Paid in part, 6.00 GBP by card (Visa 4242) and 1.00 GBP by bank transfer: "
        "3.00 GBP is still due."
    )
    assert codes(found) == [
        *(*TAKEN, *BEGUN, "authorize.approved", "transactions.confirm", "payment.confirmed"),
        *("capture.approved", "ledger.card_taken", "ledger.other_taken"),
        *("transaction.completed", "order.partially_paid"),
    ]
    seen = found["evidence"][6]
    assert (seen["source"], seen["by"]["name"], seen["payment_id"], seen["says"]) == (
        *("people", "Colleague", waiting["payments"][1]["id"]),
        "Colleague has seen 1.00 GBP by bank transfer.",
    )


async def test_a_transfer_alone_may_wait_until_tomorrow(till: Till) -> None:
    order = await till.order("meal")

    said(await till.pay(order, transfer(1000)), 202)

    assert await verdict(till, order) == (
        "10.00 GBP by bank transfer waits for a person to confirm 10.00 GBP by bank transfer, "
        "until 12:00 on 2026-03-05."
    )
