"""All writing SQL of exceptions: what a person must see, once for each kind and thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fynlo.kernel.ids import derive

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import TenderId
    from fynlo.payments.model.transaction import Transaction
    from fynlo.platform.database import Tx


def open_about(
    tx: Tx,
    about: Transaction,
    kind: str,
    detail: dict[str, object],
    now: datetime,
    *,
    tender_id: TenderId | None = None,
) -> None:
    """Put what a person must see into the queue, once for each kind and transaction (or tender)."""
    tx.write(
        """
        insert into exceptions (
          merchant_id, id, kind, transaction_id, tender_id, order_id, detail, state, opened_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, 'open', $8)
        on conflict (merchant_id, id) do nothing
        """,
        *(tx.merchant_id, derive(tender_id or about.id, f"exception:{kind}"), kind, about.id),
        *(tender_id, about.order_id, msgspec.json.encode(detail).decode(), now),
        rows=None,
    )


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


def open_thing(tx: Tx, kind: str, thing: str, detail: dict[str, object], now: datetime) -> None:
    """Put something into the queue that no transaction of ours is about, once for each thing."""
    tx.write(
        """
        insert into exceptions (merchant_id, id, kind, detail, state, opened_at)
        values ($1, $2, $3, $4, 'open', $5)
        on conflict (merchant_id, id) do nothing
        """,
        *(tx.merchant_id, derive(tx.merchant_id, f"exception:{kind}:{thing}"), kind),
        *(msgspec.json.encode(detail).decode(), now),
        rows=None,
    )


def close_thing(tx: Tx, kind: str, thing: str, now: datetime) -> None:
    """Queue that nobody is needed for it any more."""
    tx.write(
        """
        update exceptions set state = 'resolved', resolved_at = $3, action = 'found'
        where merchant_id = $1 and id = $2 and state = 'open'
        """,
        *(tx.merchant_id, derive(tx.merchant_id, f"exception:{kind}:{thing}"), now),
        rows=None,
    )
