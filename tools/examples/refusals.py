"""The refusals that follow from a call's shape: nobody, somebody else, nothing, and nonsense."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tools.examples.script import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.http.document import Call as Operation
    from tools.examples.script import Call

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LAST: Final = re.compile(r"[^/]+\Z")
_TOO_LARGE: Final = {"note": "x" * 1_000_001}


def refusals(operation: Operation, call: Call) -> Iterator[Call]:
    """Vary a call that would succeed, its body resolved, into those that must be refused."""
    if not operation.is_public:
        yield replace(call, by=None, status=401)
    if call.denied is not None:
        yield replace(call, by=call.denied, status=403)
    if operation.has_ids:
        yield replace(call, to=_to_nothing(call.to), status=404)
    if operation.is_keyed:
        yield replace(call, raw_key="", status=400)
        yield replace(call, raw_key="too-short", status=400)
    if operation.body is not None:
        yield replace(call, body=_nonsense(call.body), status=400)
        yield replace(call, body=_TOO_LARGE, status=413)
    elif operation.takes_file:
        yield replace(call, body=None, status=400)
        yield replace(call, body=_TOO_LARGE["note"], status=413)
    elif asked := [one for one in operation.operation.get("parameters", ()) if _is_strict(one)]:
        path = call.to.partition("?")[0]
        yield replace(call, to=f"{path}?{asked[0]['name']}=none", status=400)


def _to_nothing(to: str) -> str:
    """Put the id of nothing in the place of the path's last one; or else of its last part."""
    path, mark, query = to.partition("?")
    last = [*_LAST.finditer(path), *_ID.finditer(path)][-1]
    return f"{path[: last.start()]}{named('nothing')}{path[last.end() :]}{mark}{query}"


def _nonsense(body: dict[str, Any]) -> dict[str, Any]:
    """Give the first field another type; to a body without any, one that nobody knows."""
    for name, value in body.items():
        is_text = isinstance(value, str | list | dict)
        return {**body, name: 17 if is_text else str(value).lower()}
    return {"surprise": True}


def _is_strict(parameter: dict[str, Any]) -> bool:
    """Whether a parameter of the query takes less than any text."""
    schema = parameter["schema"]
    kinds = schema.get("oneOf", [schema])
    return parameter["in"] == "query" and {"type": "string"} not in kinds
