"""What can be read: objects by their id, and lists with cursors (docs/reference/stripe.md §5)."""

from __future__ import annotations

import operator
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
_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
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
        bounds = _bounds(params)
        there = (one for one in desk.newest(kind) if "deleted" not in one)
        found = [one for one in there if _fits(one, kind, params, bounds)]
        page, has_more = _page(desk, found, kind, params, limit)
        return {"object": "list", "data": page, "has_more": has_more, "url": _URLS[kind]}

    return listed


def _fits(document: Document, kind: str, params: Params, bounds: dict[str, int]) -> bool:
    for name in _FILTERS[kind]:
        if name in params and document[name] != params[name]:
            return False
    if "types" in params and document["type"] not in params["types"]:
        return False
    return all(_COMPARE[name](document["created"], bound) for name, bound in bounds.items())


def _bounds(params: Params) -> dict[str, int]:
    """Read when the objects were made: at one second, or within bounds."""
    given = params.get("created", {})
    if not isinstance(given, dict):
        at = check.integer(params, "created", minimum=None) or 0
        return {"gte": at, "lte": at}
    check.only(given, _COMPARE, inside="created")
    found = {name: check.integer(given, name, minimum=None, inside="created") for name in given}
    return {name: bound for name, bound in found.items() if bound is not None}


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
