"""Stripe's objects in our words: every status has a row, and an unknown one is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

import pytest
import stripe

from fynlo.kernel.money import currency
from fynlo.payments.model.outcomes import (
    ActionRequired,
    AnswerLost,
    Approved,
    CardFacts,
    Declined,
    Standing,
)
from fynlo.payments.providers.stripe import translate
from fynlo.payments.providers.stripe.objects import Intent, Refund, Refusal
from tests.payments.providers.stripe.told import GBP, intent, refund

if TYPE_CHECKING:
    from fynlo.payments.model.outcomes import Outcome

CARD: Final = {"brand": "visa", "last4": "4242", "wallet": None}
REFUSAL: Final = {"type": "card_error", "code": "card_declined", "decline_code": "do_not_honor"}

INTENTS: Final[dict[str, Outcome]] = {
    "succeeded": Approved("pi_1", Standing.CAPTURED, 1000),
    "requires_capture": Approved("pi_1", Standing.HELD, 1000),
    "canceled": Approved("pi_1", Standing.RELEASED, 0),
    "requires_action": ActionRequired("pi_1", "use_stripe_sdk"),
    "requires_payment_method": AnswerLost("the intent is requires_payment_method"),
    "requires_confirmation": AnswerLost("the intent is requires_confirmation"),
    "processing": AnswerLost("the intent is processing"),
}
NOT_DOCUMENTED: Final = ("expired", "requires_reauthorization", "", None)
REFUNDS: Final[dict[str, Outcome]] = {
    "succeeded": Approved("pi_1", Standing.RETURNED, 1000),
    "failed": Declined("pi_1", "refund_failed", "The refund did not go through."),
    "canceled": Declined("pi_1", "refund_failed", "The refund did not go through."),
    "pending": AnswerLost("the refund is pending"),
    "requires_action": AnswerLost("the refund is requires_action"),
}


def charge(**changes: Any) -> dict[str, Any]:
    """Make an expanded charge of 10.00 GBP."""
    values = {"id": "ch_1", "object": "charge", "amount_refunded": 0, "refunded": False}
    return values | {"payment_method_details": {"type": "card", "card": CARD}} | changes


@pytest.mark.parametrize("method", ["automatic", "automatic_async", "manual"])
@pytest.mark.parametrize("status", INTENTS)
def test_each_status_says_where_the_money_stands_however_it_is_captured(
    status: str, method: str
) -> None:
    found = intent(status, capture_method=method)

    assert translate.intent(found, GBP) == INTENTS[status]


def test_every_status_that_the_sdk_names_has_a_row() -> None:
    known, _ = get_args(stripe.PaymentIntent.__annotations__["status"])

    assert set(get_args(known)) == set(INTENTS)


@pytest.mark.parametrize("status", NOT_DOCUMENTED)
def test_an_unknown_status_is_neither_paid_nor_failed(status: Any) -> None:
    assert translate.intent(intent(status), GBP) == AnswerLost(f"the intent is {status}")
    assert translate.refund(refund(status), "pi_1", GBP) == AnswerLost(f"the refund is {status}")


def test_an_intent_without_a_status_is_nothing_that_we_know() -> None:
    assert translate.intent(Intent("pi_1"), GBP) == AnswerLost("the intent is None", is_seen=True)
    assert translate.refund(Refund("re_1"), "pi_1", GBP) == AnswerLost("the refund is None")


def test_a_method_is_wanted_either_before_the_first_try_or_after_a_decline() -> None:
    tried = intent("requires_payment_method", last_payment_error=REFUSAL)
    untried = intent("requires_payment_method")

    assert translate.intent(tried, GBP) == Declined(
        "pi_1", "do_not_honor", "The card was declined."
    )
    assert isinstance(translate.intent(untried, GBP), AnswerLost)


def test_what_was_received_counts_and_not_what_was_asked_for() -> None:
    part = intent("succeeded", amount=1000, amount_received=400)

    assert translate.intent(part, GBP) == Approved("pi_1", Standing.CAPTURED, 400)


def test_a_hold_counts_what_can_be_captured() -> None:
    part = intent("requires_capture", amount=1000, amount_capturable=700)

    assert translate.intent(part, GBP) == Approved("pi_1", Standing.HELD, 700)


@pytest.mark.parametrize("wallet", [None, "apple_pay", "google_pay"])
def test_of_a_card_only_what_a_receipt_shows_is_kept(wallet: str | None) -> None:
    card = CARD | {"wallet": wallet and {"type": wallet}, "fingerprint": "f", "exp_year": 2030}
    found = intent(
        "succeeded",
        latest_charge=charge(payment_method_details={"type": "card", "card": card}),
    )

    assert translate.intent(found, GBP) == Approved(
        "pi_1", Standing.CAPTURED, 1000, CardFacts("visa", "4242", wallet)
    )


@pytest.mark.parametrize(
    "latest", [None, "ch_1", charge(payment_method_details={"type": "link"})], ids=str
)
def test_a_card_that_is_not_told_is_not_made_up(latest: Any) -> None:
    found = translate.intent(intent("succeeded", latest_charge=latest), GBP)

    assert found == Approved("pi_1", Standing.CAPTURED, 1000, None)


def test_money_that_was_all_refunded_has_been_returned() -> None:
    latest = charge(amount_refunded=1000, refunded=True)

    found = translate.intent(intent("succeeded", latest_charge=latest), GBP)

    assert found == Approved("pi_1", Standing.RETURNED, 1000, CardFacts("visa", "4242", None))


def test_money_that_was_refunded_in_part_is_still_captured() -> None:
    latest = charge(amount_refunded=999)

    found = translate.intent(intent("succeeded", latest_charge=latest), GBP)

    assert found == Approved("pi_1", Standing.CAPTURED, 1000, CardFacts("visa", "4242", None))


@pytest.mark.parametrize("status", ["succeeded", "requires_capture"])
def test_money_of_another_currency_is_for_a_person_to_see(status: str) -> None:
    found = intent(status, currency="eur")

    assert translate.intent(found, GBP) == AnswerLost("the currency differs: eur", differs=True)


@pytest.mark.parametrize("status", ["succeeded", "requires_capture"])
def test_an_amount_that_is_none_of_ours_is_for_a_person_to_see(status: str) -> None:
    found = intent(status, currency="isk", amount_received=550, amount_capturable=550)

    told = AnswerLost("the amount differs: 550 of isk", differs=True)
    assert translate.intent(found, currency("ISK")) == told


@pytest.mark.parametrize(
    ("code", "count", "minor"), [("ISK", 500, 5), ("MGA", 7, 700), ("KWD", 5120, 5120)]
)
def test_amounts_are_read_in_our_minor_units(code: str, count: int, minor: int) -> None:
    unit = currency(code)
    paid = intent("succeeded", currency=code.lower(), amount_received=count)
    made = refund("succeeded", currency=code.lower(), amount=count)

    assert translate.intent(paid, unit) == Approved("pi_1", Standing.CAPTURED, minor)
    assert translate.refund(made, "pi_1", unit) == Approved("pi_1", Standing.RETURNED, minor)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (None, ActionRequired("pi_1", "use_stripe_sdk")),
        (
            {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.test/3ds"}},
            ActionRequired("pi_1", "redirect_to_url"),
        ),
        (
            {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}},
            ActionRequired("pi_1", "use_stripe_sdk"),
        ),
        ({"type": "something_new"}, ActionRequired("pi_1", "something_new")),
    ],
)
def test_the_customer_is_told_where_their_bank_waits(
    action: dict[str, Any] | None, expected: ActionRequired
) -> None:
    found = translate.intent(intent("requires_action", next_action=action), GBP)

    assert found == expected


@pytest.mark.parametrize("status", INTENTS)
def test_no_outcome_holds_the_secret_of_the_customers_device(status: str) -> None:
    found = intent(status, last_payment_error=REFUSAL, latest_charge=charge())

    assert "hush" in found.client_secret  # type: ignore[operator]
    assert "secret" not in repr(translate.intent(found, GBP))
    assert repr(found) == f"Intent(pi_1, {status})"


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        ("insufficient_funds", "insufficient_funds", "The card has insufficient funds."),
        ("expired_card", "expired_card", "The card has expired."),
        ("incorrect_cvc", "incorrect_cvc", "The card's security code is wrong."),
        ("card_velocity_exceeded", "card_velocity_exceeded", "The card has reached its limit."),
        (
            "processing_error",
            "processing_error",
            "The card could not be processed. Try again in a little while.",
        ),
        (
            "authentication_required",
            "authentication_required",
            "The bank wants to see the customer.",
        ),
        ("do_not_honor", "do_not_honor", "The card was declined."),
        ("a_code_of_tomorrow", "a_code_of_tomorrow", "The card was declined."),
        (None, "card_declined", "The card was declined."),
    ],
)
def test_a_decline_says_what_a_cashier_may_say_aloud(
    said: str | None, code: str, message: str
) -> None:
    refusal = Refusal(code=None, decline_code=said)

    assert translate.declined("pi_1", refusal) == Declined("pi_1", code, message)


@pytest.mark.parametrize(
    "said",
    [
        *("fraudulent", "generic_decline", "lost_card", "merchant_blacklist"),
        *("pickup_card", "restricted_card", "stolen_card"),
    ],
)
def test_nobody_at_the_till_can_tell_a_stolen_card_from_any_other(said: str) -> None:
    refusal = Refusal(code="card_declined", decline_code=said)

    assert translate.declined(None, refusal) == Declined(
        None, "card_declined", "The card was declined."
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("expired_card", "expired_card"),
        ("payment_intent_authentication_failure", "authentication_failed"),
        ("charge_expired_for_capture", "authorization_expired"),
        ("capture_charge_authorization_expired", "authorization_expired"),
    ],
)
def test_without_a_decline_code_the_code_of_the_error_tells(code: str, expected: str) -> None:
    refusal = Refusal(code=code)

    assert translate.declined("pi_1", refusal).code == expected
    assert translate.declined("pi_1", refusal).message != "The card was declined."


@pytest.mark.parametrize("status", REFUNDS)
def test_a_refund_is_certain_or_not_known(status: str) -> None:
    assert translate.refund(refund(status), "pi_1", GBP) == REFUNDS[status]


def test_a_refund_of_other_money_is_for_a_person_to_see() -> None:
    foreign = refund("succeeded", currency="eur")
    odd = refund("succeeded", currency="isk", amount=550)

    euros = AnswerLost("the currency differs: eur", differs=True)
    assert translate.refund(foreign, "pi_1", GBP) == euros
    coins = AnswerLost("the amount differs: 550 of isk", differs=True)
    assert translate.refund(odd, "pi_1", currency("ISK")) == coins


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([], Approved("pi_1", Standing.CAPTURED, 1000)),
        ([("failed", 1000)], Approved("pi_1", Standing.CAPTURED, 1000)),
        ([("canceled", 1000), ("succeeded", 999)], Approved("pi_1", Standing.CAPTURED, 1000)),
        ([("succeeded", 1000)], Approved("pi_1", Standing.RETURNED, 1000)),
        ([("succeeded", 400), ("succeeded", 600)], Approved("pi_1", Standing.RETURNED, 1000)),
        ([("failed", 1000), ("succeeded", 1000)], Approved("pi_1", Standing.RETURNED, 1000)),
        ([("succeeded", 400), ("pending", 600)], AnswerLost("a refund is pending")),
        ([("requires_action", 1000)], AnswerLost("a refund is pending")),
    ],
)
def test_refunded_money_is_returned_only_when_every_refund_has_gone_through(
    made: list[tuple[str, int]], expected: Outcome
) -> None:
    refunds = [refund(status, amount=amount) for status, amount in made]

    assert translate.returned(intent("succeeded"), refunds, GBP) == expected


def test_a_stray_in_units_that_are_none_of_ours_keeps_the_providers() -> None:
    odd = translate.stray(intent("succeeded", currency="isk", amount_received=550))
    unknown = translate.stray(intent("requires_capture", currency="xxx", amount_capturable=7))

    assert (odd.standing, odd.amount_minor, odd.currency) == (Standing.CAPTURED, 550, "isk")
    assert (unknown.standing, unknown.amount_minor, unknown.currency) == (Standing.HELD, 7, "xxx")
