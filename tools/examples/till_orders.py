"""An existing till's orders: taken with each of its bodies, changed, confirmed, given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tools.examples.script import Call, named, product

if TYPE_CHECKING:
    from tools.examples.script import Step

ITEM: Final = {"product_id": product("Fish and chips"), "quantity": 1}
SIDE: Final = {"product_id": product("Chips"), "quantity": 2}
_NOT_OURS: Final = {"product_id": str(named("nothing")), "quantity": 1}
_NOT_OFFERED: Final = {**ITEM, "modifiers": [{"id": str(named("nothing"))}]}
_BUILDING: Final = {"product_id": product("The building"), "quantity": 2}
CREATE: Final = "POST /till/orders"


def key(name: str) -> dict[str, str]:
    """Send a call with a key of the till's queue."""
    return {"X-Idempotency-Key": str(named(name))}


SHORT: Final = {"X-Idempotency-Key": "5f3a9c01"}
"""A hash of the content, as an earlier till sent it."""


def took(title: str, *items: dict[str, Any], **more: Any) -> Call:
    """Take an order that leads up to something else."""
    body = {"items": list(items), **more}
    return Call(to=CREATE, title=title, body=body, headers=key(title), status=201, shown=False)


def at(title: str) -> str:
    """Return the id of an order that `took` took: its key is its id."""
    return str(named(title))


def _refused_lines() -> list[tuple[str, list[dict[str, Any]]]]:
    return [
        ("Nothing of ours", [_NOT_OURS]),
        ("What cannot be chosen with it", [_NOT_OFFERED]),
        ("More than an order may come to", [_BUILDING]),
    ]


TAKEN: Final[tuple[Step, ...]] = (
    Call(
        to=CREATE,
        title="A later body",
        body={
            "items": [{**ITEM, "unit_price": 16.9, "special_instructions": "no peas"}],
            "table_number": "12",
            "order_type": "dine_in",
        },
        headers=key("A later body"),
        status=201,
        denied="kitchen",
    ),
    Call(
        to=CREATE,
        title="The first body",
        body=lambda said: {
            "session_id": said["The till opens"]["data"]["id"],
            "date_order": "2026-03-05 19:30:00",
            "state": "draft",
            "lines": [
                {
                    "product_id": product("Chips"),
                    "product_name": "Chips",
                    "qty": 2,
                    "price_unit": 4.5,
                    "price_subtotal": 9,
                }
            ],
        },
        headers=key("The first body"),
        status=201,
    ),
    Call(
        to=CREATE,
        title="A body with totals of its own",
        body={
            "items": [SIDE],
            "subtotal": 9,
            "tax": 1.8,
            "total": 10.8,
            "status": "paid",
            "payment_method": "cash",
        },
        headers=key("A body with totals of its own"),
        status=201,
    ),
    Call(
        to=CREATE,
        title="A key that was used",
        body={"items": [SIDE]},
        headers=key("A later body"),
        status=422,
    ),
    Call(
        to=CREATE,
        title="A key that is too short",
        body={"items": [SIDE]},
        headers=SHORT,
        status=400,
    ),
    Call(
        to=CREATE,
        title="An id that names something else",
        body={"id": at("A later body"), "items": [SIDE]},
        status=409,
    ),
    Call(
        to=CREATE,
        title="A session of nobody's",
        body={"session_id": str(named("nothing")), "items": [SIDE]},
        status=404,
    ),
    *(
        Call(to=CREATE, title=title, body={"items": items}, status=422)
        for title, items in _refused_lines()
    ),
    Call(
        to=f"GET /till/orders/{at('A later body')}",
        title="An order as the till reads it",
    ),
    Call(to="GET /till/orders?date_range=today&limit=2", title="The orders of today"),
    Call(to="GET /orders/recent?limit=2", title="The latest orders"),
    Call(to="GET /orders/today?limit=2", title="The orders of this day"),
)

LATER: Final = f"/orders/{at('A later body')}"

EDITED: Final[tuple[Step, ...]] = (
    Call(
        to=f"PUT {LATER}",
        title="Something else after all",
        body={"items": [ITEM, SIDE], "table_number": "14", "version": 1},
        headers=key("Something else after all"),
        denied="kitchen",
    ),
    Call(
        to=f"PUT {LATER}",
        title="A key that was used",
        body={"items": [ITEM]},
        headers=key("Something else after all"),
        status=422,
    ),
    Call(
        to=f"PUT {LATER}",
        title="A key that is too short",
        body={"items": [ITEM]},
        headers=SHORT,
        status=400,
    ),
    Call(
        to=f"PUT {LATER}",
        title="Somebody was faster",
        body={"items": [ITEM], "version": 1},
        status=409,
    ),
    *(
        Call(to=f"PUT {LATER}", title=title, body={"items": items}, status=422)
        for title, items in _refused_lines()
    ),
    took("Nothing ordered yet"),
    Call(
        to=f"POST /orders/{at('Nothing ordered yet')}/confirm",
        title="There is nothing on it",
        status=422,
    ),
    Call(
        to=f"PATCH /orders/{at('Nothing ordered yet')}/status",
        title="There is nothing on it",
        body={"status": "confirmed"},
        status=422,
    ),
    Call(to=f"POST {LATER}/confirm", title="Confirmed", denied="kitchen"),
    Call(
        to=f"PATCH {LATER}/status",
        title="A cashier may not",
        body={"status": "cancelled"},
        status=403,
    ),
    Call(to=f"PUT {LATER}", title="Nothing is left", body={"items": []}, status=422),
    Call(
        to=f"PATCH {LATER}/status",
        title="Confirmed again",
        body={"status": "confirmed"},
        denied="kitchen",
    ),
    Call(
        to=f"PATCH {LATER}/status",
        title="A key that is too short",
        body={"status": "cancelled"},
        headers=SHORT,
        status=400,
    ),
    Call(
        to=f"PATCH {LATER}/status",
        title="A word pays nothing",
        body={"status": "paid"},
        status=409,
    ),
    took("Nobody wants it", SIDE),
    Call(
        to=f"POST /till/orders/{at('Nobody wants it')}/cancel?reason=They%20left",
        title="Given up",
        headers=key("Given up"),
        denied="kitchen",
    ),
    took("The kitchen has it", ITEM, SIDE),
    Call(to=f"POST /orders/{at('The kitchen has it')}/confirm", title="", shown=False),
    Call(to=f"POST /orders/{at('The kitchen has it')}/send", title="", body={}, shown=False),
    Call(
        to=f"PUT /orders/{at('The kitchen has it')}",
        title="What the kitchen has needs a manager",
        body={"items": [SIDE]},
        status=403,
    ),
    Call(
        to=f"POST /till/orders/{at('The kitchen has it')}/cancel?reason=They%20left",
        title="What is fixed needs a manager",
        status=403,
    ),
    Call(
        to=f"POST /till/orders/{at('Nobody wants it')}/cancel?reason={'x' * 501}",
        title="Too long a reason",
        status=400,
    ),
    Call(
        to=f"POST /till{LATER}/cancel?reason=Short",
        title="A key that is too short",
        headers=SHORT,
        status=400,
    ),
    Call(
        to=f"POST /till/orders/{at('Nobody wants it')}/cancel?reason=Twice",
        title="It is given up already",
        status=409,
        by="manager",
    ),
    Call(
        to=f"POST /till/orders/{at('Nothing ordered yet')}/cancel?reason=Other",
        title="A key that was used",
        headers=key("Given up"),
        status=422,
    ),
    Call(
        to=f"PATCH /orders/{at('Nothing ordered yet')}/status",
        title="A key that was used",
        body={"status": "cancelled"},
        headers=key("Given up"),
        status=422,
    ),
    Call(
        to=f"POST /orders/{at('Nobody wants it')}/confirm",
        title="It is given up",
        status=409,
    ),
    Call(
        to=f"PUT /orders/{at('Nobody wants it')}",
        title="It is given up",
        body={"items": [SIDE]},
        status=409,
    ),
)
