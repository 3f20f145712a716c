"""Orders: taken, changed, fixed, given up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from fynlo import catalog
from fynlo.kernel.ids import ProductId
from fynlo.kernel.money import MINOR_MAX, Money
from fynlo.seed import DEMO, LOCATION, REGISTERS
from tools.examples.script import Call, named, product

if TYPE_CHECKING:
    from tools.examples.script import Step
    from tools.examples.stage import Stage

TILL: Final = str(REGISTERS[0])
OTHER_TILL: Final = str(REGISTERS[1])


def lines(*names: str) -> list[dict[str, Any]]:
    """Order one of each."""
    return [{"product_id": product(name), "quantity": 1} for name in names]


def order(name: str) -> str:
    """Return the path of an order that `taken` took."""
    return f"/orders/{named(name)}"


def taken(name: str, *dishes: str, till: str = TILL) -> Call:
    """Take an order for one of each, under an id that is named like it."""
    body = {"id": str(named(name)), "register_id": till, "lines": lines(*dishes)}
    return Call(to="POST /orders", title=name, body=body, status=201, shown=False)


def fixed(name: str) -> Call:
    """Fix an order, so that it can be paid."""
    return Call(to=f"POST {order(name)}/validate", title=f"{name}, fixed", shown=False)


_TABLE: Final = {
    "id": str(named("A table for two")),
    "register_id": TILL,
    "table": "12",
    "covers": 2,
    "lines": [
        {"product_id": product("Fish and chips"), "quantity": 2, "note": "one without peas"},
        {"product_id": product("House white, 175 ml"), "quantity": 2},
    ],
}
_NOT_OURS: Final = {"product_id": str(named("nothing")), "quantity": 1}


async def _sell_the_building(stage: Stage) -> None:
    """Put something on the menu of which no order could have two."""
    async with stage.shop.wiring.db.transaction(DEMO) as tx:
        chips, now = ProductId(named("product:Chips")), stage.clock.now()
        model = (await catalog.offers(tx, LOCATION, [chips], now))[chips].product
        price = Money(MINOR_MAX, model.price.currency)
        building = ProductId(named("product:The building"))
        await catalog.insert_product(
            tx, replace(model, id=building, name="The building", price=price)
        )


GIVEN_UP: Final = Call(
    to=f"POST {order('A mistake')}/cancel",
    title="The guest left",
    body={"reason": "The guest left."},
    denied="kitchen",
)

SCENE: Final[tuple[Step, ...]] = (
    Call(
        to="POST /orders",
        title="A table for two",
        body=_TABLE,
        status=201,
        denied="kitchen",
    ),
    Call(
        to="POST /orders",
        title="An id that names something else",
        body={**_TABLE, "covers": 3},
        status=409,
    ),
    Call(
        to="POST /orders",
        title="Nothing of ours",
        body={"register_id": TILL, "lines": [_NOT_OURS]},
        status=422,
    ),
    Call(to=f"GET {order('A table for two')}", title="A draft"),
    Call(
        to=f"PUT {order('A table for two')}/lines",
        title="They want a dessert too",
        body={
            "version": 1,
            "lines": [
                {"product_id": product("Fish and chips"), "quantity": 2},
                {"product_id": product("House white, 175 ml"), "quantity": 2},
                {"product_id": product("Apple crumble"), "quantity": 1},
            ],
        },
        denied="kitchen",
    ),
    Call(
        to=f"PUT {order('A table for two')}/lines",
        title="Somebody was faster",
        body={"version": 1, "lines": lines("Chips")},
        status=409,
    ),
    Call(
        to=f"POST {order('A table for two')}/validate",
        title="Ready to be paid",
        denied="kitchen",
    ),
    Call(
        to=f"POST {order('A table for two')}/validate",
        title="It is fixed already",
        status=409,
    ),
    Call(
        to=f"PUT {order('A table for two')}/lines",
        title="Nothing of ours",
        body={"version": 3, "lines": [_NOT_OURS]},
        status=422,
    ),
    Call(
        to=f"PUT {order('A table for two')}/lines",
        title="Nothing would be left",
        body={"version": 3, "lines": []},
        status=422,
    ),
    taken("An empty order"),
    Call(to=f"POST {order('An empty order')}/validate", title="Nothing on it", status=422),
    taken("A mistake", "Chips"),
    GIVEN_UP,
    Call(
        to=f"POST {order('A mistake')}/cancel",
        title="It is given up already",
        body={"reason": "The guest left."},
        status=409,
        by="manager",
    ),
    Call(
        to=f"POST {order('A mistake')}/cancel",
        title="A key that was used",
        key="The guest left",
        body={"reason": "Another reason."},
        status=422,
    ),
    Call(
        to=f"PUT {order('A mistake')}/lines",
        title="Its lines are fixed",
        body={"version": 2, "lines": lines("Chips")},
        status=409,
    ),
    _sell_the_building,
    Call(
        to="POST /orders",
        title="More than an order may come to",
        body={"register_id": TILL, "lines": lines("The building", "The building")},
        status=422,
    ),
    Call(
        to=f"PUT {order('A table for two')}/lines",
        title="More than an order may come to",
        body={"version": 3, "lines": lines("The building", "The building")},
        status=422,
    ),
    Call(to="GET /orders?state=validated", title="What can be paid"),
    Call(to="GET /orders?limit=1", title="The newest"),
)
