"""How often somebody may be wrong about a secret before they wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import DomainError, Kind, Retry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import MerchantId

FAILURE_WINDOW: Final = timedelta(minutes=15)
FAILURE_DAY: Final = timedelta(days=1)
PASSWORD_FAILURES_MAX: Final = 10
PIN_FAILURES_MAX: Final = 5
PIN_FAILURES_A_DAY: Final = 20
DEVICE_FAILURES_MAX: Final = 20
DEVICE_FAILURES_A_DAY: Final = 100
CODE_FAILURES_MAX: Final = 10
CODE_FAILURES_A_DAY: Final = 50
RESETS_MAX: Final = 3
ASKED_MAX: Final = 50
"""How many approvals of one person may wait for a decision at a time."""
COUNTED_FOR_A_DAY: Final = ("pin", "device", "code")
"""The subjects of few digits; nobody adds to them who has no device or password yet."""


class TooManyAttempts(DomainError):
    """Too many failures; wait."""

    kind = Kind.THROTTLED
    code = "too-many-attempts"
    title = "Too many failed attempts."
    retry = Retry.SAME_KEY


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts may fail in a quarter of an hour and in a day, by whom or at what."""

    subject: str
    failures_max: int
    a_day: int | None = None  # What few digits need, or who waits long enough finds them.
    is_forgiven: bool = True  # Whether a success starts the count anew.

    @property
    def spans(self) -> Iterator[tuple[int, timedelta]]:
        """How many may fail within how long; the longest comes last."""
        yield self.failures_max, FAILURE_WINDOW
        if self.a_day is not None:
            yield self.a_day, FAILURE_DAY

    @property
    def memory(self) -> timedelta:
        """How old a failure may be that still counts."""
        return [span for _, span in self.spans][-1]

    def must_allow(self, failures: Sequence[datetime], now: datetime) -> None:
        """Refuse another attempt after too many of these, oldest first, until enough are old."""
        ends = [
            failures[-most] + span
            for most, span in self.spans
            if len(failures) >= most and failures[-most] + span > now
        ]
        if ends:
            seconds = int((max(ends) - now).total_seconds()) + 1
            raise TooManyAttempts("Wait before you try again.", retry_after=seconds)


def password_limit(email: str) -> Limit:
    """Return how often a password may be wrong."""
    return Limit(f"password:{email}", PASSWORD_FAILURES_MAX)


def proof_limit(merchant_id: MerchantId, staff_id: UUID) -> Limit:
    """Return how often a password may be wrong where somebody who signed in says who they are.

    It is not the limit of signing in: an outsider could keep a manager from approving anything.
    """
    return Limit(f"proof:{merchant_id}:{staff_id}", PASSWORD_FAILURES_MAX)


def pin_limit(merchant_id: MerchantId, staff_id: UUID) -> Limit:
    """Return how often somebody's PIN may be wrong."""
    return Limit(f"pin:{merchant_id}:{staff_id}", PIN_FAILURES_MAX, PIN_FAILURES_A_DAY)


def code_limit(merchant_id: MerchantId, staff_id: UUID) -> Limit:
    """Return how often a code of somebody's second factor may be wrong.

    Only a right code makes good for it: whoever tries codes knows the password.
    """
    subject = f"code:{merchant_id}:{staff_id}"
    return Limit(subject, CODE_FAILURES_MAX, CODE_FAILURES_A_DAY)


def device_limit(merchant_id: MerchantId, device_id: UUID) -> Limit:
    """Return how often PINs may be wrong on a device; one that is right makes none of it good."""
    subject = f"device:{merchant_id}:{device_id}"
    return Limit(subject, DEVICE_FAILURES_MAX, DEVICE_FAILURES_A_DAY, is_forgiven=False)


def reset_limit(email: str) -> Limit:
    """Return how often a reset may be asked for; whether anybody has the address is no matter."""
    return Limit(f"reset:{email}", RESETS_MAX, is_forgiven=False)


def must_ask_no_more(waits_until: Sequence[datetime], now: datetime) -> None:
    """Refuse another wish of somebody whose wishes wait until these moments, the first one first.

    Who floods the queue hides from a manager what matters in it.
    """
    if len(waits_until) >= ASKED_MAX:
        seconds = int((waits_until[-ASKED_MAX] - now).total_seconds()) + 1
        detail = f"{len(waits_until)} of your wishes wait for a decision already."
        raise TooManyAttempts(detail, retry_after=seconds)
