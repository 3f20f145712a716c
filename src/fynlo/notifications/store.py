"""All writing SQL of the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from fynlo.kernel.ids import OperationId, derive
from fynlo.notifications.model import InboxState, Letter, Notification
from fynlo.payments.model.notice import Notice, Saying

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from fynlo.payments.model.notice import Handled
    from fynlo.platform.database import Row, Tx


def keep(tx: Tx, provider: str, letters: Sequence[Letter]) -> None:
    """Queue notifications for the inbox, each once; what nobody handles is done as it comes."""
    merchant_id = tx.merchant_id
    rows = [
        (
            derive(merchant_id, f"{provider}:{one.notice.event_id}"),
            *(one.notice.event_id, one.notice.type, one.notice.object_id, one.notice.saying),
            *(one.notice.reference, one.notice.operation_id, one.notice.amount_minor),
            *(one.notice.currency, one.notice.made_at, one.received_at),
            *(_WAITING if one.is_needed else _DONE),
        )
        for one in letters
    ]
    tx.write(
        """
        insert into notifications (
          merchant_id, provider, id, event_id, type, object_id, saying, reference, operation_id,
          amount_minor, currency, made_at, received_at, state, result, due_at, processed_at
        )
        select $1, $2, id, event_id, type, object_id, saying, reference, operation_id,
               amount_minor, currency, made_at, received_at, state, result,
               case when state = 'received' then received_at end,
               case when state = 'processed' then received_at end
        from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                    $9::uuid[], $10::bigint[], $11::text[], $12::timestamptz[],
                    $13::timestamptz[], $14::text[], $15::text[])
          as letter (id, event_id, type, object_id, saying, reference, operation_id, amount_minor,
                     currency, made_at, received_at, state, result)
        on conflict do nothing
        """,
        *(merchant_id, provider, *zip(*rows, strict=True)),
        rows=None,
    )


_WAITING: Final = (InboxState.RECEIVED, None)
_DONE: Final = (InboxState.PROCESSED, "not_needed")


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


async def put_off(
    tx: Tx, one: Notification, result: str, due_at: datetime | None, about: Handled | None
) -> bool:
    """Try it again then, or, without a time, never: it is a dead letter.

    False if somebody else took it up meanwhile, because this took longer than its lease.
    """
    state = InboxState.FAILED if due_at is None else InboxState.RECEIVED
    return bool(
        await tx.fetchval(
            """
            update notifications
            set state = $4, due_at = $5, result = $6, transaction_id = $7, order_id = $8
            where merchant_id = $1 and id = $2 and state = 'processing' and attempts = $3
            returning true
            """,
            *(tx.merchant_id, one.id, one.attempts, state, due_at, result),
            *(about and about.transaction_id, about and about.order_id),
        )
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
