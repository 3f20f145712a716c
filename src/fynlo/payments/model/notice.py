"""What a provider tells us unasked: a reason to look, never data (ADR 0021)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import DomainError, Kind, Retry
from fynlo.payments.model.machines import TenderState

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import OperationId, OrderId, TransactionId
    from fynlo.payments.model.outcomes import Standing


class Saying(StrEnum):
    """What a notification says of a payment, in our words."""

    HELD = "held"
    CAPTURED = "captured"
    RELEASED = "released"
    RETURNED = "returned"
    RETURN_FAILED = "return_failed"  # What was refunded came back: the bank could not post it.
    DECLINED = "declined"
    ACTION_REQUIRED = "action_required"


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of a provider's: which payment it is about, and nothing that is secret.

    `reference` is the payment's name at the provider, `operation_id` our own mark on it. `saying`
    is None for what concerns no payment's state. Amounts are minor units of `currency`.
    """

    event_id: str
    type: str
    object_id: str
    made_at: datetime
    saying: Saying | None = None
    reference: str | None = None
    operation_id: OperationId | None = None
    amount_minor: int | None = None
    currency: str | None = None


class Verdict(StrEnum):
    """What handling a notification came to."""

    NOT_NEEDED = "not_needed"  # It concerns nothing that we act upon.
    KNOWN = "known"  # What it says was recorded already, by another road.
    SETTLED = "settled"
    NOT_YET = "not_yet"  # The provider's record does not show it.
    SILENT = "silent"  # The provider cannot be asked now.
    UNMATCHED = "unmatched"  # Money of which we have no row: a person was told.


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of a notification, and whom it was about."""

    verdict: Verdict
    transaction_id: TransactionId | None = None
    order_id: OrderId | None = None


@dataclass(frozen=True, slots=True)
class Stray:
    """A payment at the provider of which we have no row, as it stands there.

    `standing` is None while no money is held or taken.
    """

    reference: str
    standing: Standing | None
    amount_minor: int
    currency: str
    marks: dict[str, str]


_S = TenderState
_TAKEN: Final = frozenset({_S.CAPTURED, _S.REFUNDED})
_ENDED: Final = frozenset({_S.VOIDED, _S.REFUNDED})

KNOWN: Final = {
    Saying.CAPTURED: _TAKEN,
    Saying.RETURNED: frozenset({_S.REFUNDED}),
    Saying.RETURN_FAILED: frozenset(),
    Saying.RELEASED: _ENDED,
    Saying.HELD: _TAKEN | _ENDED | {_S.AUTHORIZED, _S.CAPTURING, _S.VOIDING},
    Saying.DECLINED: _TAKEN | _ENDED | {_S.DECLINED, _S.AUTHORIZED, _S.CAPTURING, _S.VOIDING},
    Saying.ACTION_REQUIRED: frozenset(_S) - {_S.PENDING, _S.UNKNOWN},
}
"""In which states a tender stands as a notification says, or beyond: it tells nothing new then."""


class InvalidSignature(DomainError):
    """Nobody who knows the secret sent this."""

    kind = Kind.INVALID
    code = "invalid-signature"
    title = "The signature is not the provider's."
    retry = Retry.NEVER


class StaleSignature(DomainError):
    """It was signed too long ago, or in the future: a replay, or a clock that is wrong."""

    kind = Kind.INVALID
    code = "stale-signature"
    title = "It was signed at another time."
    retry = Retry.NEVER


class WrongMode(DomainError):
    """A test event for a live account, or the other way round."""

    kind = Kind.INVALID
    code = "wrong-mode"
    title = "Test and live do not mix."
    retry = Retry.NEVER
