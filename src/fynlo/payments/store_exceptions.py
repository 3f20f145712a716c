"""All writing SQL of exceptions: what a person must see, once for each kind and thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import OrderId, StaffId, TenderId, TransactionId, derive
from fynlo.payments.model.exceptions import (
    FOUND,
    ExceptionKind,
    ExceptionState,
    QueuedException,
)

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.payments.model.transaction import Transaction
    from fynlo.platform.database import Row, Tx


def open_about(
    tx: Tx,
    about: Transaction,
    kind: str,
    detail: dict[str, object],
    now: datetime,
    *,
    tender_id: TenderId | None = None,
) -> None:
    """Put what a person must see into the queue, once for each kind and transaction (or tender).

    What was resolved and happens once more is open once more, and tells what was done before.
    """
    id_ = derive(tender_id or about.id, f"exception:{kind}")
    _open(tx, id_, kind, detail, now, about=(about.id, tender_id, about.order_id))


def open_about_order(
    tx: Tx, order_id: OrderId, kind: str, detail: dict[str, object], now: datetime
) -> None:
    """Put what a person must see of an order as a whole into the queue, once for each kind."""
    id_ = derive(order_id, f"exception:{kind}")
    _open(tx, id_, kind, detail, now, about=(None, None, order_id))


def _open(
    tx: Tx,
    id_: UUID,
    kind: str,
    detail: dict[str, object],
    now: datetime,
    *,
    about: tuple[TransactionId | None, TenderId | None, OrderId | None] = (None, None, None),
) -> None:
    """Queue it, unless it is there and tells nothing new.

    New is: what needs a person again; other facts than the resolved ones; more that was given back
    outside; a hold past us that became another amount, or was taken.
    """
    tx.write(
        """
        insert into exceptions as e (
          merchant_id, id, kind, transaction_id, tender_id, order_id, detail, state, opened_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, 'open', $8)
        on conflict (merchant_id, id) do update
        set state = 'open', resolved_at = null, resolved_by = null, action = null, note = null,
            opened_at = case e.state when 'open' then e.opened_at else excluded.opened_at end,
            detail = excluded.detail || case e.state when 'open'
              then coalesce((select jsonb_object_agg(key, value) from jsonb_each(e.detail)
                where key in ('before', 'history')), '{}')
              else jsonb_build_object(
                'before', coalesce(e.detail->'before', '[]') || jsonb_build_array(
                  jsonb_build_object('action', e.action, 'at', e.resolved_at, 'by', e.resolved_by,
                    'note', e.note, 'history', coalesce(e.detail->'history', '[]')))) end
        where case
          when e.kind in ('unresolved', 'notification_failed') then e.state = 'resolved'
          when e.kind = 'unmatched' then e.transaction_id is null
            and e.detail->>'standing' = 'held'
            and (e.detail->'standing', e.detail->'amount')
              is distinct from (excluded.detail->'standing', excluded.detail->'amount')
          when e.detail - 'before' - 'history' = excluded.detail then false
          when e.kind = 'returned_outside' then coalesce(
            (e.detail->>'amount')::bigint < (excluded.detail->>'amount')::bigint,
            e.detail ? 'amount')
          else e.state = 'resolved' end
        """,
        *(tx.merchant_id, id_, kind, *about, _json(detail), now),
        rows=None,
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def close_about(tx: Tx, about: Transaction, kind: str, now: datetime) -> None:
    """Queue that nobody is needed any more: it ended by itself."""
    tx.write(
        """
        update exceptions set state = 'resolved', resolved_at = $3, action = 'found'
        where merchant_id = $1 and id = $2 and state = 'open'
        """,
        *(tx.merchant_id, derive(about.id, f"exception:{kind}"), now),
        rows=None,
    )


def of_thing(tx: Tx, kind: str, thing: str) -> UUID:
    """Name the exception about something that no transaction of ours is about."""
    return derive(tx.merchant_id, f"exception:{kind}:{thing}")


def open_thing(tx: Tx, kind: str, thing: str, detail: dict[str, object], now: datetime) -> None:
    """Put something into the queue that no transaction of ours is about, once for each thing.

    A dead letter that dies again, and money that moved past us meanwhile, are told again.
    """
    _open(tx, of_thing(tx, kind, thing), kind, detail, now)


def close_thing(tx: Tx, kind: str, thing: str, now: datetime) -> None:
    """Queue that nobody is needed for it any more."""
    tx.write(
        """
        update exceptions set state = 'resolved', resolved_at = $3, action = 'found'
        where merchant_id = $1 and id = $2 and state = 'open'
        """,
        *(tx.merchant_id, of_thing(tx, kind, thing), now),
        rows=None,
    )


async def load(tx: Tx, exception_id: UUID) -> QueuedException:
    """Read one of the queue without a lock; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from exceptions where merchant_id = $1 and id = $2",
        *(tx.merchant_id, exception_id),
    )
    return _found(row, exception_id)


async def lock(tx: Tx, exception_id: UUID) -> QueuedException:
    """Lock one of the queue, after its order if it has one, and read it."""
    row = await tx.fetchrow(
        "select * from exceptions where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, exception_id),
    )
    return _found(row, exception_id)


def _found(row: Row | None, exception_id: UUID) -> QueuedException:
    if row is None:
        message = f"There is no exception {exception_id}."
        raise NotFound(message)
    return exception(row)


def exception(row: Row) -> QueuedException:
    """Read one of the queue from its row."""
    detail: dict[str, Any] = msgspec.json.decode(row["detail"])
    return QueuedException(
        id=row["id"],
        kind=ExceptionKind(row["kind"]),
        state=ExceptionState(row["state"]),
        transaction_id=row["transaction_id"] and TransactionId(row["transaction_id"]),
        payment_id=row["tender_id"] and TenderId(row["tender_id"]),
        order_id=row["order_id"] and OrderId(row["order_id"]),
        detail=detail,
        opened_at=row["opened_at"],
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"] and StaffId(row["resolved_by"]),
        action=row["action"],
        note=row["note"],
    )


def add_entry(tx: Tx, exception_id: UUID, entry: dict[str, object]) -> None:
    """Queue one more line of what people did about it."""
    tx.write(
        """
        update exceptions
        set detail = detail || jsonb_build_object(
          'history', coalesce(detail->'history', '[]') || jsonb_build_array($3::jsonb))
        where merchant_id = $1 and id = $2
        """,
        *(tx.merchant_id, exception_id, _json(entry)),
    )


def resolve(tx: Tx, exception_id: UUID, entry: dict[str, Any], now: datetime) -> None:
    """Queue that a person ended it; the action is theirs, or that it was found."""
    tx.write(
        """
        update exceptions
        set state = 'resolved', resolved_at = $3, resolved_by = $4::text::uuid, action = $5,
            note = $6
        where merchant_id = $1 and id = $2
        """,
        *(tx.merchant_id, exception_id, now, entry["by"], entry["action"], entry["note"]),
    )


def credit(tx: Tx, exception_id: UUID, entry: dict[str, Any]) -> None:
    """Queue whose doing it was that it ended, if it did and that is nobody's yet."""
    tx.write(
        """
        update exceptions set resolved_by = $3::text::uuid, action = $4, note = $5
        where merchant_id = $1 and id = $2 and state = 'resolved' and action = $6
          and resolved_by is null
        """,
        *(tx.merchant_id, exception_id, entry["by"], entry["action"], entry["note"], FOUND),
        rows=None,
    )


def name_transaction(
    tx: Tx, exception_id: UUID, transaction_id: TransactionId, order_id: OrderId
) -> None:
    """Queue which transaction was made of it, and for which order."""
    tx.write(
        """
        update exceptions set transaction_id = $3, order_id = $4
        where merchant_id = $1 and id = $2
        """,
        *(tx.merchant_id, exception_id, transaction_id, order_id),
    )
