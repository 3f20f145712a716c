"""What can go wrong with a call, in one table: declined, certainly not carried out, or lost.

| What comes back                           | Outcome                                        |
|-------------------------------------------|------------------------------------------------|
| 402: the card said no                     | declined, in words that are safe               |
| 400, 404: the request is refused          | declined: Stripe checks before it acts         |
| … because the intent has come to an end   | where the money of that intent stands          |
| … because the intent moves, or is unknown | lost                                           |
| 400: the key was used for something else  | lost: somebody must look                       |
| 401, 403: our account is refused          | declined if nothing can be there, else lost    |
| 409, 424, 429, 5xx, anything else         | lost                                           |
| 5xx that is repeated under its key        | lost, and there will be no other answer        |
| no answer, half an answer, no JSON        | lost                                           |

Source: docs/reference/stripe.md §1.4, §3, §4.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec
import stripe

from fynlo.payments.model.outcomes import AnswerLost, Declined
from fynlo.payments.providers.stripe import translate
from fynlo.payments.providers.stripe.objects import Details
from fynlo.platform.telemetry import log

if TYPE_CHECKING:
    from fynlo.payments.model.outcomes import Outcome
    from fynlo.payments.providers.port import Instruction

TROUBLE: Final = (stripe.StripeError, aiohttp.ClientError, TimeoutError)
"""All that a call may raise: the SDK lets a connection that breaks inside an answer through."""

OUR_FAULT: Final = "provider_"
"""How the code of a refusal begins that no customer and no card can have caused."""

_DECIDED: Final = frozenset({"canceled", "processing", "succeeded"})
_UNTRIED: Final = frozenset({"requires_confirmation", "requires_payment_method"})
_BUSY: Final = frozenset({"idempotency_key_in_use", "lock_timeout"})
_EXPIRED: Final = frozenset({"capture_charge_authorization_expired", "charge_expired_for_capture"})
_REFUSED: Final = {
    "amount_too_large": ("amount_too_large", "The amount is too large for a card."),
    "amount_too_small": ("amount_too_small", "The amount is too small for a card."),
    "charge_disputed": ("payment_disputed", "The customer's bank has already taken it back."),
    "payment_intent_incompatible_payment_method": (
        *("payment_method_refused", "This card cannot be used here."),
    ),
    "payment_method_unexpected_state": ("payment_method_used", "The card must be read again."),
    "refund_disputed_payment": ("payment_disputed", "The customer's bank has taken it back."),
    "token_already_used": ("payment_method_used", "The card must be read again."),
}
"""What the customer or the till can do something about; Stripe's code, ours, and the words."""


def outcome(problem: Exception, told: Instruction) -> Outcome:
    """Classify an exception of a call, and tell those who run the server what they must know."""
    details = _details(problem)
    if details is None:
        found: Outcome = AnswerLost("an unreadable answer")
    else:
        found = _classify(problem, details, told)
    facts = {
        "operation_id": str(told.operation_id),
        "provider_request": getattr(problem, "request_id", None),
        "status": getattr(problem, "http_status", None),
    }
    if isinstance(found, AnswerLost):
        log.warning("the card provider's answer is lost", reason=found.reason, **facts)
    elif isinstance(found, Declined) and found.code.startswith(OUR_FAULT):
        log.error(
            "the card provider refused our request",
            code=found.code,
            parameter=details.param if details else None,
            **facts,
        )
    return found


def _details(problem: Exception) -> Details | None:
    """Read what a refusal says of itself; None for one whose own words make no sense."""
    body = getattr(problem, "json_body", None) or {}
    try:
        return msgspec.convert(body.get("error") or {}, Details)
    except msgspec.ValidationError:
        return None


def _classify(problem: Exception, details: Details, told: Instruction) -> Outcome:
    match problem:
        case stripe.CardError():
            return translate.declined(_reference(details, told), details)
        case stripe.IdempotencyError():
            return AnswerLost("the key was used for something else")
        case stripe.InvalidRequestError():
            return _refused(details, told)
        case stripe.AuthenticationError() | stripe.PermissionError():
            return _unauthorized(told)
        case stripe.APIError() if is_repeat(problem):
            return AnswerLost("the provider repeats its error", is_last_word=True)
        case _:
            return AnswerLost(reason(problem))


def is_key_taken(problem: Exception) -> bool:
    """Whether another call was heard under the same key."""
    return isinstance(problem, stripe.IdempotencyError)


def is_repeat(answer: Any) -> bool:
    """Whether an answer or an error is only what the key remembers (§3)."""
    headers = getattr(answer, "headers", None) or {}
    return bool(headers.get("Idempotent-Replayed") == "true")


def is_refusal(problem: Exception) -> bool:
    """Whether the same question would be refused again."""
    return isinstance(
        problem, stripe.InvalidRequestError | stripe.AuthenticationError | stripe.PermissionError
    )


def reason(problem: Exception) -> str:
    """Say in a word why an answer is lost: its HTTP status, or how the connection broke."""
    status = getattr(problem, "http_status", None)
    if status == HTTPStatus.OK:
        return "an unreadable answer"
    return f"HTTP {status}" if status else type(problem).__name__


def is_answered(problem: Exception) -> bool:
    """Whether a lookup can tell more: the call was refused because it was made before."""
    details = _details(problem)
    is_refunded = details is not None and details.code == "charge_already_refunded"
    return isinstance(problem, stripe.IdempotencyError) or is_refunded


def _reference(details: Details, told: Instruction) -> str | None:
    """Name the intent that must be given up: the one in the answer, or the one we asked about."""
    return details.payment_intent.id if details.payment_intent else told.reference


def _unauthorized(told: Instruction) -> Outcome:
    """A refused account carries nothing out. What is already there stays as it is, unseen.

    That is a payment we know of, and one that an earlier sending may have made.
    """
    if told.reference is not None or told.is_repeat:
        return AnswerLost("the card provider refused our account")
    return Declined(None, f"{OUR_FAULT}credentials", "The card provider refused our account.")


def _refused(details: Details, told: Instruction) -> Outcome:
    """Stripe checks before it acts, so a refused request was not carried out, now or before.

    It would have repeated the first answer otherwise. But if it speaks of an intent that has come
    to an end, that end is what counts.
    """
    code = details.code or "invalid_request"
    parameter = str(details.param)
    about = details.payment_intent
    status = about and about.status
    if about is not None and status in _DECIDED:
        return translate.intent(about, told.amount.currency)
    if code == "payment_intent_unexpected_state" and status not in _UNTRIED:
        return AnswerLost(f"the intent is {status}")
    if code in _BUSY or code == "charge_already_refunded":
        return AnswerLost(code)
    if code == "resource_missing" and parameter in {"intent", "payment_intent"}:
        return AnswerLost("the card provider does not know the intent")
    if code in _EXPIRED:
        return translate.declined(_reference(details, told), details)
    if code == "resource_missing" and parameter.startswith("payment_method"):
        said = ("payment_method_unknown", "The card provider does not know this card.")
    else:
        said = _REFUSED.get(code, (OUR_FAULT + code, "The card provider refused the request."))
    return Declined(_reference(details, told), *said)
