"""What others do meanwhile: the owner's dashboard, a second call, cash that waits beside."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fynlo.payments.resolve import resolve_due
from tests.payments.luck import ASKS, by_hand, give_up, seen, wait
from tests.support.hold import held_at
from tests.support.shop import card, cash, said

if TYPE_CHECKING:
    from tests.support.shop import Till


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


async def test_what_is_due_is_taken_up_by_one_of_several_workers(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("lost_answer")
    said(await till.pay(order, card(1000)), 202)
    till.shop.advance(60)

    ports = till.shop.ports()
    await asyncio.gather(*(resolve_due(ports) for _ in range(8)))

    (operation,) = await till.shop.rows("select state, attempt, looks from operations")
    assert tuple(operation.values()) == ("approved", 0, 1)
    assert (await till.look(order))["amount_due"] == 0


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


async def test_a_confirmation_that_meets_a_cancellation_says_what_became_of_it(till: Till) -> None:
    order = await till.order("meal")
    waiting = said(await till.pay(order, card(400, ASKS), card(600)), 202)["transaction"]
    reference = waiting["payments"][0]["provider_reference"]
    await till.shop.provider.answer(reference, "succeed")
    path = f"/transactions/{waiting['id']}"

    async with held_at(till, "find") as (slow, held):
        looking = asyncio.create_task(slow.call("POST", f"{path}/confirm", {}))
        await held.asked.wait()
        gone = said(await give_up(till, waiting), 200)["transaction"]
        held.answered.set()
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
