"""Stripe's words become ours, here and nowhere else.

Every status has a row; an unknown one is "nobody knows", never paid and never failed. Sources:
docs/reference/stripe.md §1.4, §3, §4, §7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import aiohttp
import stripe

from fynlo.payments.model.outcomes import (
    ActionRequired,
    AnswerLost,
    Approved,
    CardFacts,
    Declined,
    Outcome,
    Standing,
)
from fynlo.payments.providers.stripe.currencies import from_stripe

if TYPE_CHECKING:
    from fynlo.kernel.money import Currency

_PLAIN_REFUSAL: Final = "The card was declined."
_MESSAGES: Final = {
    "insufficient_funds": "The card has insufficient funds.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The card's security code is wrong.",
    "processing_error": "The card could not be processed. Try again in a little while.",
    "authentication_required": "The bank wants to see the customer.",
    "authentication_failed": "The customer's bank did not confirm the payment.",
}
"""What a cashier may say aloud. Anything else, and above all theft, is only "declined"."""

_HIDDEN: Final = {
    "lost_card",
    "stolen_card",
    "pickup_card",
    "fraudulent",
    "merchant_blacklist",
}

_BUSY: Final = {"idempotency_key_in_use", "lock_timeout", "rate_limit"}


def intent(found: stripe.PaymentIntent, unit: Currency) -> Outcome:
    """Read where the money of an intent stands.

    | Stripe                     | ours                                          |
    |----------------------------|-----------------------------------------------|
    | succeeded                  | approved, captured (or returned in full)      |
    | requires_capture           | approved, held                                |
    | canceled                   | approved, released                            |
    | requires_action            | action required                               |
    | requires_payment_method    | declined if it was tried, else nobody knows   |
    | requires_confirmation      | nobody knows: it was never tried              |
    | processing, anything new   | nobody knows: look again                      |
    """
    match found.status:
        case "succeeded":
            return _succeeded(found, unit)
        case "requires_capture":
            return Approved(
                found.id, Standing.HELD, from_stripe(found.amount_capturable, unit), _card(found)
            )
        case "canceled":
            return Approved(found.id, Standing.RELEASED, 0)
        case "requires_action":
            return _action(found)
        case "requires_payment_method" if refusal := getattr(found, "last_payment_error", None):
            return declined(found.id, refusal)
        case other:
            return AnswerLost(f"the intent is {other}")


def _succeeded(found: stripe.PaymentIntent, unit: Currency) -> Outcome:
    charge = getattr(found, "latest_charge", None)
    if getattr(charge, "refunded", False):
        return Approved(found.id, Standing.RETURNED, 0, _card(found))
    received = from_stripe(found.amount_received, unit)
    return Approved(found.id, Standing.CAPTURED, received, _card(found))


def _action(found: stripe.PaymentIntent) -> ActionRequired:
    action = getattr(found, "next_action", None)
    kind = str(getattr(action, "type", None) or "use_stripe_sdk")
    redirect = getattr(action, "redirect_to_url", None)
    return ActionRequired(found.id, kind, getattr(redirect, "url", None))


def _card(found: stripe.PaymentIntent) -> CardFacts | None:
    details = getattr(getattr(found, "latest_charge", None), "payment_method_details", None)
    card = getattr(details, "card", None)
    if card is None:
        return None
    wallet = getattr(card, "wallet", None)
    return CardFacts(
        getattr(card, "brand", None),
        getattr(card, "last4", None),
        getattr(wallet, "type", None),
    )


def declined(reference: str | None, refusal: Any) -> Declined:
    """Say no in words that are safe to say aloud."""
    code = getattr(refusal, "decline_code", None) or getattr(refusal, "code", None) or "declined"
    if code == "payment_intent_authentication_failure":
        code = "authentication_failed"
    public = "card_declined" if code in _HIDDEN else str(code)
    return Declined(reference, public, _MESSAGES.get(public, _PLAIN_REFUSAL))


TROUBLE: Final = (stripe.StripeError, aiohttp.ClientError, TimeoutError)
"""All that a call may raise: the SDK lets a connection that breaks inside an answer through."""


def error(problem: Exception, unit: Currency) -> Outcome:  # noqa: PLR0911 - one for each class
    """Classify every exception of the SDK: declined, lost, or certainly not carried out.

    A `CardError` is a decline. Stripe says of 4xx validation and credential errors that the
    request was not carried out, so they are a no as well. All else may have happened.
    """
    details = getattr(problem, "error", None)
    about = getattr(details, "payment_intent", None)
    reference = getattr(about, "id", None)
    match problem:
        case stripe.CardError():
            return declined(reference, details)
        case stripe.IdempotencyError():
            return AnswerLost("the key was used with other parameters")
        case stripe.InvalidRequestError() if getattr(details, "code", None) in _BUSY:
            return AnswerLost("the provider is busy with it")
        case stripe.InvalidRequestError() if about is not None:
            return intent(about, unit)
        case stripe.InvalidRequestError():
            code = str(getattr(details, "code", None) or "invalid_request")
            return Declined(None, f"provider_{code}", "The card provider refused the request.")
        case stripe.AuthenticationError() | stripe.PermissionError():
            return Declined(None, "provider_credentials", "The card provider refused our account.")
        case stripe.RateLimitError():
            return AnswerLost("the provider asks us to slow down")
        case _:
            return AnswerLost(type(problem).__name__)
