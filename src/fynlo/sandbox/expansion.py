"""`expand`: objects in the place of their ids, in the answer only (docs/reference/stripe.md §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox.problems import Refusal

if TYPE_CHECKING:
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

_EXPANDABLE: Final = {
    "latest_charge": "charge",
    "charge": "charge",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
    "customer": "customer",
}
_DEPTH_MAX: Final = 4


def expand(desk: Desk, document: Document, params: Params) -> Document:
    """Replace ids by objects where the caller asks for it; the kept document stays as it is."""
    wanted: Any = params.get("expand", [])
    for path in wanted if isinstance(wanted, list) else [wanted]:
        steps = str(path).split(".")
        if len(steps) > _DEPTH_MAX:
            raise Refusal(
                400, "You cannot expand more than 4 levels of a property.", param="expand"
            )
        document = _expanded(desk, document, steps)
    return document


def _expanded(desk: Desk, document: Document, steps: list[str]) -> Document:
    name, rest = steps[0], steps[1:]
    if name == "data" and document.get("object") == "list":
        return document | {"data": [_expanded(desk, one, rest) for one in document["data"]]}
    if name not in _EXPANDABLE or name not in document:
        raise Refusal(400, f"This property cannot be expanded ({name}).", param="expand")
    value = document[name]
    if isinstance(value, str):
        value = desk.store.get(desk.account, _EXPANDABLE[name], value)
    if isinstance(value, dict) and rest:
        value = _expanded(desk, value, rest)
    return document | {name: value}
