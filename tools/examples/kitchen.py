"""The kitchen: what it gets, before and after payment, and how it moves on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.ids import OrderId, StationId
from fynlo.orders.kitchen import ticket_id
from fynlo.seed import LOCATION
from tools.examples.orders import fixed, order, taken
from tools.examples.script import Call, named, product

if TYPE_CHECKING:
    from tools.examples.script import Step

_TABLE: Final = "Table seven"
_GRILL: Final = StationId(named("station:grill"))
_TICKET: Final = f"/kitchen/tickets/{ticket_id(OrderId(named(_TABLE)), 2, _GRILL)}"


def _again(said: dict[str, Any]) -> dict[str, Any]:
    """Change the note of one line, take one away, and add one."""
    return {
        "version": said["Sent before it is paid"]["version"],
        "lines": [
            {"product_id": product("Fish and chips"), "quantity": 1, "note": "no vinegar"},
            {"product_id": product("Green salad"), "quantity": 2},
        ],
    }


def _unpaid(*, go_to_the_kitchen: bool) -> Call:
    return Call(
        to="PATCH /settings",
        title="Another rule",
        body={"send_unpaid_orders_to_kitchen": go_to_the_kitchen},
        by="owner",
        shown=False,
    )


def _move(verb: str, title: str, again: str) -> tuple[Call, Call]:
    """Move the first ticket, and try the same again."""
    path = f"POST {_TICKET}/{verb}"
    return (
        Call(to=path, title=title, by="kitchen", denied="cashier"),
        Call(to=path, title=again, status=409, by="kitchen"),
    )


def _whole(name: str, verb: str, title: str, by: str = "kitchen") -> tuple[Call, Call]:
    """Move a whole order, and try the same again."""
    path = f"POST {order(name)}/{verb}"
    denied = "cashier" if by != "cashier" else "kitchen"
    return (
        Call(to=path, title=title, by=by, denied=denied),
        Call(to=path, title=f"{title} already", status=409, by=by),
    )


_SENT: Final[tuple[Step, ...]] = (
    taken(_TABLE, "Fish and chips", "Chips", "House white, 175 ml"),
    Call(to=f"POST {order(_TABLE)}/send", title="A draft stays here", status=409),
    fixed(_TABLE),
    Call(to=f"POST {order(_TABLE)}/send", title="Sent before it is paid", denied="kitchen"),
    Call(
        to=f"PUT {order(_TABLE)}/lines",
        title="They change it",
        body=_again,
        by="manager",
        shown=False,
    ),
    Call(to=f"POST {order(_TABLE)}/send", title="What changed since"),
    taken("Table nine", "Chips"),
    fixed("Table nine"),
    _unpaid(go_to_the_kitchen=False),
    Call(to=f"POST {order('Table nine')}/send", title="Unpaid stays here", status=422),
    _unpaid(go_to_the_kitchen=True),
)

_TICKETS: Final[tuple[Step, ...]] = (
    Call(to="GET /kitchen/tickets", title="What the kitchen has before it", by="kitchen"),
    Call(
        to=f"GET /kitchen/tickets?location_id={LOCATION}&station_id={_GRILL}&limit=1",
        title="The first of a station",
        by="kitchen",
    ),
    Call(
        to=f"PATCH {_TICKET}",
        title="Before all others",
        body={"priority": 9, "version": 1},
        by="kitchen",
        denied="cashier",
    ),
    Call(
        to=f"PATCH {_TICKET}",
        title="Somebody was faster",
        body={"priority": 5, "version": 1},
        status=409,
        by="kitchen",
    ),
    *_move("start", "Somebody begins", "It was begun"),
    *_move("bump", "It is ready", "It was ready"),
    *_move("recall", "It was not ready after all", "It is being prepared"),
    Call(to=f"POST {_TICKET}/bump", title="Ready again", by="kitchen", shown=False),
    *_move("serve", "It is served", "It was served"),
    Call(
        to=f"PATCH {_TICKET}",
        title="It has left the queue",
        body={"priority": 1},
        status=409,
        by="kitchen",
    ),
    Call(to=f"GET {_TICKET}", title="What became of it", by="kitchen", denied="molly"),
)

_WHOLE_ORDERS: Final[tuple[Step, ...]] = (
    taken("Table eight", "Beef burger"),
    fixed("Table eight"),
    Call(to=f"POST {order('Table eight')}/send", title="Table eight, sent", shown=False),
    *_whole("Table eight", "prepare", "Begun"),
    *_whole("Table eight", "ready", "Ready"),
    Call(to=f"POST {order('Table eight')}/complete", title="It is not paid", status=409),
    *_whole("Table eight", "serve", "Served"),
    taken("To take away", "Beef burger"),
    fixed("To take away"),
    Call(
        to="POST /transactions/process",
        title="To take away, paid",
        body={
            "order_id": str(named("To take away")),
            "payments": [
                {"method": "card", "amount": 1520, "payment_method_id": "pm_card_visa"},
            ],
        },
        shown=False,
    ),
    Call(
        to=f"POST {order('To take away')}/prepare",
        title="To take away, begun",
        by="kitchen",
        shown=False,
    ),
    *_whole("To take away", "complete", "Handed out", by="cashier"),
    *_whole("To take away", "invoice", "Invoiced", by="manager"),
)

SCENE: Final[tuple[Step, ...]] = (*_SENT, *_TICKETS, *_WHOLE_ORDERS)
