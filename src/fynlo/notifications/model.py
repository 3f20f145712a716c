"""How often, and how long, a notification is tried before a person is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fynlo.payments.model.notice import Verdict

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.payments.model.notice import Notice

ATTEMPTS_MAX: Final = 20
WAIT_SECONDS_MAX: Final = 300
LEASE: Final = timedelta(seconds=30)
"""Who takes a notification and dies leaves it to others after this."""

KIND: Final = "notification_failed"
"""The kind of exception that tells of a dead letter."""


class InboxState(StrEnum):
    """How far a notification has come."""

    RECEIVED = "received"
    PROCESSING = "processing"
    PROCESSED = "processed"
    FAILED = "failed"  # A dead letter: it is tried again when a person says so.


@dataclass(frozen=True, slots=True)
class Letter:
    """A notification as it came: verified, and not yet kept."""

    notice: Notice
    received_at: datetime
    is_needed: bool
    """Whether anybody handles it."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification in the inbox, and how often it has been tried."""

    id: UUID
    notice: Notice
    attempts: int
    was_left: bool = False  # By somebody who took it up, and died or took too long.


def is_done(verdict: Verdict) -> bool:
    """Whether nothing more is to be learned from it."""
    return verdict not in {Verdict.NOT_YET, Verdict.SILENT}


def next_try(attempts: int, verdict: Verdict | None, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None when it is a dead letter.

    While the provider is silent nothing dies: it is all handled once it speaks again.
    """
    if attempts >= ATTEMPTS_MAX and verdict is not Verdict.SILENT:
        return None
    return now + timedelta(seconds=min(WAIT_SECONDS_MAX, 2 ** min(attempts - 1, 20)))
