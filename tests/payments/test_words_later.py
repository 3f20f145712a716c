"""After a person's word: what undoes and is lost, and a provider that says otherwise later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from fynlo.kernel.ids import TransactionId
from fynlo.payments import store
from fynlo.payments.perform import Errand, Way, instruction, perform
from fynlo.payments.settle import Reply, settle
from tests.payments.luck import ASKS, by_hand, give_up, provider_is_back, seen, wait
from tests.payments.queue import NOTE, only, resolve, silence
from tests.support.shop import card, refused, said

if TYPE_CHECKING:
    from tests.payments.queue import Case
    from tests.support.shop import Till


async def look_behind(case: Case, reference: str) -> None:
    """Let a notification make us look at the payment, as it may at any time."""
    ports, merchant_id = case.till.shop.ports(), case.till.shop.merchant_id
    async with ports.db.transaction(merchant_id) as tx:
        seen_now = await store.load(tx, TransactionId(UUID(case.transaction["id"])))
    (operation,) = seen_now.operations
    told = replace(
        instruction(merchant_id, 1, seen_now, operation, ports.clock.now()), reference=reference
    )
    found = await perform(ports.cards.of(merchant_id), Errand(operation, Way.LOOK), told)
    async with ports.db.transaction(merchant_id) as tx:
        await settle(
            *(tx, seen_now.order_id, seen_now.id, [Reply(operation.id, found)]),
            clock=ports.clock,
            lease=ports.patience.lease,
        )


async def test_not_taken_that_was_taken_after_all_is_surplus_and_goes_back(case: Case) -> None:
    reference = await case.taken()
    await silence(case.till)
    said(await case.say("not_taken"), 200)
    await provider_is_back(case.till)

    await look_behind(case, reference)
    await wait(case.till, steps=3, seconds=61)

    assert await case.till.shop.provider.received() == 0
    recipes = await case.till.shop.rows("select recipe from ledger_postings order by recipe desc")
    assert [one["recipe"] for one in recipes] == ["surplus taken", "surplus returned"]
    async with case.till.shop.till() as later:
        await only(later, "surplus")


@pytest.mark.parametrize("truth", ["canceled", "declined", "held"])
async def test_taken_that_the_provider_denies_is_a_contradiction(case: Case, truth: str) -> None:
    asks: dict[str, Any] = {"payment_method": ASKS, "return_url": "http://127.0.0.1/pay/return"}
    holds: dict[str, Any] = {"capture_method": "manual"}
    reference = await case.taken(**(asks if truth == "declined" else holds))
    if truth == "declined":
        await case.till.shop.provider.answer(reference, "fail")
    if truth == "canceled":
        await by_hand(case.till, f"payment_intents/{reference}/cancel")
    said(await case.say_without_account("taken", reference=reference), 200)

    await look_behind(case, reference)

    contradiction = await only(case.till, "contradiction")
    assert contradiction["actions"] == ["look_again", "dismiss"]
    assert await case.status() == "completed"
    first = said(await resolve(case.till, contradiction, "look_again"), 200)
    assert first["state"] == "open"
    assert said(await resolve(case.till, contradiction, "dismiss"), 200)["state"] == "resolved"


async def stuck(till: Till, path: str, status: int) -> dict[str, Any]:
    """Lose what undoes two cards, one of which is held or was taken, until a person is called."""
    order = await till.order("meal")
    transfer = {"method": "bank_transfer", "amount": 100}
    two = said(await till.pay(order, card(400), card(500), transfer), 202)["transaction"]
    first, second = (one["provider_reference"] for one in two["payments"][:2])
    for method in ("GET", "POST"):
        what = path if method == "POST" else "/v1/payment_intents/" + first
        await till.shop.provider.fault("http_500", what.format(first), method=method, times=10_000)
    if path == "/v1/refunds":
        await by_hand(till, f"payment_intents/{second}/cancel")
        seen_by = {"payment_ids": [two["payments"][2]["id"]]}
        said(await till.call("POST", f"/transactions/{two['id']}/confirm", seen_by), status)
    else:
        said(await give_up(till, two), status)
    await wait(till, steps=17, seconds=60)
    return dict(two)


async def test_a_lost_void_is_released_by_a_persons_word(till: Till) -> None:
    two = await stuck(till, "/v1/payment_intents/{}/cancel", 202)
    async with till.shop.till() as later:
        queued, payment = await only(later, "unresolved"), two["payments"][0]["id"]
        (asked,) = queued["detail"]["operations"]
        assert (asked["kind"], asked["payment_id"]) == ("void", payment)

        answer = said(await resolve(later, queued, "not_taken", payment_id=payment), 200)

        assert (answer["state"], answer["action"]) == ("resolved", "not_taken")
        statuses = [one["status"] for one in (await seen(later, two))["payments"]]
        assert statuses == ["voided", "voided", "voided"]
        assert await later.balance("card_clearing") == 0


async def test_a_lost_void_that_was_paid_is_taken_and_given_back(till: Till) -> None:
    two = await stuck(till, "/v1/payment_intents/{}/cancel", 202)
    first = two["payments"][0]
    async with till.shop.till() as later:
        queued = await only(later, "unresolved")
        said(await resolve(later, queued, "taken", payment_id=first["id"]), 200)
        assert await later.balance("card_clearing") == 400
        await provider_is_back(later)
        await by_hand(later, f"payment_intents/{first['provider_reference']}/capture")
        await wait(later, steps=3, seconds=61)
    async with till.shop.till() as later:
        assert (await seen(later, two))["payments"][0]["status"] == "refunded"
        assert await later.balance("card_clearing") == 0 == await later.balance("order_deposits")
        assert await till.shop.provider.received() == 0


async def test_a_lost_refund_that_the_customer_has_is_booked_as_returned(till: Till) -> None:
    two = await stuck(till, "/v1/refunds", 202)
    async with till.shop.till() as later:
        queued, payment = await only(later, "unresolved"), two["payments"][0]["id"]
        assert await later.balance("card_clearing") == 400

        answer = said(await resolve(later, queued, "not_taken", payment_id=payment), 200)

        assert (answer["state"], answer["action"]) == ("resolved", "not_taken")
        assert (await seen(later, two))["payments"][0]["status"] == "refunded"
        assert await later.balance("card_clearing") == 0


async def test_a_lost_refund_that_the_shop_still_has_is_refunded_once_more(till: Till) -> None:
    two = await stuck(till, "/v1/refunds", 202)
    async with till.shop.till() as later:
        queued, payment = await only(later, "unresolved"), two["payments"][0]["id"]

        answer = said(await resolve(later, queued, "taken", payment_id=payment), 200)

        assert answer["state"] == "open"  # It is not back yet: somebody must still be called.
        await provider_is_back(later)
        await wait(later, steps=8, seconds=61)
    async with till.shop.till() as later:
        assert (await seen(later, two))["payments"][0]["status"] == "refunded"
        assert await till.shop.provider.received() == 0
        assert await later.balance("card_clearing") == 0


async def test_what_needs_a_person_again_is_open_again_and_tells_of_before(case: Case) -> None:
    reference = await case.taken()
    await silence(case.till)
    said(await case.say("not_taken"), 200)
    await provider_is_back(case.till)
    await look_behind(case, reference)  # Surplus: it is to be given back, and that gets stuck.
    await case.till.shop.provider.fault("http_500", "/v1/refunds", times=10_000)
    await wait(case.till, steps=4, seconds=400)

    async with case.till.shop.till() as later:
        again = await only(later, "unresolved")
        assert (again["id"], again["resolved_by"]) == (case.queued["id"], None)
        (before,) = again["detail"]["before"]
        assert (before["action"], before["note"]) == ("not_taken", NOTE)
        assert again["detail"]["operations"][0]["kind"] == "refund"
        await provider_is_back(later)
        await wait(later, steps=4, seconds=3601)
    assert await case.till.shop.provider.received() == 0
    async with case.till.shop.till() as later:
        found = await only(later, "unresolved", "resolved")
        assert found["action"] == "found"


async def test_a_payment_that_is_mistaken_for_another_is_refused(case: Case) -> None:
    other = await case.till.order("meal")
    await case.till.shop.provider.fault("lost_answer")
    lost = said(await case.till.pay(other, card(1000)), 202)["transaction"]
    (intent,) = await case.till.shop.provider.intents()

    answer = await case.say("taken", reference=intent["id"])

    refused(answer, 422, "action-not-possible")
    await wait(case.till, steps=3, seconds=61)
    assert (await seen(case.till, lost))["status"] == "completed"
    assert await case.status() == "needs_attention"
    assert await case.till.balance("card_clearing") == 1000
