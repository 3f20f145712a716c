"""How a payment is refused, before anything has happened."""

from __future__ import annotations

from fynlo.kernel.errors import DomainError, Kind, Retry


class PaymentRefused(DomainError):
    """A rule of the shop says no; correct the request and send it under a new key."""

    kind = Kind.REFUSED
    retry = Retry.NEW_KEY


class OrderOverpaid(PaymentRefused):
    """More than the order still needs; `outstanding` says how much that is."""

    code = "order-overpaid"
    title = "That is more than the order still needs."


class PartialPaymentNotAllowed(PaymentRefused):
    """Less than the order needs, where only full payment is taken."""

    code = "partial-payment-not-allowed"
    title = "Only the full amount is taken."


class ChangeLimitExceeded(PaymentRefused):
    """More change than the shop gives."""

    code = "change-limit-exceeded"
    title = "That is more change than may be given."


class TenderedTooSmall(PaymentRefused):
    """Less cash on the counter than is to be paid with it."""

    code = "tendered-too-small"
    title = "The cash tendered is less than the amount."


class UnknownMethod(PaymentRefused):
    """The merchant has no such method."""

    code = "unknown-method"
    title = "There is no such payment method."


class MethodNotEnabled(PaymentRefused):
    """The merchant has it, but does not take it now."""

    code = "method-not-enabled"
    title = "This payment method is not enabled."


class AmountBelowMinimum(PaymentRefused):
    """Less than the method or its provider takes, or would leave less than it takes."""

    code = "amount-below-minimum"
    title = "The amount is below the minimum."


class AmountInvalid(PaymentRefused):
    """More than the method takes, or an amount that its provider cannot express."""

    code = "amount-invalid"
    title = "The amount cannot be taken this way."


class CurrencyMismatch(PaymentRefused):
    """Another currency than the order's."""

    code = "currency-mismatch"
    title = "The order has another currency."


class ReferenceRequired(PaymentRefused):
    """This method needs a reference: the voucher's number, the transfer's text."""

    code = "reference-required"
    title = "This method needs a reference."


class ReferenceAlreadyUsed(DomainError):
    """A reference that may be used once was used."""

    kind = Kind.CONFLICT
    code = "reference-already-used"
    title = "This reference was used before."
    retry = Retry.NEW_KEY


class TipNotAllocated(PaymentRefused):
    """A tip for the whole, and more than one payment that could carry it."""

    code = "tip-not-allocated"
    title = "Say which payment carries the tip."
