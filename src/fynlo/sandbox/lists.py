"""What can be read: objects by their id, and lists with cursors (docs/reference/stripe.md §5)."""

from __future__ import annotations

import operator
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from fynlo.sandbox import check
from fynlo.sandbox.problems import Refusal, not_found

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
    "payment_method": "/v1/payment_methods",
    "balance_transaction": "/v1/balance_transactions",
    "event": "/v1/events",
}
_FILTERS: Final = {
    "payment_intent": ("customer",),
    "charge": ("customer", "payment_intent", "transfer_group"),
    "refund": ("charge", "payment_intent"),
    "customer": ("email",),
    "payment_method": ("allow_redisplay", "customer", "type"),
    "balance_transaction": ("currency", "source", "type"),
    "event": ("type",),
}
_MORE: Final = {"balance_transaction": ("payout",), "event": ("delivery_success", "types")}
_OWNERS: Final = frozenset({"charge", "customer", "payment_intent"})
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


def lister(kind: str, *, within: str | None = None) -> Callable[..., Document]:
    """Make the call that lists the objects of a kind, newest first.

    `within` is a kind whose object the path names: then only what belongs to that is listed.
    """
    known = {"created", "ending_before", "expand", "limit", "starting_after"}
    known = (known | set(_FILTERS[kind]) | set(_MORE.get(kind, ()))) - {within}

    def listed(desk: Desk, params: Params, owner_id: str | None = None) -> Document:
        check.only(params, known)
        for name in _OWNERS & set(params):
            desk.find(name, params[name], name, status=400)
        if "payout" in params:
            raise not_found("payout", params["payout"], "payout", status=400)
        url = _URLS[kind]
        if within is not None and owner_id is not None:
            desk.find(within, owner_id, within)
            url = f"{_URLS[within]}/{owner_id}/{kind}s"
            params = params | {within: owner_id}
        return page(desk, kind, params, url=url)

    return listed


def page(desk: Desk, kind: str, params: Params, *, url: str) -> Document:
    """List what the parameters ask for, as much of it as they want at once."""
    limit = check.integer(params, "limit") or 10
    if limit > 100:
        raise Refusal(400, "This value must be less than or equal to 100.", param="limit")
    data, has_more = _cut(desk, kind, params, limit)
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


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


def _cut(desk: Desk, kind: str, params: Params, limit: int) -> tuple[list[Document], bool]:
    """Read as much as the page needs and one more, which tells that there is more."""
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise Refusal(
            400,
            "Received both starting_after and ending_before parameters. Please pass in only one.",
        )
    bounds = _bounds(params)

    def listed(one: Document) -> bool:
        return "deleted" not in one and _fits(one, kind, params, bounds)

    if after and not listed(desk.find(kind, after, "starting_after", status=400)):
        return [], False
    there = (one for one in desk.newest(kind, after or None) if listed(one))
    if before:
        end = desk.find(kind, before, "ending_before", status=400)
        newer = list(takewhile(lambda one: one["id"] != before, there)) if listed(end) else []
        return newer[-limit:], len(newer) > limit
    found = list(islice(there, limit + 1))
    return found[:limit], len(found) > limit
