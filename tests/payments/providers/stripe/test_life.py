"""What becomes of a payment as time passes and people act: at the sandbox, through the SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.kernel.ids import OperationId
from fynlo.kernel.money import Money, currency
from fynlo.payments.model.outcomes import (
    ActionRequired,
    AnswerLost,
    Approved,
    CardFacts,
    Declined,
    Standing,
)
from tests.payments.providers.stripe.script import cards_at
from tests.payments.providers.stripe.told import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fynlo.payments.providers.port import Instruction
    from fynlo.payments.providers.stripe import StripeCards
    from tests.support.provider import Provider

VISA = CardFacts("visa", "4242", None)
DAY = 86_400


@pytest.fixture
async def cards(provider: Provider) -> AsyncIterator[StripeCards]:
    """Return a merchant's account at the sandbox."""
    async with cards_at(provider.url) as cards:
        yield cards


def following(asked: Instruction, outcome: Any) -> Instruction:
    """Give the next instruction about the intent that was made."""
    operation = uuid4()
    return replace(
        asked,
        operation_id=OperationId(operation),
        key=f"fynlo-1-{operation}",
        reference=outcome.reference,
    )


async def later(provider: Provider, seconds: int) -> None:
    """Let time pass at the provider."""
    await provider.http.post("/_sandbox/clock", json={"advance_seconds": seconds})


async def test_a_card_is_held_captured_and_refunded(cards: StripeCards, provider: Provider) -> None:
    asked = told()
    held = await cards.authorize(asked)
    assert isinstance(held, Approved)
    pi = held.reference

    assert held == Approved(pi, Standing.HELD, 1000, VISA)
    assert await provider.received() == 0
    capture = following(asked, held)
    assert await cards.capture(capture) == Approved(pi, Standing.CAPTURED, 1000, VISA)
    assert await provider.received() == 1000
    refund = following(asked, held)
    assert await cards.refund(refund) == Approved(pi, Standing.RETURNED, 1000)
    assert await provider.received() == 0
    assert await cards.find(refund) == Approved(pi, Standing.RETURNED, 1000, VISA)


async def test_a_hold_that_has_run_out_is_a_decline(cards: StripeCards, provider: Provider) -> None:
    asked = told()
    held = await cards.authorize(asked)
    await later(provider, 8 * DAY)
    capture = following(asked, held)

    assert await cards.capture(capture) == Declined(
        capture.reference, "authorization_expired", "The hold has run out."
    )
    assert await cards.find(capture) == Approved(str(capture.reference), Standing.RELEASED, 0)
    assert await provider.statuses() == ["canceled"]


async def test_what_was_captured_before_it_could_be_given_up_is_captured(
    cards: StripeCards, provider: Provider
) -> None:
    asked = told()
    void = following(asked, await cards.charge(asked))

    assert await cards.void(void) == Approved(str(void.reference), Standing.CAPTURED, 1000)
    assert await provider.received() == 1000


async def test_what_is_given_up_can_never_be_taken(cards: StripeCards, provider: Provider) -> None:
    asked = told()
    held = await cards.authorize(asked)
    void = following(asked, held)
    released = Approved(str(void.reference), Standing.RELEASED, 0)

    assert await cards.void(void) == released
    assert isinstance(await cards.capture(following(asked, held)), Declined)
    assert await cards.void(following(asked, held)) == released
    assert await provider.statuses() == ["canceled"]
    assert await provider.received() == 0


async def test_a_second_refund_gives_nothing_back_a_second_time(
    cards: StripeCards, provider: Provider
) -> None:
    asked = told()
    taken = await cards.charge(asked)
    first = following(asked, taken)
    assert await cards.refund(first) == Approved(str(first.reference), Standing.RETURNED, 1000)

    second = await cards.refund(following(asked, taken))

    assert second == Approved(str(first.reference), Standing.RETURNED, 1000, VISA)
    (intent,) = await provider.intents()
    assert (intent["amount_received"], intent["amount_refunded"]) == (1000, 1000)


async def test_a_refund_that_is_pending_is_not_known_until_it_is_done(
    cards: StripeCards, provider: Provider
) -> None:
    asked = told(payment_method_ref="pm_card_pendingRefund")
    refund = following(asked, await cards.charge(asked))

    assert await cards.refund(refund) == AnswerLost("the refund is pending")
    assert await cards.refund(refund) == AnswerLost("a refund is pending")
    assert await cards.find(refund) == AnswerLost("a refund is pending")

    await later(provider, DAY - 60)
    found = await cards.refund(refund)
    assert isinstance(found, Approved)
    assert found.standing is Standing.RETURNED
    assert (await provider.intents())[0]["amount_refunded"] == 1000


@pytest.mark.parametrize(
    ("answer", "standing", "status"),
    [("succeed", Standing.CAPTURED, "succeeded"), ("fail", None, "requires_payment_method")],
)
async def test_the_customer_answers_their_bank_and_the_same_key_says_so(
    cards: StripeCards, provider: Provider, answer: str, standing: Standing | None, status: str
) -> None:
    asked = told(payment_method_ref="pm_card_authenticationRequired")
    waiting = await cards.charge(asked)
    assert isinstance(waiting, ActionRequired)
    assert waiting.type == "redirect_to_url"
    assert await cards.charge(asked) == waiting
    assert await provider.received() == 0

    await provider.answer(waiting.reference, answer)

    found = await cards.find(asked)
    if standing is None:
        assert found == Declined(
            waiting.reference,
            "authentication_failed",
            "The customer's bank did not confirm the payment.",
        )
    else:
        assert found == Approved(waiting.reference, standing, 1000, CardFacts("visa", "3184", None))
    assert await cards.charge(asked) == found
    assert await provider.statuses() == [status]


@pytest.mark.parametrize(
    ("method", "code", "message"),
    [
        ("chargeDeclined", "card_declined", "The card was declined."),
        ("visa_chargeDeclinedLostCard", "card_declined", "The card was declined."),
        ("visa_chargeDeclinedStolenCard", "card_declined", "The card was declined."),
        ("radarBlock", "card_declined", "The card was declined."),
        ("chargeDeclinedExpiredCard", "expired_card", "The card has expired."),
    ],
)
async def test_a_declined_card_takes_nothing_and_can_be_given_up(
    cards: StripeCards, provider: Provider, method: str, code: str, message: str
) -> None:
    asked = told(payment_method_ref=f"pm_card_{method}")

    refused = await cards.charge(asked)

    (intent,) = await provider.intents()
    assert refused == Declined(intent["id"], code, message)
    assert await cards.charge(asked) == refused
    assert await cards.find(asked) == refused
    assert await cards.void(following(asked, refused)) == Approved(
        intent["id"], Standing.RELEASED, 0
    )
    assert await provider.statuses() == ["canceled"]
    assert await provider.received() == 0


async def test_a_card_that_nobody_knows_makes_no_intent(
    cards: StripeCards, provider: Provider
) -> None:
    refused = await cards.charge(told(payment_method_ref="pm_nobodys"))

    assert refused == Declined(
        None, "payment_method_unknown", "The card provider does not know this card."
    )
    assert await provider.intents() == []


async def test_too_little_is_refused_by_the_provider_as_well(
    cards: StripeCards, provider: Provider
) -> None:
    little = Money(29, currency("GBP"))

    assert await cards.charge(told(amount=little)) == Declined(
        None, "amount_too_small", "The amount is too small for a card."
    )
    assert cards.minimum(little.currency) == 30
    assert await provider.intents() == []


@pytest.mark.parametrize(("code", "minor"), [("ISK", 500), ("KWD", 5120), ("JPY", 1000)])
async def test_every_way_of_counting_comes_back_as_it_was_sent(
    cards: StripeCards, code: str, minor: int
) -> None:
    asked = told(amount=Money(minor, currency(code)))

    taken = await cards.charge(asked)

    assert isinstance(taken, Approved)
    assert (taken.standing, taken.amount_minor) == (Standing.CAPTURED, minor)
    assert await cards.refund(following(asked, taken)) == Approved(
        taken.reference, Standing.RETURNED, minor
    )


async def test_an_intent_of_somebody_else_is_not_there(
    cards: StripeCards, provider: Provider
) -> None:
    asked = told(reference="pi_nobodys")
    unknown = AnswerLost("the card provider does not know the intent")

    assert await cards.find(asked) is None
    assert [await getattr(cards, one)(asked) for one in ("capture", "void", "refund")] == [
        unknown
    ] * 3
    assert await provider.intents() == []
