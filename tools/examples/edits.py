"""Orders edited line by line: more of it, less of it, cheaper, at another table, shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.ids import derive
from tools.examples.orders import TILL, fixed, lines, order, taken
from tools.examples.script import Call, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.examples.script import Step

_LONG: Final = "A long evening"
_ONE: Final = "One portion"
_FIRST: Final = str(derive(named(_LONG), "line:0"))
_SECOND: Final = str(derive(named(_LONG), "line:1"))
_CHEAPER: Final = {"unit_price": 900, "reason": "It was cold."}
_TEN_PERCENT: Final = {"type": "percent", "value": 1000}
_TOO_MUCH: Final = {"type": "amount", "value": 99_999}
_NOT_OFFERED: Final = [{"id": str(named("nothing"))}]
_NOT_OURS: Final = [{"product_id": str(named("nothing")), "quantity": 1}]


def _line(line_id: str = _FIRST) -> str:
    return f"{order(_LONG)}/lines/{line_id}"


def _bad_lines() -> Iterator[tuple[str, list[dict[str, Any]], int]]:
    """List lines that no order can have, and with which status they are refused."""
    yield "Nothing of ours", _NOT_OURS, 422
    yield "A discount of more than it costs", [{**lines("Chips")[0], "discount": _TOO_MUCH}], 422
    yield "What cannot be chosen with it", [{**lines("Chips")[0], "modifiers": _NOT_OFFERED}], 422
    yield "More than an order may come to", lines("The building", "The building"), 422
    yield "Another price than the menu's", [{**lines("Chips")[0], "price_override": _CHEAPER}], 403


def _refused(name: str, changes: str, version: int) -> Iterator[Call]:
    """Change an order, in every way, that cannot be changed any more, or not now."""
    line_id = derive(named(changes), "line:0")
    for to, body in (
        (f"POST {order(changes)}/lines", {"lines": lines("Chips")}),
        (f"PATCH {order(changes)}/lines/{line_id}", {"version": 1, "quantity": 3}),
        (f"DELETE {order(changes)}/lines/{line_id}?version=1", None),
        (f"PATCH {order(changes)}", {"version": version, "discount": _TEN_PERCENT}),
    ):
        yield Call(to=to, title=name, body=body, status=409, by="manager", key=f"{name}: {to}")


ADDED: Final = Call(
    to=f"POST {order(_LONG)}/lines",
    title="Another portion",
    body={"lines": lines("Chips")},
    denied="kitchen",
)

SCENE: Final[tuple[Step, ...]] = (
    taken(_LONG, "Fish and chips", "Chips"),
    ADDED,
    Call(
        to=f"POST {order(_LONG)}/lines",
        title="A key that was used",
        key="Another portion",
        body={"lines": lines("Fish and chips")},
        status=422,
    ),
    Call(
        to=f"POST {order(_LONG)}/lines",
        title="A line that is there already",
        body={"lines": [{**lines("Chips")[0], "id": _FIRST}]},
        status=409,
    ),
    *(
        Call(
            to=f"POST {order(_LONG)}/lines",
            title=title,
            key=f"{title}, besides",
            body={"lines": wanted},
            status=status,
        )
        for title, wanted, status in _bad_lines()
    ),
    *(
        Call(
            to="POST /orders",
            title=title,
            body={"id": str(named(f"{title}, new")), "register_id": TILL, "lines": wanted},
            status=status,
        )
        for title, wanted, status in _bad_lines()
        if status == 403 or title.startswith(("A discount", "What cannot"))
    ),
    *(
        Call(
            to=f"PUT {order(_LONG)}/lines",
            title=title,
            body={"version": 2, "lines": wanted},
            status=status,
        )
        for title, wanted, status in _bad_lines()
        if status == 403 or title.startswith(("A discount", "What cannot"))
    ),
    Call(
        to=f"PATCH {_line()}",
        title="Two of it",
        body={"version": 1, "quantity": 2, "note": "one without peas"},
        denied="kitchen",
    ),
    Call(
        to=f"PATCH {_line()}",
        title="Somebody was faster",
        body={"version": 1, "quantity": 3},
        status=409,
    ),
    Call(
        to=f"PATCH {_line()}",
        title="A price that the manager allows",
        body={"version": 2, "price_override": _CHEAPER},
        by="manager",
    ),
    Call(
        to=f"PATCH {_line(_SECOND)}",
        title="A discount of more than it costs",
        body={"version": 1, "discount": _TOO_MUCH},
        status=422,
        by="manager",
    ),
    Call(
        to=f"PATCH {_line(_SECOND)}",
        title="What cannot be chosen with it",
        body={"version": 1, "modifiers": _NOT_OFFERED},
        status=422,
    ),
    Call(
        to=f"DELETE {_line(_SECOND)}?version=7",
        title="Somebody was faster",
        status=409,
    ),
    Call(to=f"DELETE {_line(_SECOND)}?version=1", title="They have enough", denied="kitchen"),
    Call(
        to=f"PATCH {order(_LONG)}",
        title="Ten per cent off, at a better table",
        body={"version": 5, "table": "7", "covers": 4, "discount": _TEN_PERCENT},
        by="manager",
        denied="kitchen",
    ),
    Call(
        to=f"PATCH {order(_LONG)}",
        title="Somebody was faster",
        body={"version": 5, "table": "8"},
        status=409,
    ),
    Call(
        to=f"PATCH {order(_LONG)}",
        title="Nobody pays more than the order for a discount",
        body={"version": 7, "discount": {"type": "amount", "value": 200}},
        by="manager",
    ),
    fixed(_LONG),
    Call(to=f"GET {order(_LONG)}/shares?count=3", title="Three guests pay the same"),
    taken("The last round", "House white, 175 ml", "Chips"),
    fixed("The last round"),
    Call(
        to="POST /transactions/process",
        title="A transfer for a part of it",
        body={
            "order_id": str(named("The last round")),
            "payments": [{"method": "bank_transfer", "amount": 100}],
        },
        status=202,
        shown=False,
    ),
    *_refused("A payment is under way", "The last round", 3),
    taken("An early bird", "Fish and chips"),
    fixed("An early bird"),
    Call(
        to="POST /transactions/process",
        title="Cash for the early bird",
        body={
            "order_id": str(named("An early bird")),
            "payments": [{"method": "cash", "amount": 1690}],
        },
        shown=False,
    ),
    *_refused("It is paid", "An early bird", 3),
    taken("A misunderstanding", "Chips"),
    Call(
        to=f"POST {order('A misunderstanding')}/cancel",
        title="They ordered at the bar",
        body={"reason": "They ordered at the bar."},
        shown=False,
    ),
    *_refused("It is given up already", "A misunderstanding", 2),
    Call(
        to=f"PATCH {order('A misunderstanding')}",
        title="It stays where it was",
        body={"version": 2, "table": "7"},
        status=409,
    ),
    taken(_ONE, "Chips"),
    fixed(_ONE),
    Call(
        to=f"DELETE {order(_ONE)}/lines/{derive(named(_ONE), 'line:0')}?version=1",
        title="Nothing would be left",
        status=422,
    ),
)
