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
        select 'transaction ' || x.id, coalesce(s.amount, 0) || ' + ' || coalesce(s.tip, 0),
          x.amount_minor || ' + ' || x.tip_minor
        from transactions x
        left join (
          select transaction_id, sum(amount_minor) as amount, sum(tip_minor) as tip
          from tenders group by transaction_id
        ) s on s.transaction_id = x.id
        where (x.amount_minor, x.tip_minor) <> (coalesce(s.amount, 0), coalesce(s.tip, 0))
    """,
    "a tender is for the order of its transaction": """
        select 'tender ' || t.id, 'order ' || x.order_id, 'order ' || t.order_id
        from tenders t
        join transactions x on x.merchant_id = t.merchant_id and x.id = t.transaction_id
        where t.order_id <> x.order_id
    """,
    "an operation asks for its tender's amount and tip, in its transaction": """
        select 'operation ' || o.id,
          t.amount_minor + t.tip_minor || ' in transaction ' || t.transaction_id,
          o.amount_minor || ' in transaction ' || o.transaction_id
        from operations o
        join tenders t on t.merchant_id = o.merchant_id and t.id = o.tender_id
        where (o.amount_minor, o.transaction_id)
          <> (t.amount_minor + t.tip_minor, t.transaction_id)
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
          -- While its ends are still loose, whoever tells the answer first keeps it.
          and (c.state is distinct from 'running' or x.due_at is null)
    """,
    "a transaction's command asked for it, and was answered as it ended": """
        select 'transaction ' || x.id,
          concat_ws(', ', 'transactions.process', case x.status
            when 'completed' then 200 when 'canceled' then 200 when 'expired' then 200
            when 'declined' then 402 end),
          concat_ws(', ', c.kind, c.status)
        from transactions x
        join commands c on c.merchant_id = x.merchant_id and c.id = x.id
        where c.kind not in ('transactions.process', 'exceptions.attach')
          or c.status <> case x.status
          when 'completed' then 200 when 'canceled' then 200 when 'expired' then 200
          when 'declined' then 402 end
        union all
        select 'command ' || c.id, 'a transaction', 'none'
        from commands c
        left join transactions x on x.merchant_id = c.merchant_id and x.id = c.id
        where c.kind in ('transactions.process', 'exceptions.attach') and x.id is null
          and (c.state = 'running' or c.status in (200, 402))
    """,
    "what is unfinished has a moment at which somebody looks again": """
        select 'transaction ' || x.id, 'a due moment', 'none'
        from transactions x
        left join (
          select distinct transaction_id from operations where state in ('sent', 'lost')
        ) o on o.transaction_id = x.id
        left join (
          select distinct t.transaction_id
          from tenders t
          left join (
            select distinct tender_id from operations where kind = 'void' and state = 'approved'
          ) v on v.tender_id = t.id
          where t.type = 'card' and t.state not in ('voided', 'refunded')
            and (t.state <> 'declined' or t.exposed and v.tender_id is null)
        ) t on t.transaction_id = x.id
        where x.due_at is null and (
          x.status not in ('completed', 'declined', 'canceled', 'expired')
          or o.transaction_id is not null
          or x.status <> 'completed' and t.transaction_id is not null)
    """,
    "a transaction that needs a person is in the exceptions queue, and no other waits there": """
        select 'transaction ' || x.id,
          case when x.needs_attention then 'open' else 'not open' end,
          coalesce(e.state, 'not in the queue')
        from transactions x
        left join exceptions e on e.merchant_id = x.merchant_id and e.transaction_id = x.id
          and e.kind = 'unresolved'
        where x.needs_attention <> (coalesce(e.state, '') = 'open')
    """,
}
