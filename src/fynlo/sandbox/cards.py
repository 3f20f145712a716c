"""The test payment methods and what each of them does (docs/reference/stripe.md §13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card of the test set: how it looks, and what becomes of a payment with it."""

    brand: str = "visa"
    number: str = "4242424242424242"  # Or only its end, where no more of it is published.
    funding: str = "credit"
    country: str = "US"
    code: str | None = None  # A decline at confirmation, or after 3-D Secure if that is asked for.
    decline_code: str | None = None
    message: str = "Your card was declined."
    needs_3ds: bool = False
    refund: str = "succeeded"
    is_available_at_once: bool = False
    is_blocked: bool = False
    risk_level: str = "normal"
    cvc: str = "pass"
    postal_code: str | None = None
    line1: str | None = None

    @property
    def last4(self) -> str:
        """Tell what is shown of the number."""
        return self.number[-4:]

    @property
    def checks(self) -> dict[str, str | None]:
        """Tell what the bank says of the number on the back, and of the address."""
        return {
            "address_line1_check": self.line1,
            "address_postal_code_check": self.postal_code,
            "cvc_check": "fail" if self.code == "incorrect_cvc" else self.cvc,
        }


def _decline(number: str, reason: str, message: str = "Your card was declined.") -> TestCard:
    return TestCard(number=number, code="card_declined", decline_code=reason, message=message)


def _error(number: str, code: str, message: str) -> TestCard:
    return TestCard(number=number, code=code, decline_code=code, message=message)


CARDS: Final[dict[str, TestCard]] = {
    "pm_card_visa": TestCard(),
    "pm_card_visa_debit": TestCard(number="4000056655665556", funding="debit"),
    "pm_card_mastercard": TestCard("mastercard", "5555555555554444"),
    "pm_card_mastercard_debit": TestCard("mastercard", "5200828282828210", "debit"),
    "pm_card_mastercard_prepaid": TestCard("mastercard", "5105105105105100", "prepaid"),
    "pm_card_amex": TestCard("amex", "378282246310005"),
    "pm_card_discover": TestCard("discover", "6011111111111117"),
    "pm_card_diners": TestCard("diners", "3056930009020004"),
    "pm_card_jcb": TestCard("jcb", "3566002020360505"),
    "pm_card_unionpay": TestCard("unionpay", "6200000000000005"),
    "pm_card_gb": TestCard(country="GB", number="0003"),
    "pm_card_ca": TestCard(country="CA", number="0006"),
    "pm_card_visa_chargeDeclined": _decline("4000000000000002", "generic_decline"),
    "pm_card_chargeDeclined": _decline("4000000000000002", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": _decline(
        "4000000000009995", "insufficient_funds", "Your card has insufficient funds."
    ),
    "pm_card_visa_chargeDeclinedLostCard": _decline("4000000000009987", "lost_card"),
    "pm_card_visa_chargeDeclinedStolenCard": _decline("4000000000009979", "stolen_card"),
    "pm_card_chargeDeclinedExpiredCard": _error(
        "4000000000000069", "expired_card", "Your card has expired."
    ),
    "pm_card_chargeDeclinedIncorrectCvc": _error(
        "4000000000000127", "incorrect_cvc", "Your card's security code is incorrect."
    ),
    "pm_card_chargeDeclinedProcessingError": _error(
        "4000000000000119",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": _decline(
        "4000000000006975", "card_velocity_exceeded"
    ),
    "pm_card_chargeCustomerFail": _decline("4000000000000341", "generic_decline"),
    "pm_card_radarBlock": TestCard(
        number="4100000000000019",
        code="card_declined",
        decline_code="fraudulent",
        is_blocked=True,
        risk_level="highest",
    ),
    "pm_card_riskLevelHighest": TestCard(number="4000000000004954", risk_level="highest"),
    "pm_card_riskLevelElevated": TestCard(number="4000000000009235", risk_level="elevated"),
    "pm_card_cvcCheckFail": TestCard(number="4000000000000101", cvc="fail"),
    "pm_card_avsZipFail": TestCard(number="4000000000000036", postal_code="fail"),
    "pm_card_avsLine1Fail": TestCard(number="4000000000000028", line1="fail"),
    "pm_card_avsFail": TestCard(number="4000000000000010", postal_code="fail", line1="fail"),
    "pm_card_avsUnchecked": TestCard(
        number="4000000000000044", postal_code="unchecked", line1="unchecked"
    ),
    "pm_card_cvcCheckFailElevatedRisk": TestCard(
        number="4000058400307872", risk_level="elevated", cvc="fail"
    ),
    "pm_card_avsZipFailElevatedRisk": TestCard(
        number="4000058400306072", risk_level="elevated", postal_code="fail"
    ),
    # What follows a payment with these, a dispute or a warning, is not played.
    "pm_card_createDispute": TestCard(number="4000000000000259"),
    "pm_card_createDisputeProductNotReceived": TestCard(number="4000000000002685"),
    "pm_card_createDisputeInquiry": TestCard(number="4000000000001976"),
    "pm_card_createIssuerFraudRecord": TestCard(number="4000000000005423"),
    "pm_card_createMultipleDisputes": TestCard(number="4000000404000079"),
    "pm_card_createCe3EligibleDispute": TestCard(number="4000000404000038"),
    "pm_card_createComplianceDispute": TestCard(number="4000008400000779"),
    "pm_card_pendingRefund": TestCard(number="4000000000007726", refund="pending"),
    "pm_card_refundFail": TestCard(number="4000000000005126", refund="failed"),
    "pm_card_bypassPending": TestCard(number="4000000000000077", is_available_at_once=True),
    "pm_card_bypassPendingInternational": TestCard(
        number="4000003720000278", is_available_at_once=True
    ),
    "pm_card_authenticationRequiredOnSetup": TestCard(number="4000002500003155", needs_3ds=True),
    "pm_card_authenticationRequired": TestCard(number="4000002760003184", needs_3ds=True),
    "pm_card_authenticationRequiredSetupForOffSession": TestCard(number="4000003800000446"),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": TestCard(
        number="4000008260003178",
        needs_3ds=True,
        code="card_declined",
        decline_code="insufficient_funds",
        message="Your card has insufficient funds.",
    ),
    "pm_card_threeDSecure2Required": TestCard(number="4000000000003220", needs_3ds=True),
    "pm_card_threeDSecureRequiredChargeDeclined": TestCard(
        number="4000008400001629",
        needs_3ds=True,
        code="card_declined",
        decline_code="generic_decline",
    ),
    "pm_card_threeDSecureRequiredProcessingError": _error(
        "4000008400001280", "processing_error", "An error occurred while processing your card."
    ),
    "pm_card_threeDSecureOptional": TestCard(number="4000000000003055"),
    "pm_card_threeDSecureOptionalProcessingError": TestCard(number="4000000000003097"),
    "pm_card_amex_threeDSecureNotSupported": TestCard("amex", "378282246310005"),
}

_NUMBERS: Final[dict[str, str]] = {
    card.number: name
    for name, card in reversed(CARDS.items())  # Of two names for one number the first counts.
    if card.number != card.last4
}


def named(number: str) -> str | None:
    """Name the test method that has this number, in whatever groups it is written."""
    return _NUMBERS.get("".join(number.split()))
