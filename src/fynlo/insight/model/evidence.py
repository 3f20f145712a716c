"""Evidence: who recorded what when; and the order in which it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.money import Money

EVIDENCE_MAX: Final = 500
"""How many pieces of evidence are told: the latest ones."""


class Source(StrEnum):
    """Whose record a piece of evidence is."""

    TILL = "till"
    API = "api"
    PROVIDER = "provider"
    WEBHOOK = "webhook"
    LEDGER = "ledger"
    PEOPLE = "people"


class Turn(IntEnum):
    """Which of two things of one moment comes first, as far as they belong to one transaction.

    One commit gives all that it writes the same time, so the order of causes is said here.
    """

    COMMAND = 0
    STARTED = 1
    ASKED = 2  # A charge or a hold.
    ASKED_LATER = 3  # A person confirms or cancels what is under way.
    TOLD = 4
    CAPTURE = 5
    TAKEN = 6  # In the ledger.
    UNDO = 7  # A void or a refund.
    RETURNED = 8  # In the ledger.
    ENDED = 9
    SOLD = 10  # In the ledger.
    HISTORY = 11
    RELEASE = 12  # A void after the till had its answer.
    SURPLUS_TAKEN = 13  # In the ledger.
    OPENED = 14  # An exception.
    SURPLUS_REFUND = 15
    SURPLUS_RETURNED = 16  # In the ledger.
    RESOLVED = 17  # An exception.


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece of evidence stands among others of its moment: which try, then which turn."""

    episode: int
    turn: Turn
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that is on record, with a stable code and a sentence."""

    at: datetime
    place: Place
    source: Source
    what: str
    says: str
    transaction_id: UUID | None = None
    payment_id: UUID | None = None
    amount: Money | None = None
    by: UUID | None = None
    reference: str | None = None
    detail: Mapping[str, object] | None = None


def in_order(pieces: Iterable[Evidence]) -> list[Evidence]:
    """Sort by time; of one moment, by transaction, and within it the cause before its effect."""
    return sorted(
        pieces,
        key=lambda one: (one.at, one.place.episode, one.place.turn, one.place.number, one.what),
    )
