"""Bills: an order is split by its lines, orders come together, and what of that is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.ids import derive
from fynlo.seed import LOCATION
from tools.examples.orders import fixed, lines, order, taken
from tools.examples.script import Call, named, product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tools.examples.script import Step

_TABLE: Final = "Two couples"
_COUPLE: Final = "One couple pays by itself"
_OTHER: Final = "The table beside them"
_MARKET: Final = str(named("location:market"))


def _look(name: str) -> Call:
    return Call(to=f"GET {order(name)}", title=f"{name}, now", shown=False)


def _at(said: dict[str, Any], name: str) -> int:
    version: int = said[f"{name}, now"]["version"]
    return version


def _split(name: str, *taken_lines: tuple[int, Any], **more: Any) -> Callable[..., Any]:
    """Take so much of each of these lines, for the order as it was last looked at."""

    def body(said: dict[str, Any]) -> dict[str, Any]:
        wish = [
            {"line_id": str(derive(named(name), f"line:{index}")), "quantity": quantity}
            for index, quantity in taken_lines
        ]
        return {"version": _at(said, name), "lines": wish, **more}

    return body


def _merge(name: str, *others: str) -> Callable[..., Any]:
    def body(said: dict[str, Any]) -> dict[str, Any]:
        come = [{"order_id": str(named(one)), "version": _at(said, one)} for one in others]
        return {"version": _at(said, name), "from": come}

    return body


def _pay(name: str, payment: dict[str, Any], status: int) -> Call:
    return Call(
        to="POST /transactions/process",
        title=f"{name}, a part of it",
        body={"order_id": str(named(name)), "payments": [payment]},
        status=status,
        shown=False,
    )


def _refused(title: str, name: str) -> Iterator[Call]:
    """Neither split nor merge an order that cannot be changed any more, or not now."""
    yield _look(name)
    for verb, body in (("split", _split(name, (0, 1))), ("merge", _merge(name, _COUPLE))):
        yield Call(
            to=f"POST {order(name)}/{verb}",
            title=title,
            body=body,
            status=409,
            key=f"{title}: {verb}",
        )


_ORDERS: Final[tuple[Step, ...]] = (
    taken(_TABLE, "Fish and chips", "Chips", "House white, 175 ml"),
    fixed(_TABLE),
    taken(_OTHER, "Fish and chips", "Chips"),
    _look(_TABLE),
    _look(_OTHER),
)

_SPLIT: Final[tuple[Step, ...]] = (
    Call(
        to=f"POST {order(_TABLE)}/split",
        title=_COUPLE,
        body=_split(_TABLE, (0, "0.5"), (2, 1), covers=2),
        status=201,
        denied="kitchen",
    ),
    Call(
        to=f"POST {order(_TABLE)}/split",
        title="A key that was used",
        key=_COUPLE,
        body=_split(_TABLE, (0, 1)),
        status=422,
    ),
    Call(
        to=f"POST {order(_TABLE)}/split",
        title="Somebody was faster",
        body=_split(_TABLE, (0, "0.25")),
        status=409,
    ),
    _look(_TABLE),
    Call(
        to=f"POST {order(_TABLE)}/split",
        title="Nothing would stay",
        body=_split(_TABLE, (0, "0.5"), (1, 1)),
        status=422,
    ),
    Call(
        to=f"POST {order(_TABLE)}/split",
        title="An id that another order has",
        body=_split(_TABLE, (1, 1)),
        key=_OTHER,
        status=409,
    ),
)

_MERGED: Final[tuple[Step, ...]] = (
    Call(
        to=f"POST {order(_TABLE)}/merge",
        title="Two tables come together",
        body=_merge(_TABLE, _OTHER),
        denied="kitchen",
    ),
    Call(
        to=f"POST {order(_TABLE)}/merge",
        title="A key that was used",
        key="Two tables come together",
        body=_merge(_TABLE, _COUPLE),
        status=422,
    ),
    Call(
        to=f"POST {order(_TABLE)}/merge",
        title="Somebody was faster",
        body=_merge(_TABLE, _COUPLE),
        status=409,
    ),
    _look(_TABLE),
    taken("The first building", "The building"),
    taken("The second building", "The building"),
    _look("The first building"),
    _look("The second building"),
    Call(
        to=f"POST {order('The first building')}/merge",
        title="More than an order may come to",
        body=_merge("The first building", "The second building"),
        status=422,
    ),
    Call(
        to="POST /orders",
        title="At the market",
        body={
            "id": str(named("At the market")),
            "location_id": _MARKET,
            "lines": lines("Chips"),
        },
        status=201,
        by="owner",
        shown=False,
    ),
    _look("At the market"),
    Call(
        to=f"POST {order(_TABLE)}/merge",
        title="An order of another place",
        body=_merge(_TABLE, "At the market"),
        status=422,
        by="owner",
    ),
)

SCENE: Final[tuple[Step, ...]] = (
    *_ORDERS,
    *_SPLIT,
    _look(_COUPLE),
    *_MERGED,
    taken("A transfer is under way", "Fish and chips", "Chips"),
    fixed("A transfer is under way"),
    _pay("A transfer is under way", {"method": "bank_transfer", "amount": 100}, 202),
    *_refused("A payment is under way", "A transfer is under way"),
    taken("A deposit was taken", "Fish and chips", "Chips"),
    fixed("A deposit was taken"),
    _pay(
        "A deposit was taken",
        {"method": "card", "amount": 100, "payment_method_id": "pm_card_visa"},
        200,
    ),
    *_refused("It was paid in part", "A deposit was taken"),
    taken("They left", "Chips", "Chips"),
    Call(
        to=f"POST {order('They left')}/cancel",
        title="They left",
        body={"reason": "They left."},
        shown=False,
    ),
    *_refused("It is given up already", "They left"),
    taken("The last soup", "Soup of the day"),
    Call(
        to=f"PUT /locations/{LOCATION}/sold-out/{product('Soup of the day')}",
        title="No more soup",
        body={},
        by="kitchen",
        shown=False,
    ),
    Call(
        to=f"PATCH {order('The last soup')}/lines/{derive(named('The last soup'), 'line:0')}",
        title="More of what is sold out",
        body={"version": 1, "quantity": 2},
        status=422,
    ),
    Call(
        to=f"PATCH {order('The last soup')}/lines/{derive(named('The last soup'), 'line:0')}",
        title="More of what is sold out, at another price",
        body={
            "version": 1,
            "quantity": 2,
            "price_override": {"unit_price": 100, "reason": "It was cold."},
        },
        status=422,
        by="manager",
    ),
    Call(
        to=f"PUT {order('The last soup')}/lines",
        title="More of what is sold out",
        body={
            "version": 1,
            "lines": [
                {
                    "id": str(derive(named("The last soup"), "line:0")),
                    "product_id": product("Soup of the day"),
                    "quantity": 2,
                }
            ],
        },
        status=422,
    ),
    Call(
        to="GET /orders?business_day=2026-03-04&number=1",
        title="Order 1 of a day",
    ),
)
