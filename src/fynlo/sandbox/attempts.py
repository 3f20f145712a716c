"""An attempt to take or to hold the money: approved, declined, or the customer is asked first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox import balances, methods, shapes
from fynlo.sandbox.problems import Refusal, unexpected_state

if TYPE_CHECKING:
    from fynlo.sandbox.cards import TestCard
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

HOLD_SECONDS: Final = 604_800
OUTCOMES: Final = ("succeed", "fail")


def ask_customer(desk: Desk, intent: Document, params: Params) -> Document:
    """Wait for the customer to answer 3-D Secure: on the bank's page, or in the app."""
    intent["status"] = "requires_action"
    if "return_url" in params:
        page = f"{desk.public_url}/_sandbox/3ds/{intent['id']}"
        redirect = {"return_url": params["return_url"], "url": page}
        intent["next_action"] = {"redirect_to_url": redirect, "type": "redirect_to_url"}
    else:
        intent["next_action"] = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect"},
        }
    desk.tell("payment_intent.requires_action", desk.keep(intent))
    return intent


def is_answered(desk: Desk, intent: Document) -> bool:
    """Whether the customer has agreed to this very method, and only the confirm is missing."""
    found = desk.store.setting(f"answered:{intent['id']}", None)
    return bool(found == intent["payment_method"])


def take(desk: Desk, intent: Document) -> Document:
    """Charge or hold, as the card decides; a decline raises, and is stored under the key."""
    card = methods.card_of(desk, intent["payment_method"])
    if card.code is not None:
        raise decline(desk, intent, card.code, card.decline_code, card.message)
    method = desk.find("payment_method", intent["payment_method"], "payment_method")
    charge = _charge(desk, intent, method, card)
    methods.spend(desk, intent, method)
    intent["latest_charge"] = charge["id"]
    intent["next_action"] = None
    intent["last_payment_error"] = None
    if intent["capture_method"] == "manual":
        until = int(desk.now) + HOLD_SECONDS
        charge |= {"amount_captured": 0, "captured": False}
        charge["payment_method_details"]["card"]["capture_before"] = until
        intent |= {"amount_capturable": intent["amount"], "status": "requires_capture"}
        desk.tell("charge.succeeded", desk.keep(charge))
        desk.tell("payment_intent.amount_capturable_updated", desk.keep(intent))
        return intent
    intent |= {"amount_received": intent["amount"], "status": "succeeded"}
    if intent["capture_method"] == "automatic":
        balances.book_charge(desk, charge)
    else:
        balances.book_later(desk, charge)
    desk.tell("charge.succeeded", desk.keep(charge))
    desk.tell("payment_intent.succeeded", desk.keep(intent))
    return intent


def _charge(desk: Desk, intent: Document, method: Document, card: TestCard) -> Document:
    charge = shapes.charge(desk.names.new("ch"), intent, method, desk.now)
    charge["outcome"]["risk_level"] = card.risk_level
    charge["payment_method_details"]["card"]["checks"] = card.checks
    return charge


def decline(
    desk: Desk,
    intent: Document,
    code: str,
    decline_code: str | None,
    message: str = "Your card was declined.",
) -> Refusal:
    """Keep the failed charge and the intent without its method; what to raise, stored."""
    card = methods.card_of(desk, intent["payment_method"])
    method = desk.find("payment_method", intent["payment_method"], "payment_method")
    charge = _charge(desk, intent, method, card)
    charge |= {"amount_captured": 0, "captured": False, "paid": False, "status": "failed"}
    charge |= {"failure_code": code, "failure_message": message}
    charge["outcome"] |= {
        "network_status": "not_sent_to_network" if card.is_blocked else "declined_by_network",
        "reason": decline_code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "blocked" if card.is_blocked else "issuer_declined",
    }
    error: dict[str, Any] = {
        "charge": charge["id"],
        "code": code,
        "decline_code": decline_code,
        "doc_url": "https://stripe.com/docs/error-codes/" + code.replace("_", "-"),
        "message": message,
        "payment_method": method,
        "type": "card_error",
    }
    intent |= {"latest_charge": charge["id"], "status": "requires_payment_method"}
    intent |= {"last_payment_error": error, "next_action": None, "payment_method": None}
    desk.tell("charge.failed", desk.keep(charge))
    desk.tell("payment_intent.payment_failed", desk.keep(intent))
    return Refusal(
        402,
        message,
        kind="card_error",
        code=code,
        decline_code=decline_code,
        charge=charge["id"],
        payment_intent=intent,
        payment_method=method,
        is_stored=True,
    )


def answer_customer(desk: Desk, intent: Document, outcome: str) -> Document:
    """Let the customer answer 3-D Secure: go on, or fail as a bank does."""
    if intent["status"] != "requires_action":
        raise unexpected_state("Nobody is asked anything.", intent)
    if outcome == "succeed" and intent["confirmation_method"] == "manual":
        desk.store.set(f"answered:{intent['id']}", intent["payment_method"])
        intent |= {"status": "requires_confirmation", "next_action": None}
        return desk.keep(intent)  # The till's server goes on, with a confirm of its own.
    if outcome == "succeed":
        try:
            return take(desk, intent)
        except Refusal:
            return intent  # The bank agreed, and then the card declined.
    code = "payment_intent_authentication_failure"
    message = "The provided PaymentMethod has failed authentication."
    error = {"code": code, "message": message, "type": "invalid_request_error"}
    intent |= {"status": "requires_payment_method", "last_payment_error": error}
    intent |= {"next_action": None, "payment_method": None}
    desk.tell("payment_intent.payment_failed", desk.keep(intent))
    return intent
