"""The recorded examples: what calls were seen to say, and their place in the document.

`examples.json` is written by `make examples`, which plays a day at the demo shop against the real
application. An operation that was played documents the refusals that it was seen to give, and no
others; a shop's tests hold every answer that they get to that.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final, TypeAlias

import msgspec

from fynlo.platform.problems import BUG, PROBLEM_JSON

Json: TypeAlias = dict[str, Any]


class Call(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer of an operation; what was sent is kept where it is worth sending again."""

    status: int
    title: str = ""
    parameters: dict[str, str] = {}
    request: Any = None
    response: Any = None
    problem: str | None = None


class Recorded(msgspec.Struct, frozen=True):
    """Calls by operation id, problems by name, events by type."""

    calls: dict[str, list[Call]]
    problems: dict[str, Json]
    events: dict[str, Json]


_BUG: Final = Call(HTTPStatus.INTERNAL_SERVER_ERROR, problem=BUG.code)


@cache
def recorded() -> Recorded:
    """Read what was recorded."""
    data = files("fynlo").joinpath("openapi", "examples.json").read_bytes()
    return msgspec.json.decode(data, type=Recorded)


def attach(document: Json, found: Recorded) -> None:
    """Put every example in its place, and take away the refusals that were never seen."""
    document["components"]["examples"] = {
        name: {"summary": body["title"], "value": body} for name, body in found.problems.items()
    }
    for item in document["paths"].values():
        for operation in item.values():
            calls = found.calls.get(operation["operationId"])
            if calls:
                _keep_what_was_seen(operation, calls)
                _show(operation, [*calls, _BUG])
                _name_codes(operation, found)


def _keep_what_was_seen(operation: Json, calls: list[Call]) -> None:
    seen = {call.status for call in calls}
    operation["responses"] = {
        status: response
        for status, response in sorted(operation["responses"].items())
        if int(status) in seen or not _is_refusal(int(status))
    }


def _is_refusal(status: int) -> bool:
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _show(operation: Json, calls: list[Call]) -> None:
    """Put calls in their places; what has none any more is left out, and a test finds it."""
    sent = _told(operation.get("requestBody", {}).get("content", {}))
    for call in calls:
        name = _slug(call.title)
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in call.parameters:
                told = call.parameters[parameter["name"]]
                is_number = parameter["schema"].get("type") == "integer"
                parameter.setdefault("example", int(told) if is_number else told)
        if call.request is not None:
            example = {"summary": call.title, "value": call.request}
            sent.setdefault("examples", {})[name] = example
        content = operation["responses"].get(str(call.status), {}).get("content", {})
        if call.problem is not None:
            shown: Json = {"$ref": f"#/components/examples/{call.problem}"}
            content.get(PROBLEM_JSON, {}).setdefault("examples", {})[call.problem] = shown
        elif call.response is not None:
            shown = {"summary": call.title, "value": call.response}
            _told(content).setdefault("examples", {})[name] = shown


def _told(content: Json) -> Json:
    """Return the one kind of content that is no problem: JSON, or a file."""
    return next((media for kind, media in content.items() if kind != PROBLEM_JSON), {})


def _name_codes(operation: Json, found: Recorded) -> None:
    """Say at each refusal which codes it can have."""
    for response in operation["responses"].values():
        shown = response.get("content", {}).get(PROBLEM_JSON, {}).get("examples", {})
        codes = sorted({found.problems[name]["code"] for name in shown if name in found.problems})
        if codes:
            response["description"] += " " + ", ".join(f"`{code}`" for code in codes)


def _slug(title: str) -> str:
    """Name an example in the document: its title, as a word of letters and hyphens."""
    return "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
