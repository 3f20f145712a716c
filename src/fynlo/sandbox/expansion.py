"""`expand`: objects in the place of their ids, in the answer only (docs/reference/stripe.md §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox import lists
from fynlo.sandbox.problems import Refusal

if TYPE_CHECKING:
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

_DEPTH_MAX: Final = 4
_NOTHING: Final = ""
"""The kind of what is never there: it can be expanded, and stays empty."""

_EXPANDABLE: Final[dict[str, dict[str, str]]] = {
    "payment_intent": {
        "customer": "customer",
        "latest_charge": "charge",
        "payment_method": "payment_method",
        **dict.fromkeys(("application", "on_behalf_of", "review", "source"), _NOTHING),
    },
    "charge": {
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        **dict.fromkeys(("application", "application_fee", "dispute", "on_behalf_of"), _NOTHING),
        **dict.fromkeys(("review", "source_transfer"), _NOTHING),
    },
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        **dict.fromkeys(("source_transfer_reversal", "transfer_reversal"), _NOTHING),
    },
    "payment_method": {"customer": "customer"},
    "balance_transaction": {"source": "charge refund"},
}


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
    if name == "data" and rest and document.get("object") == "list":
        return document | {"data": [_expanded(desk, one, rest) for one in document["data"]]}
    value = _value(desk, document, name)
    if isinstance(value, dict) and rest:
        value = _expanded(desk, value, rest)
    return document | {name: value}


def _value(desk: Desk, document: Document, name: str) -> Any:
    kind = document.get("object", "")
    if (kind, name) == ("charge", "refunds"):
        found = {"charge": document["id"]}
        refunds = lists.page(desk, "refund", found, url=f"/v1/charges/{document['id']}/refunds")
        return document.get(name, refunds)
    kinds = _EXPANDABLE.get(kind, {}).get(name)
    if kinds is None or name not in document:
        raise Refusal(400, f"This property cannot be expanded ({name}).", param="expand")
    value = document[name]
    if isinstance(value, str):
        there = (desk.get(one, value) for one in kinds.split())
        value = next((one for one in there if one is not None), value)
    return value
