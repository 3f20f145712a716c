"""The OpenAPI document, read as a list of calls that a test can go through."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

import jsonschema_rs

from fynlo.config import Config
from fynlo.main import create_app

if TYPE_CHECKING:
    import httpx

NOBODY = UUID(int=0)
PUBLIC = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
    ("POST", "/api/v1/auth/pin"),
    ("POST", "/api/v1/auth/forgot-password"),
    ("POST", "/api/v1/auth/reset-password"),
    ("GET", "/api/v1/devices/me/staff"),
    ("POST", "/api/v1/webhooks/stripe"),
    ("POST", "/api/v1/till/auth/login"),
    ("POST", "/api/v1/till/auth/refresh"),
    ("POST", "/api/v1/auth/verify"),
}


@cache
def document() -> dict[str, Any]:
    """Return the document that the application tells of itself.

    Making it takes a second: whoever asks gets the same one, and changes nothing in it.
    """
    return create_app(Config()).openapi_schema.to_schema()


@dataclass(frozen=True)
class Call:
    """One operation; `str` names it in a test's id."""

    method: str
    path: str
    operation: dict[str, Any]
    schemas: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_public(self) -> bool:
        return (self.method, self.path) in PUBLIC

    @property
    def has_ids(self) -> bool:
        return "{" in self.path

    @property
    def is_keyed(self) -> bool:
        parameters = self.operation.get("parameters", [])
        return any(one["name"] == "Idempotency-Key" for one in parameters)

    @property
    def is_signed(self) -> bool:
        parameters = self.operation.get("parameters", [])
        return any(one["name"] == "Stripe-Signature" for one in parameters)

    def url(self, some_id: object = NOBODY) -> str:
        """Fill every id of the path, and what the query must say."""
        parts = [str(some_id) if part[:1] == "{" else part for part in self.path.split("/")]
        asked = {
            one["name"]: str(one["example"])
            for one in self.operation.get("parameters", [])
            if one["in"] == "query" and one["required"]
        }
        return "/".join(parts) + (f"?{urlencode(asked)}" if asked else "")

    @property
    def body(self) -> dict[str, Any] | None:
        """Return the schema of the JSON body, with everything that it refers to inside."""
        content = self.operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        return {**content["application/json"]["schema"], "components": {"schemas": self.schemas}}

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Match the paths that mean this operation; its parameters are groups."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))

    def means(self, method: str, path: str) -> bool:
        """Whether a request means this operation."""
        return method == self.method and self.pattern.fullmatch(path) is not None

    def codes(self, status: int, problems: dict[str, Any]) -> set[str]:
        """Return the codes of the problems that the document shows for a status."""
        content = self.operation["responses"].get(str(status), {}).get("content", {})
        shown = content.get("application/problem+json", {}).get("examples", {})
        return {problems[name]["value"]["code"] for name in shown}

    @property
    def takes_file(self) -> bool:
        """Whether its body is a file, and not JSON."""
        return "text/csv" in self.operation.get("requestBody", {}).get("content", {})

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Follow a reference, and the first of several choices."""
        if "$ref" in schema:
            found: dict[str, Any] = self.schemas[schema["$ref"].rsplit("/", 1)[-1]]
            return self.resolve(found)
        for several in ("oneOf", "anyOf"):
            if several in schema:
                return self.resolve(schema[several][0])
        return schema

    def sample(self, schema: dict[str, Any] | None = None) -> Any:
        """Make a small value that fits a schema: all required fields, and nothing else."""
        schema = self.resolve(schema or self.body or {})
        kind = schema.get("type")
        for told in ("examples", "enum"):
            if told in schema:
                return schema[told][0]
        if kind == "object":
            wanted = schema.get("required", [])
            return {name: self.sample(schema["properties"][name]) for name in wanted}
        if kind == "array":
            return [self.sample(schema["items"])] * schema.get("minItems", 0)
        if kind == "string":
            known = {"uuid": str(NOBODY), "date-time": "2026-01-02T03:04:05Z"}
            return known.get(schema.get("format", ""), "x" * schema.get("minLength", 1))
        return {"integer": max(1, int(schema.get("minimum", 1))), "boolean": True}.get(str(kind))

    @cached_property
    def _judge(self) -> jsonschema_rs.Validator:
        """Judge bodies; to read the schema takes longer than to judge a hundred."""
        assert self.body is not None
        return jsonschema_rs.validator_for(self.body)

    def fits(self, body: object) -> bool:
        """Whether the document allows this body."""
        return self._judge.is_valid(body)


@cache
def calls() -> list[Call]:
    """List every operation of the document; those without an id first: they are meant first."""
    told = document()
    schemas = told["components"]["schemas"]
    found: list[Call] = []
    for path, item in told["paths"].items():
        verbs = item.keys() & {"get", "post", "put", "patch", "delete"}
        found += [Call(verb.upper(), path, item[verb], schemas) for verb in sorted(verbs)]
    return sorted(found, key=lambda call: call.path.count("{"))


def undocumented(answer: httpx.Response) -> str:
    """Say what an answer has that the document does not; "" when it has nothing of that kind."""
    request, status = answer.request, answer.status_code
    problems = document()["components"]["examples"]
    call = next((one for one in calls() if one.means(request.method, request.url.path)), None)
    is_our_bug = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if call is None or is_our_bug or b"%00" in request.url.query:
        return ""
    if status < HTTPStatus.BAD_REQUEST:
        missing = "" if str(status) in call.operation["responses"] else str(status)
    else:
        code = answer.json()["code"]
        missing = "" if code in call.codes(status, problems) else f"{status} {code}"
    return missing and (
        f"The document does not say that {call} may answer {missing}: add a Call with"
        f" `status={status}` to tools/examples, and run `make examples`."
    )


def changed(body: Any, place: tuple[str | int, ...], value: object) -> Any:
    """Return a copy of a body with another value at one place."""
    copy = deepcopy(body)
    inner = copy
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return copy
