"""All writing SQL of the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fynlo.kernel.ids import OperationId, derive
from fynlo.notifications.model import InboxState, Notification
from fynlo.payments.model.notice import Notice, Saying

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.payments.model.notice import Handled
    from fynlo.platform.database import Row, Tx


def keep(tx: Tx, provider: str, notice: Notice, now: datetime, *, is_needed: bool) -> None:
    """Queue a notification for the inbox, once; one that nobody handles is done as it comes."""
    state = InboxState.RECEIVED if is_needed else InboxState.PROCESSED
    tx.write(
        """
        insert into notifications (
          merchant_id, id, provider, event_id, type, object_id, saying, reference, operation_id,
          amount_minor, currency, made_at, received_at, state, due_at, processed_at, result
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        on conflict do nothing
        """,
        *(tx.merchant_id, derive(tx.merchant_id, f"{provider}:{notice.event_id}"), provider),
        *(notice.event_id, notice.type, notice.object_id, notice.saying, notice.reference),
        *(notice.operation_id, notice.amount_minor, notice.currency, notice.made_at, now, state),
        *((now, None, None) if is_needed else (None, now, "not_needed")),
        rows=None,
    )


async def take(tx: Tx, id_: UUID, now: datetime, until: datetime) -> Notification | None:
    """Take a due notification for oneself until then; None if somebody else has it."""
    row = await tx.fetchrow(
        """
        with due as (
          select id, state from notifications where merchant_id = $1 and id = $2 and due_at <= $3
          for no key update skip locked)
        update notifications n set state = 'processing', attempts = attempts + 1, due_at = $4
        from due where n.merchant_id = $1 and n.id = due.id
        returning n.*, due.state = 'processing' as was_left
        """,
        *(tx.merchant_id, id_, now, until),
    )
    return None if row is None else _notification(row)


def _notification(row: Row) -> Notification:
    saying, operation_id = row["saying"], row["operation_id"]
    notice = Notice(
        row["event_id"],
        row["type"],
        row["object_id"],
        row["made_at"],
        saying=None if saying is None else Saying(saying),
        reference=row["reference"],
        operation_id=None if operation_id is None else OperationId(operation_id),
        amount_minor=row["amount_minor"],
        currency=row["currency"],
    )
    return Notification(UUID(str(row["id"])), notice, row["attempts"], row["was_left"])


def finish(tx: Tx, one: Notification, handled: Handled, now: datetime) -> None:
    """Queue what became of it."""
    tx.write(
        """
        update notifications
        set state = 'processed', due_at = null, processed_at = $3, result = $4,
            transaction_id = $5, order_id = $6
        where merchant_id = $1 and id = $2
        """,
        *(tx.merchant_id, one.id, now, handled.verdict),
        *(handled.transaction_id, handled.order_id),
    )


def put_off(
    tx: Tx, one: Notification, result: str, due_at: datetime | None, about: Handled | None
) -> None:
    """Queue that it is tried again then, or, without a time, that it is a dead letter."""
    state = InboxState.FAILED if due_at is None else InboxState.RECEIVED
    tx.write(
        """
        update notifications
        set state = $3, due_at = $4, result = $5, transaction_id = $6, order_id = $7
        where merchant_id = $1 and id = $2
        """,
        *(tx.merchant_id, one.id, state, due_at, result),
        *(about and about.transaction_id, about and about.order_id),
    )


async def revive(tx: Tx, event_id: str | None, now: datetime) -> list[str]:
    """Make dead letters due now: one, or all of them; return which."""
    rows = await tx.fetch(
        """
        update notifications set state = 'received', attempts = 0, due_at = $3
        where merchant_id = $1 and state = 'failed' and ($2::text is null or event_id = $2)
        returning event_id
        """,
        *(tx.merchant_id, event_id, now),
    )
    return sorted(row["event_id"] for row in rows)
