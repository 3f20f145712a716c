"""What was said, kept in the form of the file: the same day gives the same file, byte for byte."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from fynlo.openapi.examples import Call as Kept
from fynlo.openapi.examples import Recorded
from fynlo.platform.problems import PROBLEM_JSON
from fynlo.seed import DEMO
from tests.http.document import calls

if TYPE_CHECKING:
    import httpx

    from tests.http.document import Call as Operation
    from tools.examples.script import Call

_BY_CHANCE: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_INTENT: Final = re.compile(r"pi_[A-Za-z0-9]+")
_HASH: Final = re.compile(r"\b[0-9a-f]{64}\b")
_LOOPBACK: Final = re.compile(r"http://127\.0\.0\.1:[0-9]+")
_AN_ID: Final = "0197e0d0-0000-7000-8000-{:012}"
_CUT_SHORT: Final = {
    "access_token": "eyJhbGciOiJIUzI1NiIs…",
    "refresh_token": "frt_…",
    "client_secret": "pi_…_secret_…",
    "next": "WyI…",
    "device_token": "fdt_…",
    "key": "fk_…",
    "prefix": "fk_Xa1b2",
    "secret": "GEZDGNBVGY3TQOJQ…",
    "uri": "otpauth://totp/Fynlo:…",
    "recovery_codes": "0a1b-2c3d-…",
    "token": "frs_…",
}


def heard(answer: httpx.Response) -> Any:
    """Return what an answer says: JSON, a file as its text, or nothing."""
    if not answer.content:
        return None
    kind = answer.headers["content-type"]
    return answer.text if "ndjson" in kind or "json" not in kind else answer.json()


class Tape:
    """Keeps calls by operation and every different problem once."""

    def __init__(self) -> None:
        self._calls: dict[str, list[Kept]] = {}
        self._problems: dict[str, Any] = {}
        self._names: dict[str, str] = {}
        self._operations = calls()
        self.events: dict[str, Any] = {}

    def operation(self, call: Call) -> Operation | None:
        """Find the operation that a call means; a call of none can only be refused."""
        path = urlsplit(call.url).path
        for operation in self._operations:
            if operation.means(call.method, path):
                return operation
        assert call.status >= 400, f"The document has no {call.to}."
        return None

    def keep(self, call: Call, answer: httpx.Response) -> None:
        """Keep an answer and, unless it is a refusal, what was sent for it."""
        operation = self.operation(call)
        name = "" if operation is None else operation.operation["operationId"]
        body = heard(answer)
        is_problem = answer.headers.get("content-type", "").startswith(PROBLEM_JSON)
        problem = self._problem(name, body) if is_problem else None
        if operation is None or (is_problem and call.status >= HTTPStatus.INTERNAL_SERVER_ERROR):
            return  # Any call can meet it: the document says so by itself.
        known = self._calls.setdefault(name, [])
        if problem is None:
            asked = _parameters(operation, call)
            known.append(Kept(call.status, call.title, asked, call.body, body))
        elif problem not in {one.problem for one in known}:
            is_worth_sending = call.status == HTTPStatus.PAYMENT_REQUIRED
            sent, title = (call.body, call.title) if is_worth_sending else (None, "")
            known.append(Kept(call.status, title, request=sent, problem=problem))

    def _problem(self, operation: str, body: dict[str, Any]) -> str:
        """Name a problem by its code; the same code with other words by its operation too."""
        text = json.dumps(body, sort_keys=True)
        if text not in self._names:
            names = [body["code"], f"{operation}-{body['code']}"]
            names += [f"{names[1]}-{n}" for n in range(2, 100)]
            name = next(one for one in names if one not in self._problems)
            self._names[text], self._problems[name] = name, body
        return self._names[text]

    def text(self) -> str:
        """Write the file, with what chance made made even."""
        found = msgspec.to_builtins(Recorded(self._calls, self._problems, self.events))
        text = msgspec.json.format(msgspec.json.encode(_Even().of(found)), indent=1)
        return text.decode() + "\n"


def _parameters(operation: Operation, call: Call) -> dict[str, str]:
    parts = urlsplit(call.url)
    match = operation.pattern.fullmatch(parts.path)
    assert match is not None
    asked = match.groupdict() | dict(parse_qsl(parts.query))
    return asked | ({"Idempotency-Key": call.idempotency_key} if operation.is_keyed else {})


class _Even:
    """Puts the same in the place of what differs each time: random ids, tokens, ports."""

    def __init__(self) -> None:
        self._known = {str(DEMO): str(DEMO)}

    def of(self, value: Any, name: str = "") -> Any:
        """Even a value out, with everything in it; equal stays equal."""
        if isinstance(value, dict):
            return {key: self.of(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.of(inner, name) for inner in value]
        if not isinstance(value, str):
            return value
        if name in _CUT_SHORT:
            return _CUT_SHORT[name]
        if name == "code" and value.isdigit():  # An authenticator's: others are words.
            return "123456"
        value = _HASH.sub(lambda found: self._same(found[0], "{:064x}"), value)
        value = _LOOPBACK.sub("https://sandbox.example", value)
        value = _INTENT.sub(lambda found: self._same(found[0], "pi_3Example{:04}"), value)
        return _BY_CHANCE.sub(lambda found: self._same(found[0], _AN_ID), value)

    def _same(self, found: str, form: str) -> str:
        return self._known.setdefault(found, form.format(len(self._known)))
