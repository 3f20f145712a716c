"""Customers, and whose account it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.sandbox import check, shapes
from fynlo.sandbox.balances import DEFAULT_CURRENCY
from fynlo.sandbox.problems import not_found

if TYPE_CHECKING:
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

_CUSTOMER: Final = frozenset(
    {"description", "email", "expand", "metadata", "name", "phone", "address", "shipping"}
)


def create(desk: Desk, params: Params) -> Document:
    """Make a customer."""
    check.only(params, _CUSTOMER)
    return _changed(desk, shapes.customer(desk.names.new("cus", 14), desk.now), params, "created")


def update(desk: Desk, params: Params, customer_id: str) -> Document:
    """Change a customer."""
    check.only(params, _CUSTOMER)
    return _changed(desk, _present(desk, customer_id), params, "updated")


def _present(desk: Desk, customer_id: str) -> Document:
    found = desk.find("customer", customer_id, "id")
    if "deleted" in found:
        raise not_found("customer", customer_id, "id")
    return found


def _changed(desk: Desk, customer: Document, params: Params, event: str) -> Document:
    for name in _CUSTOMER - {"expand", "metadata"}:
        if name in params:
            customer[name] = params[name] or None
    check.merge_metadata(customer, params)
    desk.tell(f"customer.{event}", desk.keep(customer))
    return customer


def delete(desk: Desk, params: Params, customer_id: str) -> Document:
    """Delete a customer; it can still be read, as deleted."""
    check.only(params, ())
    found = _present(desk, customer_id)
    gone = {"id": customer_id, "object": "customer", "deleted": True, "created": found["created"]}
    desk.tell("customer.deleted", found)
    desk.keep(gone)
    return {name: gone[name] for name in ("id", "object", "deleted")}


def account(desk: Desk, params: Params) -> Document:
    """Tell whose key this is."""
    check.only(params, ("expand",))
    return {
        "id": desk.own_id("acct"),
        "object": "account",
        "charges_enabled": True,
        "country": "GB",
        "default_currency": DEFAULT_CURRENCY,
        "payouts_enabled": True,
    }
