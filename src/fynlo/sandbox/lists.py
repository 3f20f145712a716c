"""What can be read: objects by their id, and lists with cursors (docs/reference/stripe.md §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.sandbox import check
from fynlo.sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

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
