"""What an exception looks like on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from fynlo.payments.model.exceptions import Action, ExceptionKind, ExceptionState

if TYPE_CHECKING:
    from fynlo.payments.model.exceptions import QueuedException


class ExceptionOut(msgspec.Struct, frozen=True):
    """Something for a person to decide; `detail` says what is known, `actions` what can be done.

    `action` is what ended it: one of these, or `found` if the provider itself said what is so.
    `detail.history` lists what people did about it, `detail.before` what ended it earlier.
    """

    id: UUID
    kind: ExceptionKind
    state: ExceptionState
    transaction_id: UUID | None
    payment_id: UUID | None
    order_id: UUID | None
    detail: dict[str, Any]
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: UUID | None
    action: str | None
    note: str | None
    actions: list[Action]


def exception_out(queued: QueuedException) -> ExceptionOut:
    """Show one of the queue as it stands."""
    return ExceptionOut(
        id=queued.id,
        kind=queued.kind,
        state=queued.state,
        transaction_id=queued.transaction_id,
        payment_id=queued.payment_id,
        order_id=queued.order_id,
        detail=dict(queued.detail),
        opened_at=queued.opened_at,
        resolved_at=queued.resolved_at,
        resolved_by=queued.resolved_by,
        action=queued.action,
        note=queued.note,
        actions=list(queued.actions),
    )
