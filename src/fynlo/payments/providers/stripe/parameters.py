"""What we ask Stripe for: the same instruction always gives the same parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.payments.providers.stripe.currencies import to_stripe

if TYPE_CHECKING:
    from fynlo.payments.providers.port import Instruction


def metadata(told: Instruction) -> dict[str, str]:
    """Name everything by which an intent is found again, and nothing personal."""
    return {
        "merchant_id": str(told.merchant_id),
        "order_id": str(told.order_id),
        "transaction_id": str(told.transaction_id),
        "payment_id": str(told.tender_id),
        "operation_id": str(told.operation_id),
        "staff_id": str(told.staff_id),
    }


def create(told: Instruction, *, capture_method: str, return_url: str) -> dict[str, Any]:
    """Create and confirm in one call; a bank that wants to see the customer gives a redirect."""
    return {
        **unconfirmed(told),
        "capture_method": capture_method,
        "confirm": True,
        "description": f"Order {told.order_number}",
        "payment_method": told.payment_method_ref,
        "return_url": return_url,
    }


def unconfirmed(told: Instruction) -> dict[str, Any]:
    """Create an intent that nobody can have paid: it only takes the key."""
    return {
        "allowed_payment_method_types": ["card"],
        "amount": to_stripe(told.amount),
        "currency": told.amount.currency.code.lower(),
        "expand": ["latest_charge"],
        "metadata": metadata(told),
    }
