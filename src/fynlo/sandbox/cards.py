"""The test payment methods and what each of them does (docs/reference/stripe.md §13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card of the test set: how it looks, and what becomes of a payment with it."""

    brand: str = "visa"
    last4: str = "4242"
    funding: str = "credit"
    country: str = "US"
    code: str | None = None  # A decline at confirmation, or after 3-D Secure if that is asked for.
    decline_code: str | None = None
    message: str = "Your card was declined."
    needs_3ds: bool = False
    refund: str = "succeeded"
    is_blocked: bool = False
    risk_level: str = "normal"
    cvc: str = "pass"
    postal_code: str | None = None
    line1: str | None = None

    @property
    def checks(self) -> dict[str, str | None]:
        """Tell what the bank says of the number on the back, and of the address."""
        return {
            "address_line1_check": self.line1,
            "address_postal_code_check": self.postal_code,
            "cvc_check": "fail" if self.code == "incorrect_cvc" else self.cvc,
        }


def _decline(last4: str, reason: str, message: str = "Your card was declined.") -> TestCard:
    return TestCard(last4=last4, code="card_declined", decline_code=reason, message=message)


def _error(last4: str, code: str, message: str) -> TestCard:
    return TestCard(last4=last4, code=code, decline_code=code, message=message)


CARDS: Final[dict[str, TestCard]] = {
    "pm_card_visa": TestCard(),
    "pm_card_visa_debit": TestCard(last4="5556", funding="debit"),
    "pm_card_mastercard": TestCard("mastercard", "4444"),
    "pm_card_mastercard_debit": TestCard("mastercard", "8210", "debit"),
    "pm_card_mastercard_prepaid": TestCard("mastercard", "5100", "prepaid"),
    "pm_card_amex": TestCard("amex", "0005"),
    "pm_card_discover": TestCard("discover", "1117"),
    "pm_card_diners": TestCard("diners", "0004"),
    "pm_card_jcb": TestCard("jcb", "0505"),
    "pm_card_unionpay": TestCard("unionpay", "0005"),
    "pm_card_gb": TestCard(country="GB", last4="0003"),
    "pm_card_ca": TestCard(country="CA", last4="0006"),
    "pm_card_visa_chargeDeclined": _decline("0002", "generic_decline"),
    "pm_card_chargeDeclined": _decline("0002", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": _decline(
        "9995", "insufficient_funds", "Your card has insufficient funds."
    ),
    "pm_card_visa_chargeDeclinedLostCard": _decline("9987", "lost_card"),
    "pm_card_visa_chargeDeclinedStolenCard": _decline("9979", "stolen_card"),
    "pm_card_chargeDeclinedExpiredCard": _error("0069", "expired_card", "Your card has expired."),
    "pm_card_chargeDeclinedIncorrectCvc": _error(
        "0127", "incorrect_cvc", "Your card's security code is incorrect."
    ),
    "pm_card_chargeDeclinedProcessingError": _error(
        "0119",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": _decline("6975", "card_velocity_exceeded"),
    "pm_card_chargeCustomerFail": _decline("0341", "generic_decline"),
    "pm_card_radarBlock": TestCard(
        last4="0019",
        code="card_declined",
        decline_code="fraudulent",
        is_blocked=True,
        risk_level="highest",
    ),
    "pm_card_riskLevelHighest": TestCard(last4="4954", risk_level="highest"),
    "pm_card_riskLevelElevated": TestCard(last4="9235", risk_level="elevated"),
    "pm_card_cvcCheckFail": TestCard(last4="0101", cvc="fail"),
    "pm_card_avsZipFail": TestCard(last4="0036", postal_code="fail"),
    "pm_card_avsLine1Fail": TestCard(last4="0028", line1="fail"),
    "pm_card_avsFail": TestCard(last4="0010", postal_code="fail", line1="fail"),
    "pm_card_avsUnchecked": TestCard(last4="0044", postal_code="unchecked", line1="unchecked"),
    "pm_card_cvcCheckFailElevatedRisk": TestCard(last4="7872", risk_level="elevated", cvc="fail"),
    "pm_card_avsZipFailElevatedRisk": TestCard(
        last4="6072", risk_level="elevated", postal_code="fail"
    ),
    "pm_card_pendingRefund": TestCard(last4="7726", refund="pending"),
    "pm_card_refundFail": TestCard(last4="5126", refund="failed"),
    "pm_card_bypassPending": TestCard(last4="0077"),
    "pm_card_bypassPendingInternational": TestCard(last4="0278"),
    "pm_card_authenticationRequiredOnSetup": TestCard(last4="3155", needs_3ds=True),
    "pm_card_authenticationRequired": TestCard(last4="3184", needs_3ds=True),
    "pm_card_authenticationRequiredSetupForOffSession": TestCard(last4="0446"),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": TestCard(
        last4="3178",
        needs_3ds=True,
        code="card_declined",
        decline_code="insufficient_funds",
        message="Your card has insufficient funds.",
    ),
    "pm_card_threeDSecure2Required": TestCard(last4="3220", needs_3ds=True),
    "pm_card_threeDSecureRequiredChargeDeclined": TestCard(
        last4="1629", needs_3ds=True, code="card_declined", decline_code="generic_decline"
    ),
    "pm_card_threeDSecureRequiredProcessingError": _error(
        "1280", "processing_error", "An error occurred while processing your card."
    ),
    "pm_card_threeDSecureOptional": TestCard(last4="3055"),
    "pm_card_threeDSecureOptionalProcessingError": TestCard(last4="3097"),
    "pm_card_amex_threeDSecureNotSupported": TestCard("amex", "0005"),
}
