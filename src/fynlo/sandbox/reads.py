"""Customers, charges, events, the account; lists with cursors, and `expand`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox import check, shapes
from fynlo.sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

_CUSTOMER: Final = frozenset(
    {"description", "email", "expand", "metadata", "name", "phone", "address", "shipping"}
)
_EXPANDABLE: Final = {
    "latest_charge": "charge",
    "charge": "charge",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
    "customer": "customer",
}
_DEPTH_MAX: Final = 4
_URLS: Final = {
    "payment_intent": "/v1/payment_intents",
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "customer": "/v1/customers",
    "event": "/v1/events",
}
_FILTERS: Final = {
    "payment_intent": ("customer",),
    "charge": ("customer", "payment_intent", "transfer_group"),
    "refund": ("charge", "payment_intent"),
    "customer": ("email",),
    "event": ("type",),
}


def create_customer(desk: Desk, params: Params) -> Document:
    """Make a customer."""
    check.only(params, _CUSTOMER)
    return _changed(desk, shapes.customer(desk.names.new("cus", 14), desk.now), params, "created")


def update_customer(desk: Desk, params: Params, customer_id: str) -> Document:
    """Change a customer."""
    check.only(params, _CUSTOMER)
    return _changed(desk, desk.find("customer", customer_id, "id"), params, "updated")


def _changed(desk: Desk, customer: Document, params: Params, event: str) -> Document:
    for name in _CUSTOMER - {"expand", "metadata"}:
        if name in params:
            customer[name] = params[name] or None
    check.merge_metadata(customer, params)
    desk.tell(f"customer.{event}", desk.keep(customer))
    return customer


def delete_customer(desk: Desk, params: Params, customer_id: str) -> Document:
    """Delete a customer; it can still be read, as deleted."""
    check.only(params, ())
    found = desk.find("customer", customer_id, "id")
    gone = {"id": customer_id, "object": "customer", "deleted": True, "created": found["created"]}
    desk.tell("customer.deleted", found)
    desk.keep(gone)
    return {name: gone[name] for name in ("id", "object", "deleted")}


def reader(kind: str, param: str) -> Callable[[Desk, Params, str], Document]:
    """Make the call that reads one object of a kind."""

    def retrieve(desk: Desk, params: Params, object_id: str) -> Document:
        check.only(params, ("expand",))
        return desk.find(kind, object_id, param)

    return retrieve


def lister(kind: str) -> Callable[[Desk, Params], Document]:
    """Make the call that lists the objects of a kind, newest first."""
    own = ("types", "delivery_success") if kind == "event" else ()
    known = {"created", "ending_before", "expand", "limit", "starting_after", *own}
    known |= set(_FILTERS[kind])

    def listed(desk: Desk, params: Params) -> Document:
        check.only(params, known)
        limit = check.integer(params, "limit") or 10
        if limit > 100:
            raise Refusal(400, "This value must be less than or equal to 100.", param="limit")
        found = [one for one in desk.newest(kind) if _fits(one, kind, params)]
        page, has_more = _page(desk, found, kind, params, limit)
        return {"object": "list", "data": page, "has_more": has_more, "url": _URLS[kind]}

    return listed


def _fits(document: Document, kind: str, params: Params) -> bool:
    for name in _FILTERS[kind]:
        if name in params and document[name] != params[name]:
            return False
    if "types" in params and document["type"] not in params["types"]:
        return False
    created = params.get("created")
    if created is None:
        return True
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    at = document["created"]
    compare: dict[str, Callable[[int], bool]] = {
        "gt": lambda bound: at > bound,
        "gte": lambda bound: at >= bound,
        "lt": lambda bound: at < bound,
        "lte": lambda bound: at <= bound,
    }
    return all(compare[name](int(bound)) for name, bound in bounds.items())


def _page(
    desk: Desk, found: list[Document], kind: str, params: Params, limit: int
) -> tuple[list[Document], bool]:
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise Refusal(
            400,
            "Received both starting_after and ending_before parameters. Please pass in only one.",
        )
    ids = [one["id"] for one in found]
    if after:
        desk.find(kind, after, "starting_after", status=400)
        found = found[ids.index(after) + 1 :] if after in ids else []
    if before:
        desk.find(kind, before, "ending_before", status=400)
        found = found[: ids.index(before)] if before in ids else []
        return found[-limit:], len(found) > limit
    return found[:limit], len(found) > limit


def account(desk: Desk, params: Params) -> Document:
    """Tell whose key this is."""
    check.only(params, ("expand",))
    return {
        "id": "acct_" + desk.account[-16:],
        "object": "account",
        "charges_enabled": True,
        "country": "GB",
        "default_currency": "gbp",
        "payouts_enabled": True,
    }


def expand(desk: Desk, document: Document, params: Params) -> Document:
    """Replace ids by objects where the caller asks for it; the kept document stays as it is."""
    wanted: Any = params.get("expand", [])
    for path in wanted if isinstance(wanted, list) else [wanted]:
        steps = str(path).split(".")
        if len(steps) > _DEPTH_MAX:
            raise Refusal(
                400, "You cannot expand more than 4 levels of a property.", param="expand"
            )
        document = _expanded(desk, document, steps)
    return document


def _expanded(desk: Desk, document: Document, steps: list[str]) -> Document:
    name, rest = steps[0], steps[1:]
    if name == "data" and document.get("object") == "list":
        return document | {"data": [_expanded(desk, one, rest) for one in document["data"]]}
    if name not in _EXPANDABLE or name not in document:
        raise Refusal(400, f"This property cannot be expanded ({name}).", param="expand")
    value = document[name]
    if isinstance(value, str):
        value = desk.store.get(desk.account, _EXPANDABLE[name], value)
    if isinstance(value, dict) and rest:
        value = _expanded(desk, value, rest)
    return document | {name: value}
