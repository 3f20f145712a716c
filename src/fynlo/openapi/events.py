"""The events in the document: one of its `webhooks` for each type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from fynlo.openapi.about import EVENTS_TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.openapi.examples import Recorded
    from fynlo.platform.outbox import EventType

Json: TypeAlias = dict[str, Any]


def add_events(document: Json, events: Sequence[EventType], found: Recorded) -> None:
    """Describe every event as it is published: its frame, with the data of its type."""
    kinds = sorted({event.data for event in events}, key=lambda kind: kind.__name__)
    references, schemas = msgspec.json.schema_components(
        kinds, ref_template="#/components/schemas/{name}"
    )
    data = dict(zip(kinds, references, strict=True))
    document["components"]["schemas"] = {**schemas, **document["components"]["schemas"]}
    document["webhooks"] = {
        event.name: {"post": _told(event, _frame(event, data[event.data]), found)}
        for event in events
    }


def _told(event: EventType, frame: Json, found: Recorded) -> Json:
    content: Json = {"schema": frame}
    if event.name in found.events:
        content["examples"] = {"recorded": {"value": found.events[event.name]}}
    return {
        "tags": [EVENTS_TAG],
        "security": [],
        "operationId": event.name,
        "summary": event.name,
        "description": event.tells,
        "requestBody": {"content": {"application/json": content}, "required": True},
    }


def _frame(event: EventType, data: Json) -> Json:
    properties: Json = {
        "id": {
            "type": "string",
            "format": "uuid",
            "description": "The event's id: who hears it twice knows it by that.",
        },
        "type": {"const": event.name, "description": "What happened."},
        "sequence": {
            "type": "integer",
            "minimum": 1,
            "description": "Its number among the events of the merchant, without gaps.",
        },
        "rooms": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Who may hear of it.",
        },
        "data": {**data, "description": "What it tells: ids, states and amounts, no secret."},
        "timestamp": {
            "type": "string",
            "format": "date-time",
            "description": "When it happened (RFC 3339, UTC).",
        },
    }
    return {"type": "object", "properties": properties, "required": list(properties)}
