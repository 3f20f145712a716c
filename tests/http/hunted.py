"""Every place of a call in which somebody can say an id, and what stands there."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.http.document import calls
from tests.http.told import BODIES, INSTEAD, WISHES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.http.document import Call
    from tests.http.told import Ids

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
    "POST /api/v1/orders/{order_id}/split": "giving order",
    "POST /api/v1/orders/{order_id}/merge": "taking order",
    "POST /api/v1/payments/process": "fixed order",
    "POST /api/v1/payments/cash": "fixed order",
    "GET /api/v1/payments/order/{order_id}": "waiting order",
}
"""Of which order a call is about that not every order allows."""

_OF_BILLS: Final[dict[Place, str]] = {
    ("lines", "[]", "line_id"): "giving line",
    ("from", "[]", "order_id"): "coming order",
}
"""What goes from one order to another."""

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
    if place[0] == "approval":
        # Each PIN is wrong a few times only before all must wait.
        who = "owner" if "/drawers/" in call.path else "manager"
        return who if place[1] == "staff_id" else f"{who}'s email"
    if place == ("approval_id",) and str(call) in WISHES:
        return f"leave to {call}"
    name = next(step for step in reversed(place) if step not in {"[]", "id"} or len(place) == 1)
    return _OF_BILLS.get(place, _BY_NAME[name])


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
    is_address = schema.get("type") == "string" and place == ("approval", "email")
    if schema.get("format") == "uuid" or is_address:
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
    assert isinstance(body, list) or key in body, f"Say {step} in a body of tests/http/told.py."
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
