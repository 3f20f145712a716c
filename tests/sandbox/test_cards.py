"""Every test payment method, and what becomes of a payment with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe

from fynlo.sandbox.cards import CARDS
from tests.sandbox.bench import error

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench

APPROVED = {
    "pm_card_visa": ("visa", "4242", "credit"),
    "pm_card_visa_debit": ("visa", "5556", "debit"),
    "pm_card_mastercard": ("mastercard", "4444", "credit"),
    "pm_card_mastercard_debit": ("mastercard", "8210", "debit"),
    "pm_card_mastercard_prepaid": ("mastercard", "5100", "prepaid"),
    "pm_card_amex": ("amex", "0005", "credit"),
    "pm_card_discover": ("discover", "1117", "credit"),
    "pm_card_diners": ("diners", "0004", "credit"),
    "pm_card_jcb": ("jcb", "0505", "credit"),
    "pm_card_unionpay": ("unionpay", "0005", "credit"),
    "pm_card_gb": ("visa", "0003", "credit"),
    "pm_card_ca": ("visa", "0006", "credit"),
    "pm_card_riskLevelHighest": ("visa", "4954", "credit"),
    "pm_card_riskLevelElevated": ("visa", "9235", "credit"),
    "pm_card_cvcCheckFail": ("visa", "0101", "credit"),
    "pm_card_avsZipFail": ("visa", "0036", "credit"),
    "pm_card_avsLine1Fail": ("visa", "0028", "credit"),
    "pm_card_avsFail": ("visa", "0010", "credit"),
    "pm_card_avsUnchecked": ("visa", "0044", "credit"),
    "pm_card_cvcCheckFailElevatedRisk": ("visa", "7872", "credit"),
    "pm_card_avsZipFailElevatedRisk": ("visa", "6072", "credit"),
    "pm_card_createDispute": ("visa", "0259", "credit"),
    "pm_card_createDisputeProductNotReceived": ("visa", "2685", "credit"),
    "pm_card_createDisputeInquiry": ("visa", "1976", "credit"),
    "pm_card_createIssuerFraudRecord": ("visa", "5423", "credit"),
    "pm_card_createMultipleDisputes": ("visa", "0079", "credit"),
    "pm_card_createCe3EligibleDispute": ("visa", "0038", "credit"),
    "pm_card_createComplianceDispute": ("visa", "0779", "credit"),
    "pm_card_pendingRefund": ("visa", "7726", "credit"),
    "pm_card_refundFail": ("visa", "5126", "credit"),
    "pm_card_bypassPending": ("visa", "0077", "credit"),
    "pm_card_bypassPendingInternational": ("visa", "0278", "credit"),
    "pm_card_authenticationRequiredSetupForOffSession": ("visa", "0446", "credit"),
    "pm_card_threeDSecureOptional": ("visa", "3055", "credit"),
    "pm_card_threeDSecureOptionalProcessingError": ("visa", "3097", "credit"),
    "pm_card_amex_threeDSecureNotSupported": ("amex", "0005", "credit"),
}
DECLINED = {
    "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedLostCard": ("card_declined", "lost_card"),
    "pm_card_visa_chargeDeclinedStolenCard": ("card_declined", "stolen_card"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "expired_card"),
    "pm_card_chargeDeclinedIncorrectCvc": ("incorrect_cvc", "incorrect_cvc"),
    "pm_card_chargeDeclinedProcessingError": ("processing_error", "processing_error"),
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": (
        "card_declined",
        "card_velocity_exceeded",
    ),
    "pm_card_chargeCustomerFail": ("card_declined", "generic_decline"),
    "pm_card_radarBlock": ("card_declined", "fraudulent"),
    "pm_card_threeDSecureRequiredProcessingError": ("processing_error", "processing_error"),
}
ASKING = {
    "pm_card_authenticationRequiredOnSetup": None,
    "pm_card_authenticationRequired": None,
    "pm_card_threeDSecure2Required": None,
    "pm_card_threeDSecureRequiredChargeDeclined": "generic_decline",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": "insufficient_funds",
}
MESSAGES = {
    "pm_card_visa_chargeDeclined": "Your card was declined.",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "Your card has insufficient funds.",
    "pm_card_chargeDeclinedExpiredCard": "Your card has expired.",
    "pm_card_chargeDeclinedIncorrectCvc": "Your card's security code is incorrect.",
    "pm_card_chargeDeclinedProcessingError": (
        "An error occurred while processing your card. Try again in a little bit."
    ),
}


def test_every_card_of_the_set_has_its_outcome_here() -> None:
    assert sorted(CARDS) == sorted([*APPROVED, *DECLINED, *ASKING])


async def test_approved_cards_take_the_money_and_show_their_face(sandbox: Bench) -> None:
    for method, (brand, last4, funding) in APPROVED.items():
        intent = await sandbox.paid(method, 1234, expand=["latest_charge"])

        assert intent.status == "succeeded", method
        assert (intent.amount_received, intent.amount_capturable) == (1234, 0)
        assert intent.payment_method.startswith("pm_")
        assert intent.payment_method != method  # The id is a template.
        charge = intent.latest_charge
        assert (charge.status, charge.paid, charge.captured) == ("succeeded", True, True)
        shown = charge.payment_method_details.card
        assert (shown.brand, shown.last4, shown.funding) == (brand, last4, funding), method
        assert (charge.outcome.type, charge.outcome.network_status) == (
            "authorized",
            "approved_by_network",
        )


@pytest.mark.parametrize("method", DECLINED)
async def test_declined_cards_answer_402_and_leave_an_intent_that_can_be_tried_again(
    sandbox: Bench, method: str
) -> None:
    code, decline_code = DECLINED[method]
    intent = await sandbox.intent()

    said = await error(
        sandbox.v1.payment_intents.confirm_async(intent.id, {"payment_method": method}),
        stripe.CardError,
    )

    assert (said["type"], said["code"], said["decline_code"]) == ("card_error", code, decline_code)
    assert said["message"] == MESSAGES.get(method, said["message"])
    assert said["doc_url"] == f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    carried = said["payment_intent"]
    assert (carried["id"], carried["status"]) == (intent.id, "requires_payment_method")
    assert (carried["payment_method"], carried["amount_received"]) == (None, 0)
    assert carried["latest_charge"] == said["charge"]
    last = carried["last_payment_error"]
    assert (last["code"], last["decline_code"], last["charge"]) == (
        code,
        decline_code,
        said["charge"],
    )
    assert last["payment_method"] == said["payment_method"]
    charge = await sandbox.v1.charges.retrieve_async(said["charge"])
    assert (charge.status, charge.paid, charge.captured) == ("failed", False, False)
    assert (charge.failure_code, charge.amount_captured) == (code, 0)
    assert await sandbox.durable(intent.id) == {
        name: carried[name] for name in await sandbox.durable(intent.id)
    }
    assert await sandbox.happened() == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]

    again = await sandbox.v1.payment_intents.confirm_async(
        intent.id, {"payment_method": "pm_card_visa"}
    )

    assert (again.status, again.amount_received, again.last_payment_error) == (
        "succeeded",
        1000,
        None,
    )


async def test_a_card_that_radar_blocks_never_reaches_the_network(sandbox: Bench) -> None:
    said = await error(sandbox.paid("pm_card_radarBlock"), stripe.CardError)
    blocked = (await sandbox.v1.charges.retrieve_async(said["charge"])).outcome
    said = await error(sandbox.paid("pm_card_chargeDeclined"), stripe.CardError)
    declined = (await sandbox.v1.charges.retrieve_async(said["charge"])).outcome

    assert (blocked.type, blocked.network_status) == ("blocked", "not_sent_to_network")
    assert (blocked.reason, blocked.risk_level) == ("fraudulent", "highest")
    assert (declined.type, declined.network_status) == ("issuer_declined", "declined_by_network")
    assert (declined.reason, declined.risk_level) == ("generic_decline", "normal")


async def test_the_checks_and_the_risk_of_a_card_are_on_its_charge(sandbox: Bench) -> None:
    expected = {
        "pm_card_visa": ("pass", None, None, "normal"),
        "pm_card_cvcCheckFail": ("fail", None, None, "normal"),
        "pm_card_avsZipFail": ("pass", "fail", None, "normal"),
        "pm_card_avsLine1Fail": ("pass", None, "fail", "normal"),
        "pm_card_avsFail": ("pass", "fail", "fail", "normal"),
        "pm_card_avsUnchecked": ("pass", "unchecked", "unchecked", "normal"),
        "pm_card_cvcCheckFailElevatedRisk": ("fail", None, None, "elevated"),
        "pm_card_avsZipFailElevatedRisk": ("pass", "fail", None, "elevated"),
        "pm_card_riskLevelElevated": ("pass", None, None, "elevated"),
        "pm_card_riskLevelHighest": ("pass", None, None, "highest"),
    }

    found = {}
    for method in expected:
        charge = (await sandbox.paid(method, expand=["latest_charge"])).latest_charge
        checks = charge.payment_method_details.card.checks
        found[method] = (
            checks.cvc_check,
            checks.address_postal_code_check,
            checks.address_line1_check,
            charge.outcome.risk_level,
        )

    assert found == expected


@pytest.mark.parametrize("method", ASKING)
async def test_cards_with_3d_secure_ask_first_and_then_do_as_they_must(
    sandbox: Bench, method: str
) -> None:
    intent = await sandbox.paid(method, return_url="https://shop.test/back?order=7")

    assert (intent.status, intent.latest_charge, intent.amount_received) == (
        "requires_action",
        None,
        0,
    )
    assert intent.next_action.type == "redirect_to_url"
    assert intent.next_action.redirect_to_url.return_url == "https://shop.test/back?order=7"

    await sandbox.told(f"payment_intents/{intent.id}/action", {"outcome": "succeed"})
    after = await sandbox.v1.payment_intents.retrieve_async(intent.id)

    if ASKING[method] is None:
        assert (after.status, after.amount_received) == ("succeeded", 1000)
        assert (after.next_action, after.last_payment_error) == (None, None)
    else:
        assert (after.status, after.amount_received) == ("requires_payment_method", 0)
        assert after.last_payment_error.decline_code == ASKING[method]
        assert after.next_action is None


@pytest.mark.parametrize("flag", ["off_session", "error_on_requires_action"])
async def test_3d_secure_that_nobody_can_answer_is_a_decline(sandbox: Bench, flag: str) -> None:
    said = await error(
        sandbox.paid("pm_card_authenticationRequired", **{flag: True}), stripe.CardError
    )

    assert (said["code"], said["decline_code"]) == ("authentication_required",) * 2
    assert said["payment_intent"]["status"] == "requires_payment_method"
    assert said["payment_intent"]["next_action"] is None


async def test_a_card_that_does_not_exist_is_missing_in_the_parameters(sandbox: Bench) -> None:
    said = await error(sandbox.paid("pm_card_nobody"), stripe.InvalidRequestError)

    assert said == {
        "type": "invalid_request_error",
        "code": "resource_missing",
        "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
        "message": "No such PaymentMethod: 'pm_card_nobody'",
        "param": "payment_method",
    }
    assert (await sandbox.books())["intents"] == []
    assert await sandbox.happened() == []
