"""Stripe's words become ours, here and nowhere else: objects in `intent` and `refund`.

Every status has a row; an unknown one is "nobody knows", never paid and never failed. What goes
wrong is classified in `trouble`. Source: docs/reference/stripe.md §7 and §9.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fynlo.kernel.money import currency
from fynlo.payments.model.notice import Stray
from fynlo.payments.model.outcomes import (
    ActionRequired,
    AnswerLost,
    Approved,
    CardFacts,
    Declined,
    Standing,
)
from fynlo.payments.providers.stripe.currencies import from_stripe
from fynlo.payments.providers.stripe.objects import Charge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fynlo.kernel.money import Currency
    from fynlo.payments.model.outcomes import Outcome
    from fynlo.payments.providers.stripe.objects import Details, Intent, Refund, Refusal

_PLAIN_REFUSAL: Final = "The card was declined."
_MESSAGES: Final = {
    "authentication_failed": "The customer's bank did not confirm the payment.",
    "authentication_required": "The bank wants to see the customer.",
    "card_velocity_exceeded": "The card has reached its limit.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The card's security code is wrong.",
    "insufficient_funds": "The card has insufficient funds.",
    "processing_error": "The card could not be processed. Try again in a little while.",
    "authorization_expired": "The hold on the card has run out.",
}
"""What a cashier may say aloud. Anything else, and above all theft, is only "declined"."""

_SAID_AS: Final = {
    "charge_expired_for_capture": "authorization_expired",
    "capture_charge_authorization_expired": "authorization_expired",
    "payment_intent_authentication_failure": "authentication_failed",
    # Nobody at the till may tell these from each other.
    **dict.fromkeys(
        (
            *("fraudulent", "generic_decline", "lost_card", "merchant_blacklist"),
            *("pickup_card", "restricted_card", "stolen_card"),
        ),
        "card_declined",
    ),
}

_OPEN_REFUNDS: Final = {"pending", "requires_action"}


def intent(found: Intent, unit: Currency) -> Outcome:  # noqa: PLR0911 - one for each row
    """Read where the money of an intent stands.

    | Stripe                  | ours                                                          |
    |-------------------------|---------------------------------------------------------------|
    | succeeded               | approved: captured, or returned if its charge is all refunded |
    | requires_capture        | approved: held                                                |
    | canceled                | approved: released                                            |
    | requires_action         | action required                                               |
    | requires_payment_method | declined if it was tried, else nobody knows                   |
    | requires_confirmation   | nobody knows: it was never tried                              |
    | processing              | nobody knows: look again                                      |
    | anything else           | nobody knows: look again                                      |
    """
    charge = _charge(found)
    match found.status:
        case "succeeded" if charge.refunded:
            return _stands(found, Standing.RETURNED, charge.amount_refunded, unit)
        case "succeeded":
            return _stands(found, Standing.CAPTURED, found.amount_received, unit)
        case "requires_capture":
            return _stands(found, Standing.HELD, found.amount_capturable, unit)
        case "canceled":
            return Approved(found.id, Standing.RELEASED, 0)
        case "requires_action":
            return _action(found)
        case "requires_payment_method" if found.last_payment_error is not None:
            return declined(found.id, found.last_payment_error)
        case other:
            return AnswerLost(f"the intent is {other}", is_seen=True)


def _stands(found: Intent, standing: Standing, count: int, unit: Currency) -> Outcome:
    return _counted(found, Approved(found.id, standing, count, _card(found)), unit)


def _counted(found: Intent | Refund, told: Approved, unit: Currency) -> Outcome:
    """Count Stripe's units in ours; money of another kind is for a person to see."""
    if found.currency != unit.code.lower():
        return AnswerLost(f"the currency differs: {found.currency}", differs=True)
    try:
        return replace(told, amount_minor=from_stripe(told.amount_minor, unit))
    except ValueError:
        said = f"the amount differs: {told.amount_minor} of {found.currency}"
        return AnswerLost(said, differs=True)


def stray(found: Intent) -> Stray:
    """Read where an intent stands that is not in our journal; `amount_minor` counts our units.

    What has no place in our units stays in Stripe's, with the currency as Stripe writes it.
    """
    standing: Standing | None
    match found.status:
        case "succeeded":
            standing, minor = Standing.CAPTURED, found.amount_received
        case "requires_capture":
            standing, minor = Standing.HELD, found.amount_capturable
        case "canceled":
            standing, minor = Standing.RELEASED, found.amount
        case _:
            standing, minor = None, found.amount
    if standing is Standing.CAPTURED and _charge(found).refunded:
        standing = Standing.RETURNED
    code = found.currency.upper()
    try:
        minor = from_stripe(minor, currency(code))
    except (KeyError, ValueError):
        code = found.currency
    marks = {
        name: value
        for name in ("order_id", "transaction_id", "payment_id", "operation_id")
        if (value := found.mark(name))
    }
    return Stray(found.id, standing, minor, code, marks)


def _charge(found: Intent) -> Charge:
    """Return its charge, of which only an expanded one tells anything."""
    return found.latest_charge if isinstance(found.latest_charge, Charge) else Charge()


def _action(found: Intent) -> ActionRequired:
    kind = found.next_action.type if found.next_action else None
    return ActionRequired(found.id, kind or "use_stripe_sdk")


def _card(found: Intent) -> CardFacts | None:
    method = _charge(found).payment_method_details
    card = method.card if method else None
    if card is None:
        return None
    return CardFacts(card.brand, card.last4, card.wallet.type if card.wallet else None)


def declined(reference: str | None, refusal: Refusal | Details) -> Declined:
    """Say no in words that are safe to say aloud."""
    said = refusal.decline_code or refusal.code or "card_declined"
    code = _SAID_AS.get(said, said)
    return Declined(reference, code, _MESSAGES.get(code, _PLAIN_REFUSAL))


def refund(made: Refund, reference: str, unit: Currency) -> Outcome:
    """Read what became of one refund; until Stripe is certain, nobody knows."""
    match made.status:
        case "succeeded":
            return _counted(made, Approved(reference, Standing.RETURNED, made.amount), unit)
        case "failed" | "canceled":
            return Declined(reference, "refund_failed", "The refund did not go through.")
        case other:
            return AnswerLost(f"the refund is {other}", is_seen=True)


def returned(found: Intent, refunds: Iterable[Refund], unit: Currency) -> Outcome:
    """Judge a refunded intent by its refunds, because its charge counts pending ones as well."""
    made = list(refunds)
    if any(one.status in _OPEN_REFUNDS for one in made):
        return AnswerLost("a refund is pending", is_seen=True)
    given_back = sum(one.amount for one in made if one.status == "succeeded")
    if given_back < found.amount_received:
        return _stands(found, Standing.CAPTURED, found.amount_received, unit)
    return _stands(found, Standing.RETURNED, given_back, unit)
