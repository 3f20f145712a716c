"""Payment intents: create, update, confirm, capture, cancel (docs/reference/stripe.md §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox import check, methods, shapes
from fynlo.sandbox.problems import Refusal, unexpected_state

if TYPE_CHECKING:
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

HOLD_SECONDS: Final = 604_800

_CREATE: Final = frozenset(
    [
        "allowed_payment_method_types",
        "amount",
        "automatic_payment_methods",
        "capture_method",
        "confirm",
        "currency",
        "customer",
        "description",
        "error_on_requires_action",
        "expand",
        "metadata",
        "off_session",
        "payment_method",
        "receipt_email",
        "return_url",
        "setup_future_usage",
        "statement_descriptor_suffix",
        "transfer_group",
        "use_stripe_sdk",
    ]
)
_ONLY_WITH_CONFIRM: Final = (
    *("error_on_requires_action", "off_session", "return_url", "use_stripe_sdk"),
)
_UPDATE: Final = frozenset(
    [
        "amount",
        "currency",
        "customer",
        "description",
        "expand",
        "metadata",
        "payment_method",
        "receipt_email",
        "setup_future_usage",
        "statement_descriptor_suffix",
        "transfer_group",
    ]
)
_CONFIRM: Final = frozenset(
    [
        "capture_method",
        "error_on_requires_action",
        "expand",
        "off_session",
        "payment_method",
        "return_url",
        "use_stripe_sdk",
    ]
)
_REASONS: Final = frozenset({"abandoned", "duplicate", "fraudulent", "requested_by_customer"})
_CAPTURE_METHODS: Final = frozenset({"automatic", "automatic_async", "manual"})
_BEFORE_CONFIRMED: Final = frozenset(
    {"requires_payment_method", "requires_confirmation", "requires_action"}
)
CANCELABLE: Final = _BEFORE_CONFIRMED | {"requires_capture", "processing"}


def create(desk: Desk, params: Params) -> Document:
    """Create an intent, and confirm it in the same call if asked to."""
    if "payment_method_types" in params:
        raise Refusal(
            400,
            "`payment_method_types` is no longer supported.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )
    check.only(params, _CREATE)
    is_confirmed = check.flag(params, "confirm")
    if not is_confirmed:
        for name in _ONLY_WITH_CONFIRM:
            if name in params:
                raise Refusal(400, f"`{name}` needs `confirm=true`.", param=name)
    currency = check.currency(params)
    intent = shapes.intent(
        desk.names.new("pi"),
        desk.names.new("x")[2:],
        desk.now,
        check.amount(params, currency),
        currency,
    )
    capture = check.choice(params, "capture_method", _CAPTURE_METHODS)
    intent["capture_method"] = capture or "automatic_async"
    if "allowed_payment_method_types" in params:
        intent["automatic_payment_methods"] = None
        intent["allowed_payment_method_types"] = params["allowed_payment_method_types"]
    elif "automatic_payment_methods" in params:
        redirects = params["automatic_payment_methods"].get("allow_redirects", "always")
        intent["automatic_payment_methods"] = {"allow_redirects": redirects, "enabled": True}
    _set(desk, intent, params)
    desk.tell("payment_intent.created", desk.keep(intent))
    return _confirmed(desk, intent, params) if is_confirmed else desk.keep(intent)


def _set(desk: Desk, intent: Document, params: Params) -> None:
    for name in ("description", "receipt_email", "statement_descriptor_suffix", "transfer_group"):
        if name in params:
            intent[name] = params[name] or None
    if "customer" in params:
        customer = desk.find("customer", params["customer"], "customer", status=400)
        intent["customer"] = customer["id"]
    check.merge_metadata(intent, params)
    if "payment_method" in params:
        _attach_method(desk, intent, params["payment_method"])


def _attach_method(desk: Desk, intent: Document, method_id: str) -> None:
    method = methods.use(desk, method_id)
    intent["payment_method"] = method["id"]
    if intent["status"] == "requires_payment_method":
        intent["status"] = "requires_confirmation"


def update(desk: Desk, params: Params, intent_id: str) -> Document:
    """Change an intent before it is confirmed."""
    check.only(params, _UPDATE)
    intent = desk.find("payment_intent", intent_id, "intent")
    if intent["status"] not in _BEFORE_CONFIRMED:
        raise unexpected_state(
            f"This PaymentIntent could not be updated because it has a status of "
            f"{intent['status']}.",
            intent,
        )
    if "amount" in params:
        intent["amount"] = check.amount(params, intent["currency"])
    _set(desk, intent, params)
    return desk.keep(intent)


def retrieve(desk: Desk, params: Params, intent_id: str) -> Document:
    """Read an intent."""
    check.only(params, ("expand", "client_secret"))
    return desk.find("payment_intent", intent_id, "intent")


def confirm(desk: Desk, params: Params, intent_id: str) -> Document:
    """Try to take, or to hold, the money."""
    check.only(params, _CONFIRM)
    intent = desk.find("payment_intent", intent_id, "intent")
    if intent["status"] not in {"requires_payment_method", "requires_confirmation"}:
        raise unexpected_state(
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}.",
            intent,
        )
    if "payment_method" in params:
        _attach_method(desk, intent, params["payment_method"])
    return _confirmed(desk, intent, params)


def _confirmed(desk: Desk, intent: Document, params: Params) -> Document:
    if intent["payment_method"] is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method.", intent
        )
    methods_setting = intent["automatic_payment_methods"]
    redirects = methods_setting is not None and methods_setting["allow_redirects"] == "always"
    if redirects and "return_url" not in params:
        raise Refusal(
            400,
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard; "
            "you must provide a `return_url`.",
        )
    card = methods.card_of(desk, intent)
    if card.needs_3ds:
        if check.flag(params, "off_session") or check.flag(params, "error_on_requires_action"):
            raise _refuse(desk, intent, "authentication_required", "authentication_required")
        return _ask_customer(desk, intent, params)
    return take(desk, intent)


def _ask_customer(desk: Desk, intent: Document, params: Params) -> Document:
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


def take(desk: Desk, intent: Document) -> Document:
    """Charge or hold, as the card decides; a decline raises, and is stored under the key."""
    card = methods.card_of(desk, intent)
    if card.code is not None:
        raise _refuse(desk, intent, card.code, card.decline_code, card.message)
    method = desk.find("payment_method", intent["payment_method"], "payment_method")
    charge = shapes.charge(desk.names.new("ch"), intent, method, desk.now)
    charge["outcome"]["risk_level"] = card.risk_level
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
    desk.tell("charge.succeeded", desk.keep(charge))
    desk.tell("payment_intent.succeeded", desk.keep(intent))
    return intent


def _refuse(
    desk: Desk,
    intent: Document,
    code: str,
    decline_code: str | None,
    message: str = "Your card was declined.",
) -> Refusal:
    method = desk.find("payment_method", intent["payment_method"], "payment_method")
    charge = shapes.charge(desk.names.new("ch"), intent, method, desk.now)
    charge |= {"amount_captured": 0, "captured": False, "paid": False, "status": "failed"}
    charge |= {"failure_code": code, "failure_message": message}
    charge["outcome"] |= {
        "network_status": "declined_by_network",
        "reason": decline_code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": methods.card_of(desk, intent).outcome_type.replace("authorized", "issuer_declined"),
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


def capture(desk: Desk, params: Params, intent_id: str) -> Document:
    """Take what is held, or a part of it; the rest is released at once."""
    check.only(params, ("amount_to_capture", "expand", "final_capture", "metadata"))
    intent = desk.find("payment_intent", intent_id, "intent")
    if intent["status"] != "requires_capture":
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be "
            f"captured: requires_capture.",
            intent,
        )
    amount = check.integer(params, "amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        raise Refusal(
            400,
            "The amount to capture is greater than the capturable amount.",
            code="amount_too_large",
            is_stored=True,
            payment_intent=intent,
        )
    charge = desk.find("charge", intent["latest_charge"], "charge")
    charge |= {"amount_captured": amount, "captured": True}
    intent |= {"amount_capturable": 0, "amount_received": amount, "status": "succeeded"}
    check.merge_metadata(intent, params)
    desk.tell("charge.captured", desk.keep(charge))
    desk.tell("payment_intent.succeeded", desk.keep(intent))
    return intent


def cancel(desk: Desk, params: Params, intent_id: str) -> Document:
    """Give an intent up; what it held is released."""
    check.only(params, ("cancellation_reason", "expand"))
    intent = desk.find("payment_intent", intent_id, "intent")
    reason = check.choice(params, "cancellation_reason", _REASONS)
    if intent["status"] not in CANCELABLE:
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. "
            f"Only a PaymentIntent with one of the following statuses may be canceled: "
            f"{', '.join(sorted(CANCELABLE))}.",
            intent,
        )
    return canceled(desk, intent, reason)


def canceled(desk: Desk, intent: Document, reason: str | None) -> Document:
    """Cancel, whoever wants it."""
    intent |= {"amount_capturable": 0, "canceled_at": int(desk.now), "next_action": None}
    intent |= {"cancellation_reason": reason, "status": "canceled"}
    desk.tell("payment_intent.canceled", desk.keep(intent))
    return intent


def answer_customer(desk: Desk, intent: Document, outcome: str) -> Document:
    """Let the customer answer 3-D Secure: go on, or fail as a bank does."""
    if intent["status"] != "requires_action":
        raise unexpected_state("Nobody is asked anything.", intent)
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
