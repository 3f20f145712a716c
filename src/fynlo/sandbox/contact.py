"""Names and addresses in parameters: of who pays, and of where it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox import check

if TYPE_CHECKING:
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

ADDRESS: Final = ("city", "country", "line1", "line2", "postal_code", "state")
_BILLING: Final = ("address", "email", "name", "phone", "tax_id")
_SHIPPING: Final = ("address", "carrier", "name", "phone", "tracking_number")


def merge_billing(document: Document, params: Params, *, inside: str | None = None) -> None:
    """Change who is billed, as far as it is told: an empty value removes."""
    given: Any = params.get("billing_details", {})
    where = check.named("billing_details", inside)
    check.only(given, _BILLING, inside=where)
    details = document["billing_details"]
    for name, value in given.items():
        if name == "address":
            details["address"] = details["address"] | _address(value, where)
        else:
            details[name] = value or None


def set_shipping(document: Document, params: Params) -> None:
    """Change where it is sent, as a whole: an empty value removes it."""
    if "shipping" not in params:
        return
    given: Any = params["shipping"]
    if given == "":
        document["shipping"] = None
        return
    check.only(given, _SHIPPING, inside="shipping")
    document["shipping"] = {
        **{name: given.get(name) for name in _SHIPPING},
        "address": _address(given.get("address", ""), "shipping"),
    }


def _address(given: Any, inside: str) -> Document:
    empty: Document = dict.fromkeys(ADDRESS)
    if given == "":
        return empty
    check.only(given, ADDRESS, inside=check.named("address", inside))
    return {name: value or None for name, value in given.items()}
