"""What must follow a commit is a row written in the same transaction; the relay does the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from fynlo.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from fynlo.platform.database import Tx


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event: its permanent public name, its data, and what it tells.

    Each is a constant of its feature's `announce.py` and stands in the OpenAPI document.
    """

    name: str
    data: type[object]
    tells: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: ids, states and amounts, never a secret."""

    type: EventType
    rooms: Sequence[str]
    data: object

    def __post_init__(self) -> None:
        """Hold the data to what the type says of it."""
        assert isinstance(self.data, self.type.data), self.type.name


def append(tx: Tx, now: datetime, *events: Event) -> None:
    """Queue events for the relay, in this order. They exist only if the transaction commits."""
    for event in events:
        tx.write(
            """
            insert into outbox (merchant_id, id, type, rooms, payload, at, due_at)
            values ($1, $2, $3, $4, $5, $6, $6)
            """,
            *(tx.merchant_id, uuid7(now), event.type.name, list(event.rooms)),
            *(msgspec.json.encode(event.data).decode(), now),
        )
