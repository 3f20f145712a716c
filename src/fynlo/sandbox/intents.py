"""Payment intents: create, update, confirm, capture, cancel (docs/reference/stripe.md §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.sandbox import amounts, attempts, balances, check, contact, methods, shapes
from fynlo.sandbox.problems import Refusal, missing, unexpected_state

if TYPE_CHECKING:
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

ENDIVE: Final = "2026-09-30"
"""The version from which `payment_method_types` is no longer accepted."""

_CREATE: Final = frozenset(
    [
        "allowed_payment_method_types",
        "amount",
        "automatic_payment_methods",
        "capture_method",
        "confirm",
        "confirmation_method",
        "currency",
        "customer",
        "description",
        "error_on_requires_action",
        "expand",
        "metadata",
        "off_session",
        "payment_method",
        "payment_method_data",
        "receipt_email",
        "return_url",
        "setup_future_usage",
        "shipping",
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
        "payment_method_data",
        "receipt_email",
        "setup_future_usage",
        "shipping",
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
        "payment_method_data",
        "receipt_email",
        "return_url",
        "setup_future_usage",
        "shipping",
        "use_stripe_sdk",
    ]
)
_EXCLUSIVE: Final = (
    *("allowed_payment_method_types", "automatic_payment_methods", "payment_method_types"),
)
_REASONS: Final = frozenset({"abandoned", "duplicate", "fraudulent", "requested_by_customer"})
_CAPTURE_METHODS: Final = frozenset({"automatic", "automatic_async", "manual"})
_CONFIRMATION_METHODS: Final = frozenset({"automatic", "manual"})
_FUTURE_USAGES: Final = frozenset({"", "off_session", "on_session"})
_BEFORE_CONFIRMED: Final = frozenset(
    {"requires_payment_method", "requires_confirmation", "requires_action"}
)
CANCELABLE: Final = _BEFORE_CONFIRMED | {"requires_capture", "processing"}


def create(desk: Desk, params: Params) -> Document:
    """Create an intent, and confirm it in the same call if asked to."""
    is_old = desk.version < ENDIVE
    if "payment_method_types" in params and not is_old:
        raise Refusal(
            400,
            "`payment_method_types` is no longer supported.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )
    check.only(params, _CREATE | {"payment_method_types"} if is_old else _CREATE)
    check.alone(params, _EXCLUSIVE)
    is_confirmed = check.flag(params, "confirm")
    if not is_confirmed:
        for name in _ONLY_WITH_CONFIRM:
            if name in params:
                raise Refusal(400, f"`{name}` needs `confirm=true`.", param=name)
    currency = amounts.currency(params)
    intent = shapes.intent(
        desk.names.new("pi"),
        desk.names.new("x")[2:],
        desk.now,
        amounts.read(params, currency),
        currency,
    )
    capture = check.choice(params, "capture_method", _CAPTURE_METHODS)
    intent["capture_method"] = capture or "automatic_async"
    confirmation = check.choice(params, "confirmation_method", _CONFIRMATION_METHODS)
    intent["confirmation_method"] = confirmation or "automatic"
    _choose_methods(desk, intent, params)
    _set(desk, intent, params)
    desk.tell("payment_intent.created", desk.keep(intent))
    return _confirmed(desk, intent, params) if is_confirmed else desk.keep(intent)


def _choose_methods(desk: Desk, intent: Document, params: Params) -> None:
    """Say which kinds of methods may pay: some that are named, or what the account has."""
    automatic: Document | None = None
    if "payment_method_types" in params:
        intent["payment_method_types"] = params["payment_method_types"]
    elif "allowed_payment_method_types" in params:
        intent["allowed_payment_method_types"] = params["allowed_payment_method_types"]
    elif "automatic_payment_methods" in params:
        automatic = _automatic(params["automatic_payment_methods"])
    else:
        automatic = {"allow_redirects": "always", "enabled": True}
    intent["automatic_payment_methods"] = automatic
    if automatic is not None:
        configuration = {"id": desk.own_id("pmc"), "parent": None}
        intent["payment_method_configuration_details"] = configuration


def _automatic(given: Params) -> Document | None:
    """Read how methods are chosen; None when they are not chosen automatically."""
    group = "automatic_payment_methods"
    check.only(given, ("allow_redirects", "enabled"), inside=group)
    if "enabled" not in given:
        raise missing(f"{group}[enabled]")
    redirects = check.choice(given, "allow_redirects", ("always", "never"), inside=group)
    is_on = check.flag(given, "enabled", inside=group)
    return {"allow_redirects": redirects or "always", "enabled": True} if is_on else None


_TEXTS: Final = (
    *("description", "receipt_email", "setup_future_usage", "statement_descriptor_suffix"),
    "transfer_group",
)


def _set(desk: Desk, intent: Document, params: Params) -> None:
    check.choice(params, "setup_future_usage", _FUTURE_USAGES)
    for name in _TEXTS:
        if name in params:
            intent[name] = params[name] or None
    contact.set_shipping(intent, params)
    if "customer" in params:
        intent["customer"] = desk.customer(params["customer"])["id"]
    check.merge_metadata(intent, params)
    check.alone(params, ("payment_method", "payment_method_data"))
    if "payment_method" in params:
        method = methods.use(desk, params["payment_method"])
    elif "payment_method_data" in params:
        method = methods.from_data(
            desk, params["payment_method_data"], inside="payment_method_data"
        )
    else:
        if "customer" in params and intent["payment_method"] is not None:
            methods.must_fit(desk, intent, _method(desk, intent))
        return
    methods.must_fit(desk, intent, method)
    intent["payment_method"] = method["id"]
    intent |= {"status": "requires_confirmation", "next_action": None}


def _method(desk: Desk, intent: Document) -> Document:
    return desk.find("payment_method", intent["payment_method"], "payment_method")


def update(desk: Desk, params: Params, intent_id: str) -> Document:
    """Change an intent before it is confirmed."""
    check.only(params, _UPDATE)
    intent = desk.find("payment_intent", intent_id, "intent")
    if intent["status"] not in _BEFORE_CONFIRMED:
        raise unexpected_state(
            f"This PaymentIntent could not be updated because it has a status of "
            f"{intent['status']}.",
            intent,
            param="amount" if "amount" in params else None,
        )
    if "currency" in params:
        intent["currency"] = amounts.currency(params)
    if "amount" in params or "currency" in params:
        intent["amount"] = amounts.read({"amount": intent["amount"]} | params, intent["currency"])
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
    if "capture_method" in params:
        intent["capture_method"] = check.choice(params, "capture_method", _CAPTURE_METHODS)
    _set(desk, intent, params)
    return _confirmed(desk, intent, params)


def _confirmed(desk: Desk, intent: Document, params: Params) -> Document:
    check.url(params, "return_url")
    if intent["payment_method"] is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method.", intent
        )
    methods.must_fit(desk, intent, _method(desk, intent))
    automatic = intent["automatic_payment_methods"]
    redirects = automatic is not None and automatic["allow_redirects"] == "always"
    if redirects and "return_url" not in params:
        raise Refusal(
            400,
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard; "
            "you must provide a `return_url`.",
        )
    card = methods.card_of(desk, intent["payment_method"])
    if card.needs_3ds and not attempts.is_answered(desk, intent):
        if check.flag(params, "off_session") or check.flag(params, "error_on_requires_action"):
            code = "authentication_required"
            raise attempts.decline(desk, intent, code, code)
        return attempts.ask_customer(desk, intent, params)
    return attempts.take(desk, intent)


def capture(desk: Desk, params: Params, intent_id: str) -> Document:
    """Take what is held, or a part of it; the rest is released at once."""
    check.only(params, ("amount_to_capture", "expand", "final_capture", "metadata"))
    intent = desk.find("payment_intent", intent_id, "intent")
    if intent["status"] != "requires_capture":
        if intent["status"] == "succeeded":
            raise unexpected_state(
                "The remaining amount on this PaymentIntent could not be captured because the "
                "remainder of the authorized amount has been released.",
                intent,
            )
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be "
            f"captured: requires_capture.",
            intent,
        )
    amount = _to_capture(params, intent)
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
    balances.book_charge(desk, charge)
    intent |= {"amount_capturable": 0, "amount_received": amount, "status": "succeeded"}
    check.merge_metadata(intent, params)
    desk.tell("charge.captured", desk.keep(charge))
    desk.tell("payment_intent.succeeded", desk.keep(intent))
    return intent


def _to_capture(params: Params, intent: Document) -> int:
    """Read how much: Stripe refuses less than nothing and nothing in ways of their own."""
    if check.flag(params, "final_capture", absent=True) is False:
        raise Refusal(400, "Multicapture is not available.", param="final_capture")
    amount = check.integer(params, "amount_to_capture", minimum=None)
    if amount is None:
        return int(intent["amount_capturable"])
    if amount < 0:
        raise Refusal(400, "Invalid non-negative integer", param="amount_to_capture")
    amounts.must_fit(amount, intent["currency"], "amount_to_capture")
    return check.at_least(amount, 1, "amount")


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
