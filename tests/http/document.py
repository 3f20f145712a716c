"""The OpenAPI document, read as a list of calls that a test can go through."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jsonschema_rs

from fynlo.config import Config
from fynlo.main import create_app

NOBODY = UUID(int=0)
PUBLIC = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
}


def document() -> dict[str, Any]:
    """Return the document that the application tells of itself."""
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

    def url(self, some_id: object = NOBODY) -> str:
        """Fill every id of the path."""
        return "/".join(str(some_id) if part[:1] == "{" else part for part in self.path.split("/"))

    @property
    def body(self) -> dict[str, Any] | None:
        """Return the schema of the JSON body, with everything that it refers to inside."""
        content = self.operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        return {**content["application/json"]["schema"], "components": {"schemas": self.schemas}}

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

    def fits(self, body: object) -> bool:
        """Whether the document allows this body."""
        assert self.body is not None
        return bool(jsonschema_rs.is_valid(self.body, body))


def calls() -> list[Call]:
    """List every operation of the document."""
    told = document()
    schemas = told["components"]["schemas"]
    found: list[Call] = []
    for path, item in told["paths"].items():
        verbs = item.keys() & {"get", "post", "put", "patch", "delete"}
        found += [Call(verb.upper(), path, item[verb], schemas) for verb in sorted(verbs)]
    return found


def changed(body: Any, place: tuple[str | int, ...], value: object) -> Any:
    """Return a copy of a body with another value at one place."""
    copy = deepcopy(body)
    inner = copy
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return copy
