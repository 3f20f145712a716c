"""Charges: what can be noted of them afterwards (docs/reference/stripe.md §8)."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox import check, contact
from fynlo.sandbox.problems import Refusal

if TYPE_CHECKING:
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

_UPDATE: Final = (
    *("customer", "description", "expand", "fraud_details", "metadata", "receipt_email"),
    *("shipping", "transfer_group"),
)
_REPORTS: Final = frozenset({"", "fraudulent", "safe"})
_ONCE: Final = ("customer", "transfer_group")


def update(desk: Desk, params: Params, charge_id: str) -> Document:
    """Change what is noted of a charge; the money stays as it is."""
    check.only(params, _UPDATE)
    charge = desk.find("charge", charge_id, "charge")
    before = deepcopy(charge)
    for name in _ONCE:
        if name in params and charge[name] not in {None, params[name]}:
            raise Refusal(400, f"This charge already has a {name}.", param=name)
    if "customer" in params:
        charge["customer"] = desk.customer(params["customer"])["id"]
    for name in ("description", "receipt_email", "transfer_group"):
        if name in params:
            charge[name] = params[name] or None
    if "fraud_details" in params:
        given: Any = params["fraud_details"]
        check.only(given, ("user_report",), inside="fraud_details")
        report = check.choice(given, "user_report", _REPORTS, inside="fraud_details")
        charge["fraud_details"] = {"user_report": report} if report else {}
    contact.set_shipping(charge, params)
    check.merge_metadata(charge, params)
    desk.tell_change("charge.updated", before, desk.keep(charge))
    return charge
