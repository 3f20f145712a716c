"""Everything that can go wrong with a call, and what each means: lost is never failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest
import stripe
from stripe import oauth_error
from structlog.testing import capture_logs

from fynlo.payments.model.outcomes import AnswerLost, Approved, Declined, Standing
from fynlo.payments.providers.stripe import trouble
from tests.payments.providers.stripe.told import intent_json, problem, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fynlo.payments.model.outcomes import Outcome
    from fynlo.payments.providers.port import Instruction

NEW: Final = told()
AGAIN: Final = told(is_repeat=True)
KNOWN: Final = told(reference="pi_1")

# What each class of the SDK means for a payment that nobody may have heard of before.
DECLINED: Final = {
    "AuthenticationError": "provider_credentials",
    "CardError": "card_declined",
    "InvalidRequestError": "provider_invalid_request",
    "PermissionError": "provider_credentials",
}
LOST: Final = {
    *("APIConnectionError", "APIError", "IdempotencyError", "RateLimitError"),
    # The bases, so that a class that the SDK makes tomorrow is lost as well.
    *("StripeError", "StripeErrorWithParamCode"),
    # Of webhooks, of other programmes' logins, and of another version of the API.
    *("SignatureVerificationError", "oauth.OAuthError"),
    *("oauth.InvalidClientError", "oauth.InvalidGrantError", "oauth.InvalidRequestError"),
    *("oauth.InvalidScopeError", "oauth.UnsupportedGrantTypeError"),
    *("oauth.UnsupportedResponseTypeError",),
    *("AlreadyCanceledError", "BlockedByStripeError", "CannotProceedError"),
    *("CapabilityNotEnabledError", "ControlledByAlternateResourceError"),
    *("FeatureNotEnabledError", "FinancialAccountNotOpenError", "FxQuoteNeedsRefreshError"),
    *("InsufficientFundsError", "InvalidPaymentMethodError", "InvalidPayoutMethodError"),
    *("InvalidVaultedCredentialError", "NotCancelableError", "QuotaExceededError"),
    *("RecipientNotNotifiableError", "TemporarySessionExpiredError"),
    *("VerificationAttemptFailedError", "VerificationExpiredError"),
    *("VerificationNotInitiatedError",),
}


def every(kind: type[Exception]) -> Iterator[type[Exception]]:
    """Walk through a class and all that inherit from it."""
    yield kind
    for one in kind.__subclasses__():
        yield from every(one)


def name(kind: type[Exception]) -> str:
    """Name a class; those for OAuth share names with others."""
    is_oauth = issubclass(kind, oauth_error.OAuthError)
    return f"oauth.{kind.__name__}" if is_oauth else kind.__name__


STRIPES: Final = {
    name(one): one for one in every(stripe.StripeError) if one.__module__.startswith("stripe.")
}
CONNECTIONS: Final = {name(one): one for one in every(aiohttp.ClientError)}


def raised(kind: type[Exception]) -> Exception:
    """Make one with as little in it as its class allows."""
    made = kind.__new__(kind)
    assert isinstance(made, stripe.StripeError)
    stripe.StripeError.__init__(made, "What Stripe says.")
    return made


def test_every_class_of_the_sdk_is_classified() -> None:
    assert set(STRIPES) == set(DECLINED) | LOST


@pytest.mark.parametrize("known", sorted(LOST))
def test_a_class_that_says_nothing_certain_is_lost(known: str) -> None:
    found = trouble.outcome(raised(STRIPES[known]), NEW)

    assert isinstance(found, AnswerLost)
    assert not found.is_last_word


@pytest.mark.parametrize("known", sorted(DECLINED))
def test_a_class_that_is_certain_is_a_decline(known: str) -> None:
    found = trouble.outcome(raised(STRIPES[known]), NEW)

    assert isinstance(found, Declined)
    assert (found.reference, found.code) == (None, DECLINED[known])


@pytest.mark.parametrize("known", sorted(STRIPES))
@pytest.mark.parametrize("asked", [NEW, AGAIN, KNOWN], ids=["new", "again", "known"])
def test_no_trouble_without_an_intent_says_where_money_stands(
    known: str, asked: Instruction
) -> None:
    assert isinstance(trouble.outcome(raised(STRIPES[known]), asked), Declined | AnswerLost)


@pytest.mark.parametrize("known", sorted(CONNECTIONS))
def test_every_trouble_of_the_connection_is_caught_and_lost(known: str) -> None:
    kind = CONNECTIONS[known]
    broken = kind.__new__(kind)

    assert isinstance(broken, trouble.TROUBLE)
    assert trouble.outcome(broken, NEW) == AnswerLost(known)


def test_a_call_that_takes_too_long_is_lost() -> None:
    assert isinstance(TimeoutError(), trouble.TROUBLE)
    assert trouble.outcome(TimeoutError(), NEW) == AnswerLost("TimeoutError")


@pytest.mark.parametrize(
    "ours", [AssertionError(), AttributeError(), KeyError(), TypeError(), ValueError()], ids=repr
)
def test_our_own_bugs_are_not_taken_for_the_worlds_trouble(ours: Exception) -> None:
    assert not isinstance(ours, trouble.TROUBLE)


@pytest.mark.parametrize("status", [402, 409, 422, 424, 500, 502, 503, 504, 599])
def test_an_error_of_the_server_is_lost_with_its_status(status: int) -> None:
    found = trouble.outcome(problem(stripe.APIError, status, type="api_error"), NEW)

    assert found == AnswerLost(f"HTTP {status}")


def test_half_an_answer_is_lost() -> None:
    assert trouble.outcome(problem(stripe.APIError, 200), NEW) == AnswerLost("an unreadable answer")


@pytest.mark.parametrize("code", ["rate_limit", "lock_timeout"])
def test_a_limit_is_lost_because_the_same_key_may_be_sent_again(code: str) -> None:
    found = trouble.outcome(problem(stripe.RateLimitError, 429, code=code), NEW)

    assert found == AnswerLost("HTTP 429")


@pytest.mark.parametrize("status", [500, 503])
def test_an_error_that_its_key_repeats_is_the_last_word(status: int) -> None:
    found = trouble.outcome(problem(stripe.APIError, status, repeated=True), NEW)

    assert found == AnswerLost("the provider repeats its error", is_last_word=True)


@pytest.mark.parametrize("kind", [stripe.IdempotencyError, stripe.RateLimitError])
def test_no_other_repeat_is_the_last_word(kind: type[Exception]) -> None:
    found = trouble.outcome(problem(kind, 400, repeated=True), NEW)

    assert isinstance(found, AnswerLost)
    assert not found.is_last_word


def test_a_repeat_is_told_by_its_header_alone() -> None:
    assert trouble.is_repeat(problem(stripe.CardError, 402, repeated=True))
    assert not trouble.is_repeat(problem(stripe.CardError, 402))
    assert not trouble.is_repeat(TimeoutError())
    assert not trouble.is_repeat(None)


@pytest.mark.parametrize("asked", [NEW, AGAIN, KNOWN], ids=["new", "again", "known"])
def test_a_key_that_was_used_for_something_else_is_lost_and_must_be_looked_at(
    asked: Instruction,
) -> None:
    used = problem(stripe.IdempotencyError, 400, type="idempotency_error")

    assert trouble.outcome(used, asked) == AnswerLost("the key was used for something else")
    assert trouble.is_answered(used)


@pytest.mark.parametrize("kind", [stripe.AuthenticationError, stripe.PermissionError])
def test_a_refused_account_declines_only_what_cannot_have_been_carried_out(
    kind: type[Exception],
) -> None:
    refused = problem(kind, 401)
    unseen = AnswerLost("the card provider refused our account")

    assert trouble.outcome(refused, NEW) == Declined(
        None, "provider_credentials", "The card provider refused our account."
    )
    assert trouble.outcome(refused, AGAIN) == unseen
    assert trouble.outcome(refused, KNOWN) == unseen


@pytest.mark.parametrize(
    ("error", "asked", "reference"),
    [
        ({"payment_intent": {"id": "pi_2"}}, NEW, "pi_2"),
        ({"payment_intent": {"id": "pi_2"}}, KNOWN, "pi_2"),
        ({}, KNOWN, "pi_1"),
        ({}, NEW, None),
    ],
)
def test_a_decline_names_the_intent_that_must_be_given_up(
    error: dict[str, Any], asked: Instruction, reference: str | None
) -> None:
    said = problem(stripe.CardError, 402, decline_code="insufficient_funds", **error)

    assert trouble.outcome(said, asked) == Declined(
        reference, "insufficient_funds", "The card has insufficient funds."
    )


REFUSED: Final[list[tuple[dict[str, Any], Outcome]]] = [
    (
        {"code": "amount_too_small", "param": "amount"},
        Declined(None, "amount_too_small", "The amount is too small for a card."),
    ),
    (
        {"code": "amount_too_large"},
        Declined(None, "amount_too_large", "The amount is too large for a card."),
    ),
    (
        {"code": "charge_disputed"},
        Declined(None, "payment_disputed", "The customer's bank has already taken it back."),
    ),
    (
        {"code": "refund_disputed_payment"},
        Declined(None, "payment_disputed", "The customer's bank has taken it back."),
    ),
    (
        {"code": "payment_intent_incompatible_payment_method"},
        Declined(None, "payment_method_refused", "This card cannot be used here."),
    ),
    (
        {"code": "payment_method_unexpected_state"},
        Declined(None, "payment_method_used", "The card must be read again."),
    ),
    (
        {"code": "token_already_used"},
        Declined(None, "payment_method_used", "The card must be read again."),
    ),
    (
        {"code": "resource_missing", "param": "payment_method"},
        Declined(None, "payment_method_unknown", "The card provider does not know this card."),
    ),
    (
        {"code": "charge_expired_for_capture"},
        Declined(None, "authorization_expired", "The hold on the card has run out."),
    ),
    (
        {"code": "capture_charge_authorization_expired"},
        Declined(None, "authorization_expired", "The hold on the card has run out."),
    ),
    (
        {"code": "parameter_unknown", "param": "wat"},
        Declined(None, "provider_parameter_unknown", "The card provider refused the request."),
    ),
    (
        {"code": "resource_missing", "param": "customer"},
        Declined(None, "provider_resource_missing", "The card provider refused the request."),
    ),
    ({}, Declined(None, "provider_invalid_request", "The card provider refused the request.")),
    # These say that something is there, or that somebody is at it.
    (
        {"code": "resource_missing", "param": "intent"},
        AnswerLost("the card provider does not know the intent"),
    ),
    (
        {"code": "resource_missing", "param": "payment_intent"},
        AnswerLost("the card provider does not know the intent"),
    ),
    ({"code": "charge_already_refunded"}, AnswerLost("charge_already_refunded")),
    ({"code": "idempotency_key_in_use"}, AnswerLost("idempotency_key_in_use")),
    ({"code": "lock_timeout"}, AnswerLost("lock_timeout")),
    ({"code": "payment_intent_unexpected_state"}, AnswerLost("the intent is None")),
]


@pytest.mark.parametrize(("error", "expected"), REFUSED, ids=str)
def test_a_refused_request_was_not_carried_out_unless_it_says_so(
    error: dict[str, Any], expected: Outcome
) -> None:
    refused = problem(stripe.InvalidRequestError, 400, type="invalid_request_error", **error)

    assert trouble.outcome(refused, NEW) == expected
    assert trouble.is_answered(refused) == (error.get("code") == "charge_already_refunded")


UNEXPECTED: Final[dict[str, Outcome]] = {
    "succeeded": Approved("pi_1", Standing.CAPTURED, 1000),
    "canceled": Approved("pi_1", Standing.RELEASED, 0),
    "processing": AnswerLost("the intent is processing"),
    "requires_capture": AnswerLost("the intent is requires_capture"),
    "requires_action": AnswerLost("the intent is requires_action"),
    "a_state_of_tomorrow": AnswerLost("the intent is a_state_of_tomorrow"),
    **dict.fromkeys(
        ("requires_confirmation", "requires_payment_method"),
        Declined(
            "pi_1",
            "provider_payment_intent_unexpected_state",
            "The card provider refused the request.",
        ),
    ),
}


@pytest.mark.parametrize("status", UNEXPECTED)
def test_an_intent_in_an_unexpected_state_says_which(status: str) -> None:
    refused = problem(
        stripe.InvalidRequestError,
        400,
        code="payment_intent_unexpected_state",
        payment_intent=intent_json(status),
    )

    assert trouble.outcome(refused, KNOWN) == UNEXPECTED[status]


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (
            problem(stripe.APIError, 503),
            {
                "event": "the card provider's answer is lost",
                "log_level": "warning",
                "reason": "HTTP 503",
                "status": 503,
            },
        ),
        (
            problem(stripe.InvalidRequestError, 400, code="parameter_unknown", param="wat"),
            {
                "event": "the card provider refused our request",
                "log_level": "error",
                "code": "provider_parameter_unknown",
                "parameter": "wat",
                "status": 400,
            },
        ),
        (
            problem(stripe.AuthenticationError, 401),
            {
                "event": "the card provider refused our request",
                "log_level": "error",
                "code": "provider_credentials",
                "parameter": None,
                "status": 401,
            },
        ),
    ],
    ids=["lost", "refused", "account"],
)
def test_those_who_run_the_server_are_told(raised: Exception, expected: dict[str, Any]) -> None:
    with capture_logs() as logs:
        trouble.outcome(raised, NEW)

    named = {"operation_id": str(NEW.operation_id), "provider_request": "req_1"}
    assert logs == [expected | named]


@pytest.mark.parametrize("code", ["insufficient_funds", "lost_card"])
def test_a_declined_card_is_nobodys_trouble(code: str) -> None:
    with capture_logs() as logs:
        trouble.outcome(problem(stripe.CardError, 402, decline_code=code), NEW)

    assert logs == []


@pytest.mark.parametrize("kind", [stripe.CardError, stripe.InvalidRequestError])
def test_a_refusal_whose_own_words_make_no_sense_is_lost(kind: type[Exception]) -> None:
    odd = problem(kind, 402, code="card_declined", payment_intent={"id": 7})

    assert trouble.outcome(odd, NEW) == AnswerLost("an unreadable answer")
    assert not trouble.is_answered(odd)
