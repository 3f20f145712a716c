"""What every account comes to: the last closed day's balances and what was booked since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.kernel.money import Money, currency
from fynlo.ledger.model import Account

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.platform.database import Tx

_BALANCES: Final = """
    with closed as (
      select max(day) as day, coalesce((max(day) + 1)::timestamp at time zone 'UTC', '-infinity')
        as until
      from ledger_days where merchant_id = $1
    ), since as (
      select p.* from ledger_postings p, closed
      where p.merchant_id = $1 and p.booked_at >= closed.until
        and ($2::timestamptz is null or p.booked_at < $2)
    ), moved as (
      select account, currency, debit_minor - credit_minor as amount
      from ledger_snapshots s, closed
      where s.merchant_id = $1 and s.day = closed.day
      union all
      select debit_account, currency, amount_minor from since
      union all
      select credit_account, currency, -amount_minor from since
    )
    select account, currency, sum(amount)::bigint as balance_minor from moved
    group by account, currency having sum(amount) <> 0
    order by account, currency
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """What one account comes to: positive is a debit balance, negative a credit balance."""

    account: Account
    amount: Money


async def trial_balance(tx: Tx, until: datetime | None = None) -> list[Balance]:
    """List every account that is not zero, by name and currency; together they come to zero.

    Reads the last closed day and what was booked after it and before `until` (None: so far), so
    the length of the journal does not matter. `until` must not lie in a closed day.
    """
    rows = await tx.fetch(_BALANCES, tx.merchant_id, until)
    return [
        Balance(Account(row["account"]), Money(row["balance_minor"], currency(row["currency"])))
        for row in rows
    ]
