"""Refunds: never more than what was captured and not refunded yet (docs/reference/stripe.md §9)."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Final

from fynlo.sandbox import amounts, balances, check, methods, shapes
from fynlo.sandbox.problems import Refusal, not_found

if TYPE_CHECKING:
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

_CREATE: Final = frozenset({"amount", "charge", "expand", "metadata", "payment_intent", "reason"})
_REASONS: Final = frozenset({"duplicate", "fraudulent", "requested_by_customer"})


def create(desk: Desk, params: Params) -> Document:
    """Refund a charge, all that is left of it or a part."""
    check.only(params, _CREATE)
    return _refunded(desk, _charge(desk, params), params)


def create_of(desk: Desk, params: Params, charge_id: str) -> Document:
    """Refund the charge that the path names; answers the refund."""
    check.only(params, _CREATE - {"charge", "payment_intent"})
    return _refunded(desk, _captured(desk.find("charge", charge_id, "charge")), params)


def create_for(desk: Desk, params: Params, charge_id: str) -> Document:
    """Refund the charge that the path names; answers the charge."""
    create_of(desk, params, charge_id)
    return desk.find("charge", charge_id, "charge")


def _refunded(desk: Desk, charge: Document, params: Params) -> Document:
    reason = check.choice(params, "reason", _REASONS)
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise Refusal(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            is_stored=True,
        )
    amount, unit = check.integer(params, "amount") or left, charge["currency"]
    amounts.must_fit(amount, unit, "amount")
    if amount > left:
        raise Refusal(
            400,
            f"Refund amount ({amounts.text(amount, unit)}) is greater than unrefunded amount on "
            f"charge ({amounts.text(left, unit)})",
            param="amount",
            is_stored=True,
        )
    refund = shapes.refund(desk.names.new("re"), charge, amount, desk.now)
    refund["reason"] = reason
    check.merge_metadata(refund, params)
    if methods.card_of(desk, charge["payment_method"]).refund == "pending":
        refund |= {"pending_reason": "processing", "status": "pending"}
    balances.book_refund(desk, refund, charge)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    desk.keep(charge)
    desk.tell("refund.created", desk.keep(refund))
    desk.tell("charge.refunded", charge)
    return refund


def _charge(desk: Desk, params: Params) -> Document:
    if "charge" in params:
        charge = desk.store.get(desk.account, "charge", params["charge"])
        if charge is None:
            raise Refusal(
                404,
                f"No such charge: '{params['charge']}'",
                code="resource_missing",
                param="id",
            )
        return _captured(charge)
    if "payment_intent" not in params:
        raise Refusal(
            400,
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
        )
    intent = desk.find("payment_intent", params["payment_intent"], "payment_intent", status=400)
    if intent["latest_charge"] is None or intent["status"] not in {"succeeded", "requires_capture"}:
        raise Refusal(
            400, f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        )
    return _captured(desk.find("charge", intent["latest_charge"], "charge"))


def _captured(charge: Document) -> Document:
    if not charge["captured"]:
        raise Refusal(
            400,
            f"This uncaptured Charge was created by a PaymentIntent ({charge['payment_intent']}). "
            "You must cancel the PaymentIntent to reverse the authorization.",
        )
    return charge


def retrieve(desk: Desk, params: Params, refund_id: str) -> Document:
    """Read a refund."""
    check.only(params, ("expand",))
    return desk.find("refund", refund_id, "refund")


def retrieve_of(desk: Desk, params: Params, charge_id: str, refund_id: str) -> Document:
    """Read a refund of a charge."""
    desk.find("charge", charge_id, "charge")
    found = retrieve(desk, params, refund_id)
    if found["charge"] != charge_id:
        raise not_found("refund", refund_id, "refund")
    return found


def update(desk: Desk, params: Params, refund_id: str) -> Document:
    """Change a refund's metadata."""
    check.only(params, ("expand", "metadata"))
    refund = desk.find("refund", refund_id, "refund")
    before = deepcopy(refund)
    check.merge_metadata(refund, params)
    _tell_change(desk, before, desk.keep(refund))
    return refund


def _tell_change(desk: Desk, before: Document, after: Document) -> None:
    """Tell of a change twice, as Stripe does: older listeners know the other name only."""
    desk.tell_change("refund.updated", before, after)
    desk.tell_change("charge.refund.updated", before, after)


def cancel(desk: Desk, params: Params, refund_id: str) -> Document:
    """Refuse: the refund of a card cannot be called back."""
    check.only(params, ("expand",))
    desk.find("refund", refund_id, "refund")
    raise Refusal(400, "Canceling this refund is unsupported.", is_stored=True)


def finish_pending(desk: Desk) -> None:
    """Let time pass: refunds that were pending go through, and those of some cards come back."""
    for refund in list(desk.newest("refund")):
        charge = desk.find("charge", refund["charge"], "charge")
        before = deepcopy(refund)
        if refund["status"] == "pending":
            del refund["pending_reason"]
            refund["status"] = "succeeded"
            _tell_change(desk, before, desk.keep(refund))
        elif refund["status"] == "succeeded" and _comes_back(desk, charge):
            refund |= {"failure_reason": "unknown", "status": "failed"}
            balances.book_return(desk, refund, charge)
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            desk.keep(charge)
            desk.tell("refund.failed", desk.keep(refund))
            _tell_change(desk, before, refund)


def _comes_back(desk: Desk, charge: Document) -> bool:
    return methods.card_of(desk, charge["payment_method"]).refund == "failed"
