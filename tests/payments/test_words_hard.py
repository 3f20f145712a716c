"""A person's word in hard cases: of one payment of several, at a bad moment, or of nonsense."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from fynlo.payments.model.exceptions import ExceptionKind
from fynlo.payments.ports import Patience
from fynlo.payments.providers.stripe import StripeAccounts
from fynlo.payments.resolve import resolve_due
from tests.payments.luck import by_hand, seen
from tests.payments.queue import DAY, only, queue, resolve, silence, taken_elsewhere, unmatched
from tests.support.hold import held_at
from tests.support.locks import until_somebody_waits
from tests.support.serve import serve_api
from tests.support.shop import card, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till


CONTRADICTED = """
    insert into exceptions (
      merchant_id, id, kind, transaction_id, tender_id, order_id, detail, state, opened_at
    )
    select merchant_id, gen_random_uuid(), 'contradiction', transaction_id, id, order_id, '{}',
           'open', now()
    from tenders returning id
"""


async def two_lost(till: Till) -> dict[str, Any]:
    """Lose two holds for good; returns what waits for a person."""
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset", times=2)
    said(await till.pay(order, card(400), card(600)), 202)
    till.shop.advance(DAY)
    await resolve_due(till.shop.ports())
    return {"order": order}


def without_cards(shop: Shop) -> Any:
    """Serve the same shop by a process that has no card provider."""
    nobody = StripeAccounts(None, api_base=shop.provider.url, merchant_id=None, return_url="")
    return serve_api(replace(shop.wiring, cards=nobody))


async def test_the_same_word_again_changes_nothing_while_another_payment_is_unknown(
    till: Till,
) -> None:
    await two_lost(till)
    async with till.shop.till() as later:
        queued = await only(later, "unresolved")
        first, second = [one["id"] for one in queued["detail"]["payments"]]
        once = said(await resolve(later, queued, "not_taken", payment_id=first), 200)
        again = said(await resolve(later, queued, "not_taken", payment_id=first), 200)
        other = await resolve(later, queued, "taken", payment_id=first, reference="pi_other")
        refused(other, 422, "action-not-possible")

        assert once["state"] == again["state"] == "open"
        assert len(again["detail"]["history"]) == 1
        assert said(await resolve(later, queued, "not_taken", payment_id=second), 200)["state"] == (
            "resolved"
        )


async def test_a_hold_takes_nothing_whatever_a_person_says(till: Till) -> None:
    await two_lost(till)
    await silence(till)
    async with till.shop.till() as later:
        queued = await only(later, "unresolved")
        payment = queued["detail"]["payments"][0]["id"]

        told = await resolve(later, queued, "taken", payment_id=payment, reference="pi_seen")

        problem = refused(told, 422, "action-not-possible")
        assert problem["detail"] == "That cannot be: a hold takes nothing."
        assert (await only(later, "unresolved"))["state"] == "open"


async def test_a_payment_has_the_name_that_the_provider_gave_it(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=10_000)
    await till.shop.provider.fault("http_500", method="GET", times=10_000)
    said(await till.pay(order, card(400), card(600)), 202)
    till.shop.advance(DAY)
    await resolve_due(till.shop.ports())
    async with till.shop.till() as later:
        queued = await only(later, "unresolved")
        payment = queued["detail"]["payments"][0]

        told = await resolve(later, queued, "taken", payment_id=payment["id"], reference="pi_other")

        problem = refused(told, 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == "/reference"
        assert payment["provider_reference"] in problem["detail"]


async def test_what_another_road_does_meanwhile_stands(till: Till) -> None:
    """The person's own look takes long; its lease runs out, and the resolver takes the call up."""
    await two_lost(till)
    async with till.shop.till() as later:
        queued = await only(later, "unresolved")
        payment = queued["detail"]["payments"][0]["id"]
        async with held_at(till, "find") as (person, held):
            asking = asyncio.create_task(resolve(person, queued, "not_taken", payment_id=payment))
            await held.asked.wait()
            till.shop.advance(100)
            await resolve_due(till.shop.ports())
            held.answered.set()

            answer = said(await asking, 200)

        assert (answer["state"], "history" in answer["detail"]) == ("open", False)


async def test_without_a_provider_nobody_is_asked_and_nothing_is_attached(till: Till) -> None:
    order = await till.order("meal")
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]
    reference = await taken_elsewhere(till)
    await unmatched(till, reference, order_id=(await till.order("meal"))["id"])
    await till.shop.rows(CONTRADICTED)
    before = await till.shop.rows("select * from tenders")

    async with without_cards(till.shop) as url, replace(till.shop, url=url).till() as blind:
        odd = await only(blind, ExceptionKind.CONTRADICTION)
        assert said(await resolve(blind, odd, "look_again"), 200)["state"] == "open"
        stray = await only(blind, ExceptionKind.UNMATCHED)
        refused(await resolve(blind, stray, "attach"), 422, "action-not-possible")

    assert await till.shop.rows("select * from tenders") == before
    assert (await seen(till, paid))["status"] == "completed"


async def test_looking_again_at_a_contradiction_asks_the_provider(till: Till) -> None:
    order = await till.order("meal")
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]
    await till.shop.rows(CONTRADICTED)
    await by_hand(till, "refunds", payment_intent=paid["payments"][0]["provider_reference"])

    said(await resolve(till, await only(till, "contradiction"), "look_again"), 200)

    assert {one["kind"] for one in await queue(till)} == {"contradiction", "returned_outside"}


async def test_money_that_becomes_known_meanwhile_is_attached_to_nothing(till: Till) -> None:
    """What was checked may change before it is written; the database decides."""
    said(await till.pay(await till.order("meal"), card(1000)), 200)
    other = await till.order("meal")
    reference = await taken_elsewhere(till)
    await unmatched(till, reference, order_id=other["id"])
    stray = await only(till, "unmatched")

    async with till.shop.wiring.db.transaction(till.shop.merchant_id) as tx:
        await tx.fetch("update tenders set provider_reference = $1 returning id", reference)
        attaching = asyncio.create_task(resolve(till, stray, "attach"))
        await until_somebody_waits(tx)

    refused(await attaching, 409, "reference-already-used")
    assert (await till.look(other))["amount_due"] == 1000


async def test_money_of_an_order_that_is_being_paid_waits(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset")
    said(await till.pay(order, card(1000)), 202)
    await unmatched(till, await taken_elsewhere(till), order_id=order["id"])

    stray = await only(till, "unmatched")
    refused(await resolve(till, stray, "attach"), 422, "action-not-possible")
    assert (await only(till, "unmatched"))["state"] == "open"


@pytest.mark.parametrize("patience", [Patience(answer_seconds=0.05)])
async def test_a_look_that_takes_too_long_goes_on_behind_the_answer(till: Till) -> None:
    await two_lost(till)
    async with till.shop.till() as later:
        queued = await only(later, "unresolved")
        await till.shop.provider.fault("slow", "/v1/", method="GET", times=1, delay_ms=600)

        assert said(await resolve(later, queued, "look_again"), 200)["state"] == "open"
