"""What we ask Stripe for: the same instruction always gives the same parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.payments.providers.stripe.currencies import to_stripe

if TYPE_CHECKING:
    from fynlo.payments.providers.port import Instruction

PURPOSE: Final = "purpose"
SPENT_KEY: Final = "spent_key"
"""How an intent is marked that only takes a key, so that it is never found as the real one."""


def metadata(told: Instruction, environment: str) -> dict[str, str]:
    """Name everything by which an intent is found again, and nothing personal; no empty values."""
    found = {
        "merchant_id": str(told.merchant_id),
        "order_id": str(told.order_id),
        "transaction_id": str(told.transaction_id),
        "payment_id": str(told.tender_id),
        "operation_id": str(told.operation_id),
        "staff_id": str(told.staff_id),
        "drawer_session_id": str(told.drawer_session_id or ""),
        "environment": environment,
    }
    return {name: value for name, value in found.items() if value}


def create(
    told: Instruction, *, capture_method: str, return_url: str | None, environment: str
) -> dict[str, Any]:
    """Create and confirm in one call.

    A bank that wants to see the customer gives a redirect, or, without an address to return to,
    a question for Stripe's SDK in the customer's app. The method types are named, because automatic
    ones would let the dashboard decide what a till takes. `automatic` capture, because the default
    captures behind the answer.
    """
    return {
        "allowed_payment_method_types": ["card"],
        "amount": to_stripe(told.amount),
        "capture_method": capture_method,
        "confirm": True,
        "currency": told.amount.currency.code.lower(),
        "description": f"Order {told.order_number}",
        "expand": ["latest_charge"],
        "metadata": metadata(told, environment),
        "payment_method": told.payment_method_ref,
        **({"use_stripe_sdk": True} if return_url is None else {"return_url": return_url}),
    }


def spent_key(told: Instruction, environment: str) -> dict[str, Any]:
    """Create an intent that nobody can pay: it has no card, and nobody is given its secret."""
    return {
        "allowed_payment_method_types": ["card"],
        "amount": to_stripe(told.amount),
        "currency": told.amount.currency.code.lower(),
        "metadata": metadata(told, environment) | {PURPOSE: SPENT_KEY},
    }


def refund(told: Instruction, environment: str) -> dict[str, Any]:
    """Return all of an intent."""
    return {"payment_intent": told.reference, "metadata": metadata(told, environment)}
