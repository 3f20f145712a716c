"""What must hold, each as one query that returns what does not.

A row is `(subject, expected, found)`. The queries derive every sum and state again from the
journal: postings, movements, tenders.
"""

from __future__ import annotations

from typing import Final

CHECKS: Final = {
    "an order's paid sum is what its completed transactions took": """
        select 'order ' || o.id, coalesce(s.paid, 0)::text, o.paid_minor::text
        from orders o
        left join (
          select t.order_id, sum(t.amount_minor) as paid
          from tenders t
          join transactions x on x.merchant_id = t.merchant_id and x.id = t.transaction_id
          where x.status = 'completed' and t.state = 'captured'
          group by t.order_id
        ) s on s.order_id = o.id
        where o.paid_minor <> coalesce(s.paid, 0)
    """,
    "an order's tips are those of its completed transactions": """
        select 'order ' || o.id, coalesce(s.tips, 0)::text, o.tip_total_minor::text
        from orders o
        left join (
          select order_id, sum(tip_minor) as tips from transactions
          where status = 'completed' group by order_id
        ) s on s.order_id = o.id
        where o.tip_total_minor <> coalesce(s.tips, 0)
    """,
    "an order's reserved sum is what its undecided transactions ask for": """
        select 'order ' || o.id, coalesce(s.reserved, 0)::text, o.reserved_minor::text
        from orders o
        left join (
          select order_id, sum(amount_minor) as reserved from transactions
          where status not in ('completed', 'declined', 'canceled', 'expired')
          group by order_id
        ) s on s.order_id = o.id
        where o.reserved_minor <> coalesce(s.reserved, 0)
    """,
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
    "an order's payment state follows from what was paid": """
        select 'order ' || id,
          case when paid_minor - refunded_before_paid_minor >= total_minor
              and stage not in ('draft', 'canceled') then 'paid'
            when paid_minor > 0 then 'partially_paid' else 'unpaid' end,
          payment_state
        from orders
        where payment_state in ('unpaid', 'partially_paid', 'paid')
          and payment_state <> case
            when paid_minor - refunded_before_paid_minor >= total_minor
              and stage not in ('draft', 'canceled') then 'paid'
            when paid_minor > 0 then 'partially_paid' else 'unpaid' end
    """,
    "an order's total is the sum of its lines": """
        select 'order ' || o.id, coalesce(s.total, 0) || ', tax ' || coalesce(s.tax, 0),
          o.total_minor || ', tax ' || o.tax_total_minor
        from orders o
        left join (
          select order_id, sum(total_minor) as total, sum(tax_minor) as tax
          from order_lines group by order_id
        ) s on s.order_id = o.id
        where (o.total_minor, o.tax_total_minor) <> (coalesce(s.total, 0), coalesce(s.tax, 0))
    """,
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
    "a drawer's balance is the sum of its movements": """
        select 'drawer session ' || d.id, coalesce(m.balance, 0)::text, d.balance_minor::text
        from drawer_sessions d
        left join (
          select session_id, sum(direction * amount_minor) as balance
          from drawer_movements where type <> 'closing' group by session_id
        ) m on m.session_id = d.id
        where d.balance_minor <> coalesce(m.balance, 0)
    """,
    "a drawer's running totals are those of its movements": """
        select 'drawer session ' || d.id || ', ' || k.type, coalesce(m.total, 0)::text,
          k.total::text
        from drawer_sessions d
        cross join lateral (values
          ('opening', d.opening_minor), ('tendered', d.tendered_minor),
          ('change', d.change_minor), ('refund', d.refund_minor), ('paid_in', d.paid_in_minor),
          ('loan', d.loan_minor), ('paid_out', d.paid_out_minor), ('drop', d.drop_minor),
          ('pickup', d.pickup_minor)) as k (type, total)
        left join (
          select session_id, type, sum(amount_minor) as total
          from drawer_movements group by session_id, type
        ) m on m.session_id = d.id and m.type = k.type
        where k.total <> coalesce(m.total, 0)
    """,
    "an open drawer's account agrees with its balance, and a closed one is empty": """
        select 'drawer session ' || d.id,
          case when d.state = 'open' then d.balance_minor else 0 end::text,
          coalesce(p.balance, 0)::text
        from drawer_sessions d
        left join (
          select account, sum(amount) as balance from (
            select debit_account as account, amount_minor as amount from ledger_postings
            union all
            select credit_account, -amount_minor from ledger_postings
          ) both_sides group by account
        ) p on p.account = 'cash_drawer:' || d.id
        where coalesce(p.balance, 0) <> case when d.state = 'open' then d.balance_minor else 0 end
    """,
    "a drawer's movements are numbered without a gap": """
        select 'drawer session ' || d.id, d.movements::text,
          count(m.sequence) || ', up to ' || coalesce(max(m.sequence), 0)
        from drawer_sessions d
        left join drawer_movements m on m.merchant_id = d.merchant_id and m.session_id = d.id
        group by d.id, d.movements
        having count(m.sequence) <> d.movements or coalesce(max(m.sequence), 0) <> d.movements
    """,
    "a movement's balance is the one before it and what it moved": """
        select 'drawer session ' || session_id || ', movement ' || sequence, should::text,
          balance_minor::text
        from (
          select *, sum(direction * amount_minor) over (
            partition by session_id order by sequence) as should
          from drawer_movements
        ) m
        where balance_minor <> should
    """,
    "cash beside a drawer is that of undecided transactions": """
        select 'drawer session ' || d.id, coalesce(s.held, 0)::text, d.held_minor::text
        from drawer_sessions d
        left join (
          select x.drawer_session_id, sum(t.tendered_minor) as held
          from transactions x
          join tenders t on t.merchant_id = x.merchant_id and t.transaction_id = x.id
          where x.status not in ('completed', 'declined', 'canceled', 'expired')
          group by x.drawer_session_id
        ) s on s.drawer_session_id = d.id
        where d.held_minor <> coalesce(s.held, 0)
    """,
    "Z numbers have no gap": """
        select 'register ' || register_id, count(*)::text, max(z_number)::text
        from drawer_sessions where z_number is not null
        group by register_id having max(z_number) <> count(*)
    """,
    "events are numbered without a gap": """
        select 'events', s.last_sequence::text,
          count(e.sequence) || ', up to ' || coalesce(max(e.sequence), 0)
        from event_streams s
        left join events e on e.merchant_id = s.merchant_id
        group by s.last_sequence
        having count(e.sequence) <> s.last_sequence
          or coalesce(max(e.sequence), 0) <> s.last_sequence
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
