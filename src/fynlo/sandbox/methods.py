"""Payment methods: the test ids are templates, each use makes an object of its own.

Which test card an object is, and whether it may still be used, is kept beside it.
"""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox import cards, check, contact, shapes
from fynlo.sandbox.cards import CARDS, TestCard
from fynlo.sandbox.problems import Refusal, missing, not_found

if TYPE_CHECKING:
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

_DATA: Final = ("allow_redisplay", "billing_details", "card", "metadata", "type")
_CARD: Final = ("cvc", "exp_month", "exp_year", "number", "token")
_REDISPLAY: Final = frozenset({"always", "limited", "unspecified"})
_CVC: Final = re.compile(r"[0-9]{3,4}")
_UNEXPECTED: Final = "payment_method_unexpected_state"
_SPENT: Final = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
    "attachment, or was detached from a Customer. It may not be used again. To use a "
    "PaymentMethod multiple times, you must attach it to a Customer first."
)
_SPENT_BEFORE: Final = (
    "This PaymentMethod was previously used without being attached to a Customer or was detached "
    "from a Customer, and may not be used again."
)


def use(desk: Desk, method_id: str, *, status: int = 400) -> Document:
    """Find a method, or make one from its template."""
    if method_id not in CARDS:
        return desk.find("payment_method", method_id, "payment_method", status=status)
    method = shapes.payment_method(desk.names.new("pm"), CARDS[method_id], desk.now)
    desk.store.set(f"card:{method['id']}", method_id)
    return desk.keep(method)


def card_of(desk: Desk, method_id: str) -> TestCard:
    """Tell which test card a method is."""
    return CARDS[desk.store.setting(f"card:{method_id}", "pm_card_visa")]


def must_fit(desk: Desk, intent: Document, method: Document) -> None:
    """Refuse a method that is another's than the intent's customer's, or that is used up."""
    owner = method["customer"]
    if owner is None:
        if _is_spent(desk, method):
            raise Refusal(400, _SPENT, code=_UNEXPECTED, param="payment_method")
    elif intent["customer"] is None:
        raise Refusal(
            400,
            f"The PaymentMethod {method['id']} belongs to a Customer, who must be given with it.",
            code="parameter_missing",
            param="source",
        )
    elif intent["customer"] != owner:
        raise Refusal(
            400,
            f"The customer does not have a payment method with the ID {method['id']}. The payment "
            "method must be attached to the customer.",
            param="payment_method",
        )


def spend(desk: Desk, intent: Document, method: Document) -> None:
    """Note a successful use: a method that is nobody's is used up, or becomes the customer's."""
    if method["customer"] is not None:
        return
    if intent["setup_future_usage"] is None or intent["customer"] is None:
        desk.store.set(f"spent:{method['id']}", value=True)
    else:
        _give(desk, method, intent["customer"])


def _is_spent(desk: Desk, method: Document) -> bool:
    return bool(desk.store.setting(f"spent:{method['id']}", default=False))


def _give(desk: Desk, method: Document, customer_id: str) -> None:
    method["customer"] = customer_id
    method["card"]["checks"]["cvc_check"] = "pass"
    desk.tell("payment_method.attached", desk.keep(method))


def create(desk: Desk, params: Params) -> Document:
    """Make a method from a test token or a test number."""
    check.only(params, (*_DATA, "expand"))
    return from_data(desk, {name: params[name] for name in _DATA if name in params})


def from_data(desk: Desk, data: Params, *, inside: str | None = None) -> Document:
    """Make a method of what is told of a card: `tok_visa` and 4242… are both `pm_card_visa`."""
    check.only(data, _DATA, inside=inside)
    if "type" not in data:
        raise missing(check.named("type", inside))
    check.choice(data, "type", ("card",), inside=inside)
    redisplay = check.choice(data, "allow_redisplay", _REDISPLAY, inside=inside)
    card, where = data.get("card", {}), check.named("card", inside)
    check.only(card, _CARD, inside=where)
    method = use(desk, _template(card, where))
    if "number" in card:
        method["card"] |= _expiry(desk, card, where)
    method["allow_redisplay"] = redisplay or "unspecified"
    contact.merge_billing(method, data, inside=inside)
    check.merge_metadata(method, data)
    return desk.keep(method)


def _template(card: Params, where: str) -> str:
    if "number" in card:
        found = cards.named(card["number"])
        if found is None:  # Above all: a real card, of which no digit may stay here.
            raise _card_error("incorrect_number", "Your card number is incorrect.", "number")
        return found
    if "token" not in card:
        raise missing(check.named("token", where))
    template = "pm_card_" + str(card["token"]).removeprefix("tok_")
    if template not in CARDS:
        raise not_found("token", card["token"], check.named("token", where), status=400)
    return template


def _expiry(desk: Desk, card: Params, where: str) -> dict[str, int]:
    month = check.integer(card, "exp_month", minimum=None, inside=where)
    year = check.integer(card, "exp_year", minimum=None, inside=where)
    if month is None or year is None:
        raise missing(check.named("exp_month" if month is None else "exp_year", where))
    if not 1 <= month <= 12:
        raise _card_error(
            "invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month"
        )
    year += 2000 if 0 <= year < 100 else 0
    today = datetime.fromtimestamp(desk.now, UTC)
    if not (today.year, today.month) <= (year, month) <= (today.year + 50, 12):
        raise _card_error(
            "invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year"
        )
    if "cvc" in card and _CVC.fullmatch(card["cvc"]) is None:
        raise _card_error("invalid_cvc", "Your card's security code is invalid.", "cvc")
    return {"exp_month": month, "exp_year": year}


def _card_error(code: str, message: str, param: str) -> Refusal:
    return Refusal(402, message, kind="card_error", code=code, param=param)


def retrieve(desk: Desk, params: Params, method_id: str) -> Document:
    """Read a method."""
    check.only(params, ("expand",))
    return desk.find("payment_method", method_id, "payment_method")


def retrieve_of(desk: Desk, params: Params, customer_id: str, method_id: str) -> Document:
    """Read a method of a customer's."""
    desk.find("customer", customer_id, "customer")
    found = retrieve(desk, params, method_id)
    if found["customer"] != customer_id:
        raise not_found("PaymentMethod", method_id, "payment_method")
    return found


def update(desk: Desk, params: Params, method_id: str) -> Document:
    """Change who is billed, when the card expires, and what is noted."""
    check.only(params, ("allow_redisplay", "billing_details", "card", "expand", "metadata"))
    method = desk.find("payment_method", method_id, "payment_method")
    before = deepcopy(method)
    redisplay = check.choice(params, "allow_redisplay", _REDISPLAY)
    method["allow_redisplay"] = redisplay or method["allow_redisplay"]
    if "card" in params:
        card: Any = params["card"]
        check.only(card, ("exp_month", "exp_year"), inside="card")
        told = {name: str(method["card"][name]) for name in ("exp_month", "exp_year")}
        method["card"] |= _expiry(desk, told | card, "card")
    contact.merge_billing(method, params)
    check.merge_metadata(method, params)
    desk.tell_change("payment_method.updated", before, desk.keep(method))
    return method


def attach(desk: Desk, params: Params, method_id: str) -> Document:
    """Give a method to a customer; a card that fails its check cannot be kept."""
    check.only(params, ("customer", "expand"))
    if "customer" not in params:
        raise missing("customer")
    customer = desk.customer(params["customer"])
    method = use(desk, method_id, status=404)
    if method["customer"] == customer["id"]:
        return method
    if method["customer"] is not None:
        raise Refusal(
            400, "The payment method you provided has already been attached to a customer."
        )
    if _is_spent(desk, method):
        raise Refusal(400, _SPENT_BEFORE, code=_UNEXPECTED)
    card = card_of(desk, method["id"])
    if card.code is not None and not card.needs_3ds and card.last4 != "0341":
        raise Refusal(
            402,
            card.message,
            kind="card_error",
            code=card.code,
            decline_code=card.decline_code,
            is_stored=True,
        )
    _give(desk, method, customer["id"])
    return method


def detach(desk: Desk, params: Params, method_id: str) -> Document:
    """Take a method from its customer, for good."""
    check.only(params, ("expand",))
    method = desk.find("payment_method", method_id, "payment_method")
    if method["customer"] is None:
        raise Refusal(
            400,
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible.",
        )
    method["customer"] = None
    desk.store.set(f"spent:{method['id']}", value=True)
    desk.tell("payment_method.detached", desk.keep(method))
    return method
