"""What must hold of the journal itself: who caused a posting, and what it comes to."""

from __future__ import annotations

from typing import Final

CHECKS: Final = {
    "a paid order is booked as sold, once, with its taxes": """
        select 'order ' || o.id,
          case when o.payment_state in ('unpaid', 'partially_paid') then 0
            else o.total_minor end::text,
          coalesce(s.booked, 0)::text
        from orders o
        left join (
          select cause_id, sum(amount_minor) as booked from ledger_postings
          where recipe = 'order paid' group by cause_id
        ) s on s.cause_id = o.id
        where coalesce(s.booked, 0) <> case
          when o.payment_state in ('unpaid', 'partially_paid') then 0 else o.total_minor end
    """,
    "each tax rate is booked as the lines say": """
        select 'order ' || order_id || ', rate ' || rate, coalesce(l.tax, 0)::text,
          coalesce(p.booked, 0)::text
        from (
          select l.order_id, l.tax_rate_id::text as rate, sum(l.tax_minor) as tax
          from order_lines l
          join orders o on o.merchant_id = l.merchant_id and o.id = l.order_id
          where o.payment_state not in ('unpaid', 'partially_paid')
          group by l.order_id, l.tax_rate_id
        ) l
        full join (
          select cause_id as order_id, substr(credit_account, 13) as rate,
            sum(amount_minor) as booked
          from ledger_postings
          where recipe = 'order paid' and credit_account like 'tax_payable:%'
          group by cause_id, credit_account
        ) p using (order_id, rate)
        where coalesce(l.tax, 0) <> coalesce(p.booked, 0)
    """,
    "what is deposited for an order is what was taken and not sold yet": """
        select 'order ' || o.id, (coalesce(t.taken, 0) - case
            when o.payment_state in ('unpaid', 'partially_paid') then 0 else o.total_minor end
          )::text, coalesce(d.balance, 0)::text
        from orders o
        left join (
          select order_id, sum(case when credit_account = 'order_deposits' then amount_minor
            else -amount_minor end) as balance
          from ledger_postings
          where 'order_deposits' in (debit_account, credit_account)
          group by order_id
        ) d on d.order_id = o.id
        left join (
          select order_id, sum(amount_minor) as taken from tenders
          where state = 'captured' group by order_id
        ) t on t.order_id = o.id
        where coalesce(d.balance, 0) <> coalesce(t.taken, 0) - case
          when o.payment_state in ('unpaid', 'partially_paid') then 0 else o.total_minor end
    """,
    "a captured tender is booked once, with its tip": """
        select 'tender ' || t.id,
          case when t.state in ('captured', 'refunded') then t.amount_minor + t.tip_minor
            else 0 end::text,
          coalesce(p.booked, 0)::text
        from tenders t
        left join (
          select cause_id, sum(amount_minor) as booked from ledger_postings
          where recipe in ('cash taken', 'card taken', 'other taken') group by cause_id
        ) p on p.cause_id = t.id
        where coalesce(p.booked, 0) <> case
          when t.state in ('captured', 'refunded') then t.amount_minor + t.tip_minor else 0 end
    """,
    "a closed day's balances are those of the journal": """
        select 'account ' || account || ' on ' || day, coalesce(j.balance, 0)::text,
          coalesce(s.balance, 0)::text
        from (
          select d.day, p.account, p.currency, sum(p.amount) as balance
          from ledger_days d
          join (
            select booked_at, debit_account as account, currency, amount_minor as amount
            from ledger_postings
            union all
            select booked_at, credit_account, currency, -amount_minor from ledger_postings
          ) p on p.booked_at < (d.day + 1)::timestamp at time zone 'UTC'
          group by d.day, p.account, p.currency
        ) j
        full join (
          select day, account, currency, debit_minor - credit_minor as balance
          from ledger_snapshots
        ) s using (day, account, currency)
        where coalesce(j.balance, 0) <> coalesce(s.balance, 0)
    """,
    "a currency is never mixed with another": """
        select 'transaction ' || x.id, o.currency, x.currency
        from transactions x
        join orders o on o.merchant_id = x.merchant_id and o.id = x.order_id
        where x.currency <> o.currency
        union all
        select 'tender ' || t.id, o.currency, t.currency
        from tenders t
        join orders o on o.merchant_id = t.merchant_id and o.id = t.order_id
        where t.currency <> o.currency
        union all
        select 'movement ' || m.sequence || ' of drawer session ' || d.id, d.currency, m.currency
        from drawer_movements m
        join drawer_sessions d on d.merchant_id = m.merchant_id and d.id = m.session_id
        where m.currency <> d.currency
        union all
        select 'posting ' || p.line || ' of ' || p.recipe || ' ' || p.cause_id, o.currency,
          p.currency
        from ledger_postings p
        join orders o on o.merchant_id = p.merchant_id and o.id = p.order_id
        where p.currency <> o.currency
        union all
        select 'posting ' || p.line || ' of ' || p.recipe || ' ' || p.cause_id, d.currency,
          p.currency
        from ledger_postings p
        join drawer_sessions d
          on 'cash_drawer:' || d.id = case when p.debit_account like 'cash_drawer:%'
            then p.debit_account else p.credit_account end
        where p.order_id is null and p.currency <> d.currency
    """,
}
