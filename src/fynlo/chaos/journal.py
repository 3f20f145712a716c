"""What the tills were told: every key, every answer, and when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

FINAL: Final = frozenset({"completed", "declined", "canceled", "expired"})
UNDONE: Final = FINAL - {"completed"}
LOST: Final = "lost"
DEADLINE_SECONDS: Final = 9.0
"""The eight seconds that the API may take, and one for the way there and back on a busy machine."""

HEARD_MAX: Final = 80
"""Of one key. A till that asks for minutes hears the same; what is new is always kept."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer, or that none came."""

    at: float
    seconds: float
    road: str  # process, get, confirm, cancel, again: which call it was the answer to.
    status: int  # Of HTTP; 0 when nobody answered.
    word: str  # The transaction's status, a refusal's code, or "lost".
    digest: str | None = None  # Of the bytes, where every repeat must have the same.

    @property
    def is_final(self) -> bool:
        """Whether the till was told how it ended."""
        return self.status in {200, 402} and self.word in FINAL


@dataclass(slots=True)
class Attempt:
    """One key: what was to be paid with it, and all that was said of it."""

    key: str
    order_id: str
    till: int
    shape: str
    payments: list[dict[str, Any]]
    heard: list[Heard] = field(default_factory=list)
    unsure_at: float | None = None  # When the till first did not know how things stand.
    known_at: float | None = None
    last: dict[str, Any] = field(default_factory=dict)  # The transaction as last seen.

    def note(self, heard: Heard) -> None:
        """Keep an answer, unless it says what the last one said."""
        if heard.is_final:
            self.known_at = self.known_at or heard.at
        elif self.unsure_at is None and (heard.status in {0, 202} or heard.status >= 500):
            self.unsure_at = heard.at - (heard.seconds if heard.status != 202 else 0)
        is_news = not self.heard or (self.heard[-1].word, self.heard[-1].road) != (
            *(heard.word, heard.road),
        )
        if is_news or heard.digest or len(self.heard) < HEARD_MAX:
            self.heard.append(heard)

    @property
    def outcome(self) -> str | None:
        """The first final word, or None while nobody told one."""
        return next((one.word for one in self.heard if one.is_final), None)

    @property
    def waiting(self) -> list[str]:
        """What the provider calls the payments whose customers must answer their bank."""
        return [
            one["provider_reference"]
            for one in self.last.get("payments", ())
            if one["status"] == "requires_action" and one.get("provider_reference")
        ]

    @property
    def refusal(self) -> str | None:
        """Why it was refused before anything was journaled, if that is all that was heard."""
        refused = [one.word for one in self.heard if one.road == "process" and one.status >= 400]
        known = [word for word in refused if word != LOST]
        return known[-1] if known and self.outcome is None else None


@dataclass(frozen=True, slots=True)
class Late:
    """An answer that took longer than the contract allows."""

    at: float
    seconds: float
    answer: str


@dataclass
class Journal:
    """All attempts, and the sales that they belong to."""

    attempts: dict[str, Attempt] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)  # Order → register.
    given_up: list[str] = field(default_factory=list)  # What a till stopped waiting for.
    bugs: list[str] = field(default_factory=list)  # Answers that say: something is wrong with us.
    process_seconds: list[float] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    shapes: dict[str, dict[str, int]] = field(default_factory=dict)

    def time(self, seconds: float, at: float, answer: str) -> None:
        """Keep how long the API took to answer a payment."""
        self.process_seconds.append(seconds)
        if seconds > DEADLINE_SECONDS:
            self.late.append(Late(at, seconds, answer))

    def open(self, attempt: Attempt) -> Attempt:
        """Begin a key."""
        assert attempt.key not in self.attempts
        self.attempts[attempt.key] = attempt
        return attempt

    def count(self, shape: str, word: str) -> None:
        """Count how a kind of sale ended."""
        by_word = self.shapes.setdefault(shape, {})
        by_word[word] = by_word.get(word, 0) + 1


def digest(raw: bytes) -> str:
    """Return what tells two bodies apart."""
    return hashlib.sha256(raw).hexdigest()[:16]
