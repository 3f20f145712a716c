"""Payment methods: the test ids are templates, each use makes an object of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.sandbox import check, shapes
from fynlo.sandbox.cards import CARDS, TestCard
from fynlo.sandbox.problems import Refusal, missing, not_found

if TYPE_CHECKING:
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document


def use(desk: Desk, method_id: str) -> Document:
    """Find a method, or make one from its template; which card it is stays beside it."""
    if method_id not in CARDS:
        return desk.find("payment_method", method_id, "payment_method", status=400)
    method = shapes.payment_method(desk.names.new("pm"), CARDS[method_id], desk.now)
    desk.store.set(f"card:{method['id']}", method_id)
    return desk.keep(method)


def card_of(desk: Desk, intent: Document) -> TestCard:
    """Tell which test card an intent's method is."""
    return CARDS[desk.store.setting(f"card:{intent['payment_method']}", "pm_card_visa")]


def create(desk: Desk, params: Params) -> Document:
    """Make a card method from a test token: `tok_visa` is `pm_card_visa`."""
    check.only(params, ("billing_details", "card", "expand", "metadata", "type"))
    if params.get("type") != "card":
        raise Refusal(400, "Invalid type: must be card", param="type")
    token = params.get("card", {}).get("token")
    if token is None:
        raise missing("card[token]")
    template = "pm_card_" + str(token).removeprefix("tok_")
    if template not in CARDS:
        raise not_found("token", str(token), "card[token]", status=400)
    method = use(desk, template)
    check.merge_metadata(method, params)
    return desk.keep(method)


def retrieve(desk: Desk, params: Params, method_id: str) -> Document:
    """Read a method."""
    check.only(params, ("expand",))
    return desk.find("payment_method", method_id, "payment_method")


def attach(desk: Desk, params: Params, method_id: str) -> Document:
    """Give a method to a customer; a card that fails its check cannot be kept."""
    check.only(params, ("customer", "expand"))
    if "customer" not in params:
        raise missing("customer")
    customer = desk.find("customer", params["customer"], "customer", status=400)
    method = use(desk, method_id)
    card = CARDS[desk.store.setting(f"card:{method['id']}", "pm_card_visa")]
    if card.code is not None and not card.needs_3ds and card.last4 != "0341":
        raise Refusal(
            402,
            card.message,
            kind="card_error",
            code=card.code,
            decline_code=card.decline_code,
            is_stored=True,
        )
    method["customer"] = customer["id"]
    method["card"]["checks"]["cvc_check"] = "pass"
    desk.tell("payment_method.attached", desk.keep(method))
    return method


def detach(desk: Desk, params: Params, method_id: str) -> Document:
    """Take a method from its customer, for good."""
    check.only(params, ("expand",))
    method = desk.find("payment_method", method_id, "payment_method")
    method["customer"] = None
    desk.tell("payment_method.detached", desk.keep(method))
    return method
