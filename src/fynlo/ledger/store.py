"""All writing SQL of the ledger: it inserts, and nothing ever changes what was inserted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from fynlo.kernel.ids import OrderId
    from fynlo.ledger.model import Entry
    from fynlo.ledger.reports import Balance
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


async def is_booked(tx: Tx, entry: Entry) -> bool:
    """Whether the cause of this entry was booked under its recipe."""
    return bool(
        await tx.fetchval(
            """
            select exists (
              select from ledger_postings where merchant_id = $1 and cause_id = $2 and recipe = $3)
            """,
            *(tx.merchant_id, entry.cause, entry.recipe),
        )
    )


async def has_open_postings(tx: Tx, end: datetime) -> bool:
    """Whether anything was booked before `end` and after the last closed day."""
    return bool(
        await tx.fetchval(
            """
            select exists (
              select from ledger_postings
              where merchant_id = $1 and booked_at < $2 and booked_at >= coalesce(
                (select (max(day) + 1)::timestamp at time zone 'UTC' from ledger_days
                  where merchant_id = $1), '-infinity'))
            """,
            *(tx.merchant_id, end),
        )
    )


async def close_day(tx: Tx, day: date, balances: Sequence[Balance], now: datetime) -> bool:
    """Keep a day's balances, each on its side; False if somebody else closed the day."""
    is_mine = await tx.fetchval(
        """
        insert into ledger_days (merchant_id, day, closed_at) values ($1, $2, $3)
        on conflict (merchant_id, day) do nothing
        returning true
        """,
        *(tx.merchant_id, day, now),
    )
    if not is_mine:
        return False
    tx.write(
        """
        insert into ledger_snapshots (
          merchant_id, account, currency, day, debit_minor, credit_minor
        )
        select $1, b.account, b.currency, $2, greatest(b.minor, 0), greatest(-b.minor, 0)
        from unnest($3::text[], $4::text[], $5::bigint[]) as b (account, currency, minor)
        """,
        *(tx.merchant_id, day),
        [one.account for one in balances],
        [one.amount.currency.code for one in balances],
        [one.amount.minor for one in balances],
        rows=len(balances),
    )
    return True
