"""Complete the generated OpenAPI document: plain words, recorded examples, events."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from litestar._openapi.schema_generation.plugins.struct import StructSchemaPlugin
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import OpenAPI, Schema, Tag

from fynlo.openapi import examples, words, words_tills
from fynlo.openapi.about import ABOUT, ON_PROBLEMS, TAGS
from fynlo.openapi.events import add_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from litestar._openapi.schema_generation import SchemaCreator
    from litestar.typing import FieldDefinition

    from fynlo.platform.outbox import EventType

Json: TypeAlias = dict[str, Any]

FIELDS: Final = words_tills.FIELDS | words.FIELDS

_SUCCESS: Final = {
    HTTPStatus.OK.description: "The answer.",
    HTTPStatus.CREATED.description: "It was made.",
    HTTPStatus.NO_CONTENT.description: "It is done; there is no body.",
}


class StructDocs(StructSchemaPlugin):
    """Describes a `Struct` by its docstring, and JSON that is kept as it came by its own schema."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Whether it is a `Struct`, or a `Raw` that says what it holds."""
        return _own(field_definition) is not None or super().is_plugin_supported_field(
            field_definition
        )

    def to_openapi_schema(
        self, field_definition: FieldDefinition, schema_creator: SchemaCreator
    ) -> Schema:
        """Describe the type itself, once for all places that refer to it."""
        if (own := _own(field_definition)) is not None:
            return replace(own)
        schema = super().to_openapi_schema(field_definition, schema_creator)
        schema.description = inspect.getdoc(field_definition.type_)
        return schema


def _own(field_definition: FieldDefinition) -> Schema | None:
    """Find the schema that an annotation carries; None for what Litestar describes by itself."""
    if field_definition.annotation is not msgspec.Raw:
        return None
    return next((one for one in field_definition.metadata if isinstance(one, Schema)), None)


@dataclass
class ApiConfig(OpenAPIConfig):
    """What the document is made from; `events` are all that the product tells."""

    events: Sequence[EventType] = ()

    def __post_init__(self) -> None:
        """Name operations as the code does, and tags in the order of reading."""
        super().__post_init__()
        self.operation_id_creator = lambda handler, _method, _path: handler.handler_name
        self.tags = [Tag(name, text) for name, text in TAGS.items()]

    def to_openapi_schema(self) -> OpenAPI:
        """Return a document that completes itself when it is written."""
        plain = super().to_openapi_schema()
        document = _Document(**{one.name: getattr(plain, one.name) for one in fields(plain)})
        document.events = self.events
        return document


class _Document(OpenAPI):
    events: Sequence[EventType] = ()

    def to_schema(self) -> Json:
        """Write the document, completed."""
        document = super().to_schema()
        recorded = examples.recorded()
        add_events(document, self.events, recorded)
        for _, _, operation in operations(document):
            _speak_plainly(operation)
        examples.attach(document, recorded)
        for name, schema in document["components"]["schemas"].items():
            _describe(name, schema)
        document["info"]["description"] = ABOUT + ON_PROBLEMS + _problem_rows(recorded)
        return document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Walk over every operation, with its verb and its path."""
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            yield verb, path, operation


def _speak_plainly(operation: Json) -> None:
    """Make the docstring's first sentence the title, and leave the rest as the description."""
    title, _, rest = " ".join(operation["description"].split()).partition(". ")
    operation["summary"] = title.removesuffix(".")
    operation.pop("description")
    if rest:
        operation["description"] = rest
    for response in operation["responses"].values():
        response["description"] = _SUCCESS.get(response["description"], response["description"])
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in FIELDS:
            parameter.setdefault("description", FIELDS[parameter["name"]])


def _describe(name: str, schema: Json) -> None:
    for field, shown in schema.get("properties", {}).items():
        meaning = FIELDS.get(f"{name}.{field}") or FIELDS.get(field)
        if meaning is not None:
            shown.setdefault("description", meaning)


def _problem_rows(recorded: examples.Recorded) -> str:
    known = {one["code"]: one for one in recorded.problems.values()}
    rows = [
        f"| `{code}` | {one['status']} | {one['title']} | {one['retry']} |\n"
        for code, one in sorted(known.items())
    ]
    return "".join(rows)
