"""Every place of a call in which somebody can say an id, and what stands there."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from tests.http.document import calls
from tests.staff.people import PIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.http.document import Call

Ids = dict[str, str]
Place = tuple[str, ...]

OWN: Final = "its own"
"""What a caller mints: another merchant's is no other thing's id."""

_BY_NAME: Final = {
    "location_id": "location",
    "location_ids": "location",
    "register_id": "register",
    "staff_id": "staff",
    "device_id": "device",
    "key_id": "key",
    "category_id": "category",
    "tax_rate_id": "rate",
    "applied_rate_id": "rate",
    "rate_id": "rate",
    "modifier_id": "modifier",
    "modifier_ids": "modifier",
    "modifiers": "modifier",
    "product_id": "product",
    "order_id": "order",
    "line_id": "line",
    "drawer_session_id": "drawer",
    "transaction_id": "transaction",
    "payment_id": "payment",
    "payment_ids": "payment",
    "method_id": "method",
    "exception_id": "exception",
    "station_id": "station",
    "ticket_id": "ticket",
    "approval_id": "approval",
    "actor_id": "staff",
    "target_id": "order",
    "category_ids": "category",
    "config_id": "register",
    "ids": "product",
    "items": OWN,
    "barcode": "barcode",
    "code": "barcode",
    "id": OWN,
    "lines": OWN,
}
"""What an id is of, by the name that it has, or that the list has in which it is."""

_ORDERS: Final = {
    "GET /api/v1/transactions": "waiting order",
    "POST /api/v1/transactions/process": "payable order",
    "POST /api/v1/exceptions/{exception_id}/resolve": "payable order",
    **{
        f"POST /api/v1/orders/{{order_id}}/{verb}": "kitchen order"
        for verb in ("send", "prepare", "ready", "serve", "invoice")
    },
    "POST /api/v1/orders/{order_id}/complete": "paid order",
    "POST /api/v1/orders/{order_id}/confirm": "payable order",
    "POST /api/v1/till/orders/{order_id}/cancel": "spare order",
    "PUT /api/v1/orders/{order_id}": "till order",
    "POST /api/v1/payments/process": "fixed order",
    "POST /api/v1/payments/cash": "fixed order",
    "GET /api/v1/payments/order/{order_id}": "waiting order",
}
"""Of which order a call is about that not every order allows."""

_SAID: Final = frozenset({"barcode", "code"})
"""What names a thing in a path or a query beside its id."""


@dataclass(frozen=True)
class Hunt:
    """One place of one call; `kind` says of what another merchant's id is put there."""

    call: Call
    where: str
    place: Place
    kind: str

    def __str__(self) -> str:
        return f"{self.call} {self.where} {'.'.join(self.place)}"

    @property
    def is_of_leave(self) -> bool:
        """Whether it says who allows the call: that matters to who may not do it alone."""
        return str(self.call) in WISHES and self.place[0] in {"approval", "approval_id"}


def kind_of(call: Call, place: Place) -> str:
    """Tell what the id at a place is of. Raises KeyError for a name that nobody entered here."""
    if place == ("session_id",):
        if str(call) == "PUT /api/v1/orders/{order_id}":
            return OWN  # The till says it there, and nobody reads it.
        return "session" if "/auth/" in call.path else "drawer"
    if place == ("order_id",) and str(call) in _ORDERS:
        return _ORDERS[str(call)]
    if place == ("approval", "staff_id"):
        return "manager"
    if place == ("approval_id",) and str(call) in WISHES:
        return f"leave to {call}"
    name = next(step for step in reversed(place) if step not in {"[]", "id"} or len(place) == 1)
    return _BY_NAME[name]


def hunts() -> list[Hunt]:
    """Find every place of every call, as the document has them."""
    found: list[Hunt] = []
    for call in calls():
        places = [("body", place) for place in _ids(call, call.body or {}, ())]
        for one in _parameters(call):
            places += [(one["in"], place) for place in _of_ids(call, one)]
        found += [Hunt(call, where, place, kind_of(call, place)) for where, place in places]
    return found


def _parameters(call: Call) -> list[dict[str, Any]]:
    return [one for one in call.operation.get("parameters", ()) if one["in"] != "header"]


def _of_ids(call: Call, parameter: dict[str, Any]) -> list[Place]:
    place = (parameter["name"],)
    return [place] if place[0] in _SAID else list(_ids(call, parameter["schema"], place))


def _ids(call: Call, schema: dict[str, Any], place: Place) -> Iterator[Place]:
    """Walk through a schema; what a list holds is at `[]`."""
    if "$ref" in schema:
        schema = call.schemas[schema["$ref"].rsplit("/", 1)[-1]]
    if schema.get("format") == "uuid":
        yield place
    for choices in ("oneOf", "anyOf"):
        for one in schema.get(choices, ()):
            yield from _ids(call, one, place)
    if isinstance(schema.get("items"), dict):
        yield from _ids(call, schema["items"], (*place, "[]"))
    for name, inner in schema.get("properties", {}).items():
        yield from _ids(call, inner, (*place, name))


@dataclass
class Request:
    """A call in which every id is said, so that each can be another merchant's."""

    call: Call
    path: dict[str, str]
    query: dict[str, str]
    body: Any

    def put(self, hunt: Hunt, value: str) -> Request:
        """Return the same with another id at one place."""
        changed = Request(self.call, dict(self.path), dict(self.query), deepcopy(self.body))
        if hunt.where == "body":
            _put(changed.body, hunt.place, value)
        else:
            part = changed.path if hunt.where == "path" else changed.query
            assert hunt.place[0] in part, hunt
            part[hunt.place[0]] = value
        return changed

    @property
    def url(self) -> str:
        """Return its address."""
        return self.call.path.format(**self.path)


def _put(body: Any, place: Place, value: str) -> None:
    step, rest = place[0], place[1:]
    key: Any = 0 if step == "[]" else step
    assert isinstance(body, list) or key in body, f"Say {step} in a body of tests/http/hunted.py."
    if rest:
        _put(body[key], rest, value)
    else:
        body[key] = value


def request(call: Call, ids: Ids) -> Request:
    """Make a call about the things with these ids, each optional id said as well."""
    path: dict[str, str] = {}
    query: dict[str, str] = {}
    for parameter in _parameters(call):
        for place in _of_ids(call, parameter):
            part = path if parameter["in"] == "path" else query
            part[parameter["name"]] = ids[kind_of(call, place)]
        if parameter["in"] == "query" and parameter["required"]:
            query.setdefault(parameter["name"], str(parameter["example"]))
    return Request(call, path, query, _body(call, ids))


def request_of(hunt: Hunt, ids: Ids) -> Request:
    """Make the call of a hunt; what only one body can say is in a body of its own."""
    made = request(hunt.call, ids)
    if str(hunt) in INSTEAD:
        path, body = INSTEAD[str(hunt)](ids)
        return Request(hunt.call, path, made.query, body)
    return made


def _body(call: Call, ids: Ids) -> Any:
    if str(call) in BODIES:
        return BODIES[str(call)](ids)
    return None if call.body is None else call.sample()


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


def _by_somebody(call: str) -> Callable[[Ids], tuple[Ids, Any]]:
    return lambda ids: _with_leave(call, ids, approval={"staff_id": ids["staff"], "pin": PIN})


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
        f"{call} body items.[].{place}": lambda ids: (
            {"order_id": ids["till order"]},
            {"items": _till_lines(ids)},
        )
        for call in ("POST /api/v1/till/orders", "PUT /api/v1/orders/{order_id}")
        for place in ("product_id", "modifiers.[].id")
    },
    **{f"{call} body approval_id": _by_approval(call) for call in WISHES},
    **{f"{call} query approval_id": _by_approval(call) for call in WISHES},
    **{f"{call} body approval.staff_id": _by_somebody(call) for call in WISHES},
}
