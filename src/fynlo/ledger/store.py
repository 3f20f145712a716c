"""The journal's only writing statement: it inserts, and nothing ever changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import OrderId
    from fynlo.ledger.model import Entry
    from fynlo.platform.database import Tx


def post(tx: Tx, entry: Entry, *, now: datetime, order_id: OrderId | None = None) -> None:
    """Queue an entry. Booking a cause twice under one recipe fails at the primary key."""
    if not entry.postings:
        return
    tx.write(
        """
        insert into ledger_postings (
          merchant_id, cause_id, recipe, line, debit_account, credit_account, amount_minor,
          currency, order_id, booked_at
        )
        select $1, $2, $3, p.line, p.debit, p.credit, p.amount, $7, $8, $9
        from unnest($4::text[], $5::text[], $6::bigint[])
          with ordinality as p (debit, credit, amount, line)
        """,
        *(tx.merchant_id, entry.cause, entry.recipe),
        [posting.debit for posting in entry.postings],
        [posting.credit for posting in entry.postings],
        [posting.amount.minor for posting in entry.postings],
        *(entry.postings[0].amount.currency.code, order_id, now),
        rows=len(entry.postings),
    )
