"""What each call says that names things: of a shop's own, so that each can be made another's."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from tests.staff.people import PIN

if TYPE_CHECKING:
    from collections.abc import Callable

Ids = dict[str, str]


def _line(ids: Ids) -> dict[str, Any]:
    extras = [{"id": ids["modifier"]}]
    return {"id": str(uuid4()), "product_id": ids["product"], "quantity": 1, "modifiers": extras}


def _named(**body: object) -> Callable[[Ids], Any]:
    return lambda _ids: {"id": str(uuid4()), "name": "New", **body}


def _till_lines(ids: Ids) -> list[dict[str, Any]]:
    extras = [{"id": ids["modifier"]}]
    return [{"product_id": ids["product"], "qty": 1, "modifiers": extras}]


def _till_order(ids: Ids) -> dict[str, Any]:
    return {"id": str(uuid4()), "session_id": ids["drawer"], "lines": _till_lines(ids)}


def _cheap_line(ids: Ids, line: str) -> dict[str, Any]:
    return {**_line(ids), "id": ids[line], "price_override": _CHEAPER}


_PLACE: Final = {"country": "GB", "currency": "GBP", "timezone": "Europe/London"}
_CHEAPER: Final = {"unit_price": 1, "reason": "For a friend."}
_PRICED: Final = {"price": 100, "currency": "GBP", "tax_included": True}

BODIES: Final[dict[str, Callable[[Ids], Any]]] = {
    "POST /api/v1/locations": _named(**_PLACE),
    "POST /api/v1/registers": lambda ids: {**_named()(ids), "location_id": ids["location"]},
    "POST /api/v1/staff": lambda ids: {
        **_named(email=f"{uuid4()}@shop.example", password="a long secret", role="cashier")(ids),
        "location_ids": [ids["location"]],
    },
    "PATCH /api/v1/staff/{staff_id}": lambda ids: {"location_ids": [ids["location"]]},
    "POST /api/v1/auth/pin": lambda ids: {"staff_id": ids["staff"], "pin": "0042"},
    "POST /api/v1/registers/{register_id}/devices": _named(),
    "POST /api/v1/api-keys": _named(scopes=["orders.read"]),
    "POST /api/v1/categories": _named(),
    "POST /api/v1/tax-rates": _named(rate_basis_points=500),
    "POST /api/v1/modifiers": _named(price_delta=1, currency="GBP"),
    "POST /api/v1/products": lambda ids: {
        **_named(**_PRICED)(ids),
        "tax_rate_id": ids["rate"],
        "category_id": ids["category"],
        "modifier_ids": [ids["modifier"]],
    },
    "PATCH /api/v1/products/{product_id}": lambda ids: {
        "tax_rate_id": ids["rate"],
        "category_id": ids["category"],
        "modifier_ids": [ids["modifier"]],
    },
    "PUT /api/v1/locations/{location_id}/tax-rates/{rate_id}": lambda ids: {
        "applied_rate_id": ids["other rate"]
    },
    "POST /api/v1/orders": lambda ids: {
        "id": str(uuid4()),
        "location_id": ids["location"],
        "register_id": ids["register"],
        "lines": [_line(ids)],
    },
    "POST /api/v1/orders/{order_id}/lines": lambda ids: {"lines": [_line(ids)]},
    "PUT /api/v1/orders/{order_id}/lines": lambda ids: {"version": 1, "lines": [_line(ids)]},
    "PATCH /api/v1/orders/{order_id}/lines/{line_id}": lambda ids: {
        "version": 1,
        "modifiers": [{"id": ids["modifier"]}],
    },
    "POST /api/v1/orders/{order_id}/split": lambda ids: {
        "version": 1,
        "lines": [{"line_id": ids["giving line"], "quantity": 1}],
    },
    "POST /api/v1/orders/{order_id}/merge": lambda ids: {
        "version": 1,
        "from": [{"order_id": ids["coming order"], "version": 1}],
    },
    "POST /api/v1/drawers/sessions": lambda ids: {
        "register_id": ids["second register"],
        "opening_amount": 100,
    },
    "POST /api/v1/transactions/process": lambda ids: {
        "order_id": ids["payable order"],
        "drawer_session_id": ids["drawer"],
        "payments": [{"method": "cash", "amount": 1000}],
    },
    "POST /api/v1/transactions/{transaction_id}/confirm": lambda ids: {
        "payment_ids": [ids["payment"]]
    },
    "POST /api/v1/exceptions/{exception_id}/resolve": lambda _ids: {
        "action": "dismiss",
        "note": "Seen.",
    },
    "POST /api/v1/drawers/sessions/{session_id}/count": lambda _ids: {"counted": 0},
    "POST /api/v1/stations": lambda ids: {
        **_named()(ids),
        "location_id": ids["location"],
        "category_ids": [ids["category"]],
    },
    "PATCH /api/v1/stations/{station_id}": lambda ids: {"category_ids": [ids["category"]]},
    "POST /api/v1/approvals/{approval_id}/approve": lambda _ids: {"pin": PIN},
    "POST /api/v1/pos/sessions": lambda ids: {
        "config_id": ids["third register"],
        "startingCash": 1,
    },
    "PUT /api/v1/pos/sessions/{session_id}/state": lambda _ids: {
        "state": "closing_control",
        "endingCash": 0,
    },
    "POST /api/v1/products/search": lambda ids: {
        "query": "products",
        "category_id": ids["category"],
    },
    "POST /api/v1/products/batch": lambda ids: {"ids": [ids["product"]]},
    "POST /api/v1/till/orders": _till_order,
    "PUT /api/v1/orders/{order_id}": _till_order,
    "POST /api/v1/payments/process": lambda ids: {
        "order_id": ids["fixed order"],
        "amount": 1,
        "metadata": {"payment_method": "cash"},
    },
    "POST /api/v1/payments/cash": lambda ids: {
        "order_id": ids["fixed order"],
        "amount": 1,
        "received_amount": 1,
    },
}

WISHES: Final[dict[str, Callable[[Ids], tuple[Ids, Any]]]] = {
    "POST /api/v1/drawers/sessions/{session_id}/close": lambda ids: (
        {"session_id": ids["short drawer"]},
        {"left_in_drawer": 0, "deposit": 0, "reason": "It was empty."},
    ),
    "PATCH /api/v1/orders/{order_id}": lambda ids: (
        {"order_id": ids["order"]},
        {"version": 1, "discount": {"type": "percent", "value": 5000}},
    ),
    "POST /api/v1/orders/{order_id}/lines": lambda ids: (
        {"order_id": ids["order"]},
        {"lines": [_cheap_line(ids, "new line")]},
    ),
    "PUT /api/v1/orders/{order_id}/lines": lambda ids: (
        {"order_id": ids["order"]},
        {"version": 1, "lines": [_cheap_line(ids, "line")]},
    ),
    "PATCH /api/v1/orders/{order_id}/lines/{line_id}": lambda ids: (
        {"order_id": ids["order"], "line_id": ids["line"]},
        {"version": 1, "price_override": _CHEAPER},
    ),
    "DELETE /api/v1/orders/{order_id}/lines/{line_id}": lambda ids: (
        {"order_id": ids["sent order"], "line_id": ids["sent line"]},
        None,
    ),
    "POST /api/v1/orders/{order_id}/cancel": lambda ids: (
        {"order_id": ids["order"]},
        {"reason": "They left."},
    ),
}
"""What a cashier may do only if somebody else allows it: the ids of the path, and the body."""


def _with_leave(call: str, ids: Ids, **more: object) -> tuple[Ids, Any]:
    path, body = WISHES[call](ids)
    return path, body if body is None else {**body, **more}


def _by_approval(call: str) -> Callable[[Ids], tuple[Ids, Any]]:
    return lambda ids: _with_leave(call, ids, approval_id=ids[f"leave to {call}"])


def _by_somebody(call: str, said: str, who: str) -> Callable[[Ids], tuple[Ids, Any]]:
    return lambda ids: _with_leave(call, ids, approval={said: ids[who], "pin": PIN})


def _with_items(ids: Ids) -> tuple[Ids, Any]:
    return {"order_id": ids["till order"]}, {"items": _till_lines(ids)}


TAKES_ITEMS: Final = ("POST /api/v1/till/orders", "PUT /api/v1/orders/{order_id}")

INSTEAD: Final[dict[str, Callable[[Ids], tuple[Ids, Any]]]] = {
    "POST /api/v1/exceptions/{exception_id}/resolve body payment_id": lambda ids: (
        {"exception_id": ids["stuck exception"]},
        {"action": "taken", "note": "I saw it.", "payment_id": ids["payment"]},
    ),
    "POST /api/v1/exceptions/{exception_id}/resolve body order_id": lambda ids: (
        {"exception_id": ids["exception"]},
        {"action": "attach", "note": "It is this one.", "order_id": ids["payable order"]},
    ),
    **{
        f"{call} body items.[].{place}": _with_items
        for call, place in product(TAKES_ITEMS, ("product_id", "modifiers.[].id"))
    },
    **{f"{call} body approval_id": _by_approval(call) for call in WISHES},
    **{f"{call} query approval_id": _by_approval(call) for call in WISHES},
    **{
        f"{call} body approval.staff_id": _by_somebody(call, "staff_id", "staff") for call in WISHES
    },
    **{f"{call} body approval.email": _by_somebody(call, "email", "email") for call in WISHES},
}
"""What is said at a place that only another body, or another thing's, can have."""
