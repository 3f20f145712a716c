"""Objects with every key that Stripe sends, null when empty (docs/reference/stripe.md §7–§9)."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox.contact import ADDRESS

if TYPE_CHECKING:
    from fynlo.sandbox.cards import TestCard
    from fynlo.sandbox.store import Document


STATEMENT: Final = "FYNLO SANDBOX"
"""What a customer reads on a bank statement."""

_EMPTY_IN_INTENT: Final = (
    *("allowed_payment_method_types", "application", "application_fee_amount", "canceled_at"),
    *("cancellation_reason", "customer", "customer_account", "description"),
    *("excluded_payment_method_types", "last_payment_error", "latest_charge", "next_action"),
    *("on_behalf_of", "payment_method", "payment_method_configuration_details"),
    *("payment_record", "processing", "receipt_email", "review", "setup_future_usage"),
    *("shared_payment_granted_token", "shipping", "source", "statement_descriptor"),
    *("statement_descriptor_suffix", "transfer_data", "transfer_group"),
)


def intent(intent_id: str, secret: str, now: float, amount: int, currency: str) -> Document:
    """A bare payment intent."""
    card_options = {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "automatic",
    }
    return {
        "id": intent_id,
        "object": "payment_intent",
        **dict.fromkeys(_EMPTY_IN_INTENT),
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{secret}",
        "confirmation_method": "automatic",
        "created": int(now),
        "currency": currency,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": {},
        "payment_method_options": {"card": card_options},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }


def _billing_details() -> Document:
    return {
        "address": dict.fromkeys(ADDRESS),
        "email": None,
        "name": None,
        "phone": None,
        "tax_id": None,
    }


def payment_method(method_id: str, card: TestCard, now: float) -> Document:
    """A card payment method."""
    return {
        "id": method_id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": _billing_details(),
        "card": {
            "brand": card.brand,
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "unchecked",
            },
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": f"fp{card.brand}{card.last4}",
            "funding": card.funding,
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": int(now),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "shared_payment_granted_token": None,
        "type": "card",
    }


def charge(charge_id: str, about: Document, method: Document, now: float) -> Document:
    """A charge of an intent, as if it were approved and captured."""
    return {
        "id": charge_id,
        "object": "charge",
        "amount": about["amount"],
        "amount_captured": about["amount"],
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": deepcopy(method["billing_details"]),
        "calculated_statement_descriptor": STATEMENT,
        "captured": True,
        "created": int(now),
        "currency": about["currency"],
        "customer": about["customer"],
        "description": about["description"],
        "destination": None,
        "dispute": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(about["metadata"]),
        "on_behalf_of": None,
        "order": None,
        "outcome": _outcome(),
        "paid": True,
        "payment_intent": about["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": _card_details(about, method), "type": "card"},
        "radar_options": {},
        "receipt_email": about["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def _outcome() -> Document:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 24,
        "seller_message": "Payment complete.",
        "type": "authorized",
    }


def _card_details(about: Document, method: Document) -> dict[str, Any]:
    card = method["card"]
    return {
        "amount_authorized": about["amount"],
        "authorization_code": "123456",
        "brand": card["brand"],
        "checks": dict(card["checks"]),
        "country": card["country"],
        "electronic_commerce_indicator": None,
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card["last4"],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": "123456789012345",
        "overcapture": {"maximum_amount_capturable": about["amount"], "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": card["wallet"],
    }


def refund(refund_id: str, about: Document, amount: int, now: float) -> Document:
    """A refund of a charge, as if it succeeded."""
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": about["id"],
        "created": int(now),
        "currency": about["currency"],
        "customer": about["customer"],
        "customer_account": None,
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": {},
        "payment_intent": about["payment_intent"],
        "payment_method": about["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def balance_transaction(
    transaction_id: str,
    source: Document,
    what: tuple[str, int],
    *,
    now: float,
    available_on: float,
) -> Document:
    """What a charge or a refund did to the balance, for nothing."""
    kind, amount = what
    return {
        "id": transaction_id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": int(available_on),
        "balance_type": "payments",
        "created": int(now),
        "currency": source["currency"],
        "description": None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": kind,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }


def customer(customer_id: str, now: float) -> Document:
    """A customer."""
    empty = ("address", "description", "email", "name", "phone", "shipping")
    return {
        "id": customer_id,
        "object": "customer",
        **dict.fromkeys(empty),
        "balance": 0,
        "created": int(now),
        "delinquent": False,
        "livemode": False,
        "metadata": {},
    }
