"""What must hold of transactions, their tenders, their operations and their commands."""

from __future__ import annotations

from typing import Final

CHECKS: Final = {
    "a transaction reserves all of its amount until it is decided, and nothing then": """
        select 'transaction ' || id,
          case when status in ('completed', 'declined', 'canceled', 'expired') then 0
            else amount_minor end::text,
          reserved_minor::text
        from transactions
        where reserved_minor <> case
          when status in ('completed', 'declined', 'canceled', 'expired') then 0
          else amount_minor end
    """,
    "a transaction's amounts are the sums of its tenders": """
        select 'transaction ' || x.id, s.amount || ' + ' || s.tip,
          x.amount_minor || ' + ' || x.tip_minor
        from transactions x
        join (
          select transaction_id, sum(amount_minor) as amount, sum(tip_minor) as tip
          from tenders group by transaction_id
        ) s on s.transaction_id = x.id
        where (x.amount_minor, x.tip_minor) <> (s.amount, s.tip)
    """,
    "a completed transaction has no tender that does not stand": """
        select 'tender ' || t.id, 'captured', t.state
        from tenders t
        join transactions x on x.merchant_id = t.merchant_id and x.id = t.transaction_id
        where x.status = 'completed' and t.state <> 'captured'
    """,
    "a finished command has the final answer of its transaction, and no other has": """
        select 'transaction ' || x.id,
          case when x.status in ('completed', 'declined', 'canceled', 'expired') then 'finished'
            else 'running' end,
          coalesce(c.state, 'no command')
        from transactions x
        left join commands c on c.merchant_id = x.merchant_id and c.id = x.id
        where coalesce(c.state, 'no command') <> case
          when x.status in ('completed', 'declined', 'canceled', 'expired') then 'finished'
          else 'running' end
    """,
    "what is unfinished has a moment at which somebody looks again": """
        select 'transaction ' || x.id, 'a due moment', 'none'
        from transactions x
        where x.due_at is null and (
          x.status not in ('completed', 'declined', 'canceled', 'expired')
          or exists (
            select from operations o
            where o.merchant_id = x.merchant_id and o.transaction_id = x.id
              and o.state in ('sent', 'lost')))
    """,
}
