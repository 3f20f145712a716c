"""What happens once more, or to another payment, is told to a person once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.main import NOTICES
from fynlo.notifications.handle import handle_due
from fynlo.notifications.model import ATTEMPTS_MAX
from fynlo.notifications.replay import replay
from fynlo.platform.ports import Ports
from tests.payments.luck import ASKS, by_hand, seen
from tests.payments.queue import Case, lose_for_good, only, queue, resolve, taken_elsewhere
from tests.support.shop import card, said

if TYPE_CHECKING:
    from fynlo.payments.model.notice import Handled
    from tests.support.postman import Postman
    from tests.support.shop import Till

SUCCEEDED = "payment_intent.succeeded"
FAILED = "payment_intent.payment_failed"
REFUNDED = "charge.refunded"


async def broken(*_: object) -> Handled:
    raise LookupError


async def die(till: Till) -> None:
    """Let the inbox fail until it gives up."""
    for _ in range(ATTEMPTS_MAX + 1):
        await handle_due(till.shop.ports(), dict.fromkeys(NOTICES, broken))
        till.shop.advance(300)


async def test_another_part_that_is_refunded_past_us_is_told_as_well(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]
    reference = paid["payments"][0]["provider_reference"]
    await by_hand(till, "refunds", payment_intent=reference, amount=150)
    await postman.deliver(REFUNDED)
    first = await only(till, "returned_outside")
    said(await resolve(till, first, "dismiss"), 200)

    await by_hand(till, "refunds", payment_intent=reference, amount=200)
    await postman.deliver(REFUNDED)

    assert (await only(till, "returned_outside"))["detail"]["amount"] == 350


async def test_both_payments_that_are_refunded_past_us_are_told(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    paid = said(await till.pay(order, card(400), card(600)), 200)["transaction"]
    for payment in paid["payments"]:
        await by_hand(till, "refunds", payment_intent=payment["provider_reference"])

    await postman.deliver(REFUNDED)

    told = await queue(till, "?kind=returned_outside")
    assert {one["payment_id"] for one in told} == {one["id"] for one in paid["payments"]}


async def test_a_hold_past_us_that_was_dismissed_is_told_again_once_it_is_taken(
    till: Till, postman: Postman
) -> None:
    await by_hand(
        till,
        "payment_intents",
        **{
            "amount": 1250,
            "currency": "gbp",
            "confirm": "true",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types[]": "card",
            "capture_method": "manual",
        },
    )
    reference = (await till.shop.provider.intents())[0]["id"]
    await postman.deliver("payment_intent.amount_capturable_updated")
    held = await only(till, "unmatched")
    said(await resolve(till, held, "dismiss"), 200)

    await by_hand(till, f"payment_intents/{reference}/capture", amount_to_capture=1000)
    await postman.deliver(SUCCEEDED)

    detail = (await only(till, "unmatched"))["detail"]
    assert (detail["standing"], detail["amount"]) == ("captured", 1000)


async def test_a_dead_letter_that_dies_again_is_told_again(till: Till, postman: Postman) -> None:
    order = await till.order("meal")
    said(await till.pay(order, card(1000, ASKS)), 202)
    (event,) = await postman.waiting("payment_intent.requires_action")
    said(await postman.bring(event), 200)
    await die(till)
    async with till.shop.till() as later:
        said(await resolve(later, await only(later, "notification_failed"), "dismiss"), 200)

    ports = Ports(till.shop.wiring.db, till.shop.wiring.clock)
    assert await replay(ports, till.shop.merchant_id) == [event["id"]]
    await die(till)

    async with till.shop.till() as later:
        await only(later, "notification_failed")


async def test_an_event_that_nobody_handles_any_more_becomes_a_dead_letter(
    till: Till, postman: Postman
) -> None:
    order = await till.order("meal")
    said(await till.pay(order, card(1000)), 200)
    (event,) = await postman.waiting(SUCCEEDED)
    said(await postman.bring(event), 200)

    for _ in range(ATTEMPTS_MAX + 1):
        await handle_due(till.shop.ports(), {})
        till.shop.advance(300)

    assert [state for _, state, _ in await postman.inbox()] == ["failed"]


async def test_a_decline_that_denies_a_persons_word_is_heard(till: Till, postman: Postman) -> None:
    order = await till.order("meal")
    lost = await lose_for_good(till, order)
    form: dict[str, Any] = {"payment_method": ASKS, "return_url": "http://127.0.0.1/"}
    form["metadata[payment_id]"] = lost["payments"][0]["id"]
    reference = await taken_elsewhere(till, **form)
    await till.shop.provider.answer(reference, "fail")
    async with till.shop.till() as later:
        payment, queued = lost["payments"][0]["id"], await only(later, "unresolved")
        case = Case(later, order, queued)
        said(await case.say_without_account("taken", reference=reference), 200)
        assert (await seen(later, lost))["status"] == "completed"

        await postman.deliver(FAILED)

        denied = await only(later, "contradiction")
        assert denied["payment_id"] == payment
        assert {state for _, state, _ in await postman.inbox()} == {"processed"}
