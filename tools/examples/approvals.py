"""Approvals: asked for at a till, given from afar or by whoever stands there; and the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.ids import derive
from fynlo.platform.chain import chain_due
from fynlo.seed import PASSWORD
from tools.examples.orders import fixed, lines, order, taken
from tools.examples.script import Call, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tools.examples.script import Step
    from tools.examples.stage import Stage

_COLD: Final = "It came cold"
_LINE: Final = f"{order(_COLD)}/lines/{derive(named(_COLD), 'line:0')}"
_CHEAPER: Final = {"version": 1, "price_override": {"unit_price": 900, "reason": "It was cold."}}
_GENEROUS: Final = {"discount": {"type": "percent", "value": 2000}}
_MANAGER: Final = {"email": "manager@demo.fynlo.test", "pin": "2580"}
_WRONG: Final = {"email": "manager@demo.fynlo.test", "pin": "0000"}
_MYSELF: Final = {"email": "cashier@demo.fynlo.test", "pin": "1234"}


def _asked(title: str) -> Callable[[dict[str, Any]], str]:
    """Find the approval that a refusal told of."""
    return lambda said: str(said[title]["approval"]["id"])


def _of(title: str, verb: str, end: str = "") -> Callable[[dict[str, Any]], str]:
    find = _asked(title)
    return lambda said: f"{verb} /approvals/{find(said)}{end}"


def _ways(to: str, body: dict[str, Any], name: str) -> Iterator[Call]:
    """Try what needs somebody else: alone, with a wrong PIN, and with one's own."""
    yield Call(to=to, title=f"{name}: alone", body=body, status=403, key=f"{name}: alone")
    for who, stands in (("a wrong PIN", _WRONG), ("their own", _MYSELF)):
        title = f"{name}: {who}"
        yield Call(to=to, title=title, body={**body, "approval": stands}, status=403, key=title)


async def _tie(stage: Stage) -> None:
    """Tie the entries into their chain, as the worker does."""
    await chain_due(stage.app.state.ports)


SCENE: Final[tuple[Step, ...]] = (
    taken(_COLD, "Fish and chips", "Chips"),
    *_ways(f"PATCH {_LINE}", _CHEAPER, "Another price"),
    Call(to="GET /approvals", title="What may be allowed", by="manager"),
    Call(to="GET /approvals?state=pending&limit=1", title="What waits for somebody", by="manager"),
    Call(to=_of("Another price: alone", "GET"), title="Is it allowed?"),
    Call(
        to=_of("Another price: alone", "POST", "/approve"),
        title="Nobody allows their own",
        body={"pin": "1234"},
        status=403,
    ),
    Call(
        to=_of("Another price: alone", "POST", "/approve"),
        title="A wrong PIN",
        body={"pin": "0000"},
        by="manager",
        status=403,
    ),
    Call(
        to=_of("Another price: alone", "POST", "/approve"),
        title="The manager allows it",
        body={"pin": "2580"},
        by="manager",
    ),
    Call(
        to=_of("Another price: alone", "POST", "/approve"),
        title="It is allowed already",
        body={"pin": "2580"},
        by="manager",
        status=409,
    ),
    Call(
        to=_of("Another price: alone", "POST", "/approve"),
        title="Somebody else's key",
        key="The manager allows it",
        body={"password": PASSWORD},
        status=422,
        by="owner",
    ),
    Call(
        to=_of("Another price: alone", "POST", "/reject"),
        title="A key that was used",
        key="The manager allows it",
        body={"reason": "It was allowed under this key."},
        status=422,
        by="manager",
    ),
    Call(
        to=f"PATCH {_LINE}",
        title="Now it is sold at that price",
        body=lambda said: {**_CHEAPER, "approval_id": _asked("Another price: alone")(said)},
    ),
    *_ways(f"PATCH {order(_COLD)}", {"version": 2, **_GENEROUS}, "A discount"),
    Call(
        to=f"PATCH {order(_COLD)}",
        title="The manager stands there",
        body={"version": 2, **_GENEROUS, "approval": _MANAGER},
    ),
    Call(
        to=_of("A discount: alone", "POST", "/reject"),
        title="Too much",
        body={"reason": "Twenty per cent is too much."},
        by="manager",
    ),
    Call(
        to=_of("A discount: alone", "POST", "/reject"),
        title="It is refused already",
        body={"reason": "Twenty per cent is too much."},
        by="manager",
        status=409,
    ),
    *_ways(
        f"POST {order(_COLD)}/lines",
        {"lines": [{**lines("Chips")[0], "price_override": _CHEAPER["price_override"]}]},
        "Cheap chips besides",
    ),
    *_ways(
        f"PUT {order(_COLD)}/lines",
        {
            "version": 3,
            "lines": [{**lines("Chips")[0], "price_override": _CHEAPER["price_override"]}],
        },
        "Only cheap chips",
    ),
    fixed(_COLD),
    *_ways(f"POST {order(_COLD)}/cancel", {"reason": "They left."}, "They left"),
    Call(to=f"POST {order(_COLD)}/send", title="The kitchen has it", shown=False),
    Call(
        to=f"DELETE {_LINE}?version=2",
        title="The kitchen has it: alone",
        status=403,
    ),
    Call(
        to=f"DELETE {_LINE}?version=2&approval_id={named('nothing')}",
        title="No such approval",
        status=403,
    ),
    _tie,
    Call(to="GET /audit?limit=3", title="Who did what", by="owner", denied="manager"),
    Call(
        to=f"GET /audit?action=order.price_given&target_id={named(_COLD)}",
        title="Who made it cheaper",
        by="owner",
    ),
    Call(to="GET /audit/export?limit=2", title="The chain", by="owner", denied="manager"),
)
