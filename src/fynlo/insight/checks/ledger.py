"""What must hold of the journal itself: who caused a posting, and what it comes to."""

from __future__ import annotations

from typing import Final

from fynlo.insight.recipes import ACCOUNTS_SQL, CAUSES_SQL


def _kind_of(account: str) -> str:
    """Write an account up to its colon: without the name of the one that it is among many."""
    return f"coalesce(left({account}, nullif(strpos({account}, ':'), 0)), {account})"


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
        with surplus as (
          select distinct cause_id from ledger_postings where recipe = 'surplus taken'
        )
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
          select t.order_id, sum(t.amount_minor) as taken
          from tenders t
          left join surplus s on s.cause_id = t.id
          where t.state = 'captured' and s.cause_id is null
          group by t.order_id
        ) t on t.order_id = o.id
        where coalesce(d.balance, 0) <> coalesce(t.taken, 0) - case
          when o.payment_state in ('unpaid', 'partially_paid') then 0 else o.total_minor end
    """,
    "a captured tender is booked once, with its tip": """
        with surplus as (
          select distinct cause_id from ledger_postings where recipe = 'surplus taken'
        )
        select 'tender ' || t.id, t.amount || ' + ' || t.tip,
          coalesce(p.amount, 0) || ' + ' || coalesce(p.tip, 0)
        from (
          select id,
            case when state in ('captured', 'refunded') then amount_minor else 0 end as amount,
            case when state in ('captured', 'refunded') then tip_minor else 0 end as tip
          from tenders
          left join surplus s on s.cause_id = id
          where s.cause_id is null
        ) t
        left join (
          select cause_id,
            sum(amount_minor) filter (where credit_account = 'order_deposits') as amount,
            sum(amount_minor) filter (where credit_account = 'tips_payable') as tip
          from ledger_postings
          where recipe in ('cash taken', 'card taken', 'other taken') group by cause_id
        ) p on p.cause_id = t.id
        where (t.amount, t.tip) <> (coalesce(p.amount, 0), coalesce(p.tip, 0))
    """,
    "a refunded tender is booked as returned once, with its tip": """
        with surplus as (
          select distinct cause_id from ledger_postings where recipe = 'surplus taken'
        )
        select 'tender ' || t.id, t.amount || ' + ' || t.tip,
          coalesce(p.amount, 0) || ' + ' || coalesce(p.tip, 0)
        from (
          select id,
            case when state = 'refunded' then amount_minor else 0 end as amount,
            case when state = 'refunded' then tip_minor else 0 end as tip
          from tenders
          left join surplus s on s.cause_id = id
          where s.cause_id is null
        ) t
        left join (
          select cause_id,
            sum(amount_minor) filter (where debit_account = 'order_deposits') as amount,
            sum(amount_minor) filter (where debit_account = 'tips_payable') as tip
          from ledger_postings
          where recipe = 'card returned' group by cause_id
        ) p on p.cause_id = t.id
        where (t.amount, t.tip) <> (coalesce(p.amount, 0), coalesce(p.tip, 0))
    """,
    "surplus is booked whole, towards no order, and goes back with its refund": """
        select 'tender ' || t.id, s.due || ' and ' || s.given_back,
          p.surplus || ' and ' || p.returned || ', and elsewhere ' || p.elsewhere
        from (
          select cause_id,
            coalesce(sum(amount_minor) filter (where recipe = 'surplus taken'), 0) as surplus,
            coalesce(sum(amount_minor) filter (where recipe = 'surplus returned'), 0) as returned,
            coalesce(sum(amount_minor) filter (where recipe not like 'surplus %'), 0) as elsewhere
          from ledger_postings group by cause_id
          having bool_or(recipe like 'surplus %')
        ) p
        join tenders t on t.id = p.cause_id
        join transactions x on x.merchant_id = t.merchant_id and x.id = t.transaction_id
        cross join lateral (
          select
            case when x.status in ('declined', 'canceled', 'expired')
                and t.state in ('captured', 'refunded')
              then t.amount_minor + t.tip_minor else 0 end,
            case when t.state = 'refunded' then t.amount_minor + t.tip_minor else 0 end
        ) s (due, given_back)
        where (p.surplus, p.returned, p.elsewhere) <> (s.due, s.given_back, 0)
    """,
    "a posting moves money between accounts of its recipe": f"""
        select 'posting ' || p.line || ' of ' || p.recipe || ' ' || p.cause_id,
          coalesce(known.accounts, 'a known recipe'),
          p.debit_account || ' and ' || p.credit_account
        from ledger_postings p
        left join (
          select recipe, string_agg(debit || ' and ' || credit, ', or ' order by debit, credit)
          from {ACCOUNTS_SQL} r (recipe, debit, credit) group by recipe
        ) known (recipe, accounts) on known.recipe = p.recipe
        left join {ACCOUNTS_SQL} r (recipe, debit, credit) on r.recipe = p.recipe
          and r.debit = {_kind_of("p.debit_account")}
          and r.credit = {_kind_of("p.credit_account")}
        where r.recipe is null
    """,  # noqa: S608 - our own constants
    "a posting has a cause of its recipe's kind, and is of the cause's order and account": f"""
        with causes (id, kind, order_id, account) as (
          select t.id, t.type || ' tender', t.order_id, case t.type
              when 'cash' then 'cash_drawer:' || x.drawer_session_id
              when 'card' then 'card_clearing' else 'other:' || t.method end
          from tenders t
          join transactions x on x.merchant_id = t.merchant_id and x.id = t.transaction_id
          union all
          select id, 'order', id, 'order_deposits' from orders
          union all
          select id, 'drawer session', null, 'cash_drawer:' || id from drawer_sessions
          union all
          select id, kind, null, 'cash_drawer:' || target_id from commands
          where kind in ('drawers.move', 'drawers.close')
        )
        select 'posting ' || p.line || ' of ' || p.recipe || ' ' || p.cause_id,
          concat_ws(', ', r.cause, 'order ' || c.order_id, c.account),
          case when c.id is null then 'no such cause' else concat_ws(', ', r.cause,
            'order ' || p.order_id, p.debit_account || ' and ' || p.credit_account) end
        from ledger_postings p
        join {CAUSES_SQL} r (recipe, cause) on r.recipe = p.recipe
        left join causes c on c.id = p.cause_id and c.kind = r.cause
        where c.id is null or c.order_id is distinct from p.order_id
          or c.account is null or c.account not in (p.debit_account, p.credit_account)
    """,  # noqa: S608 - our own constants
    "a closed day's balances are those of the journal": """
        with days as (
          select day, lead(day) over (order by day) as next from ledger_days
        ), moved as (
          select (booked_at at time zone 'UTC')::date as day, account, currency,
            sum(amount) as amount
          from (
            select booked_at, debit_account as account, currency, amount_minor as amount
            from ledger_postings
            union all
            select booked_at, credit_account, currency, -amount_minor from ledger_postings
          ) both_sides group by 1, 2, 3
        ), changes (day, account, currency, journal, snapshot) as (
          select min(closed) over (order by day desc), account, currency, amount, 0
          from (
            select day, null::date as closed, account, currency, amount from moved
            union all
            select day, day, null, null, 0 from days
          ) in_order
          union all
          select day, account, currency, 0, debit_minor - credit_minor
          from ledger_snapshots join days using (day)
          union all
          select next, account, currency, 0, credit_minor - debit_minor
          from ledger_snapshots join days using (day) where next is not null
        )
        select 'account ' || account || ' on ' || day, journal::text, snapshot::text
        from (
          select day, account, sum(sum(journal)) over so_far as journal,
            sum(sum(snapshot)) over so_far as snapshot
          from changes group by day, account, currency
          window so_far as (partition by account, currency order by day)
        ) balances
        where day is not null and journal <> snapshot
        union all
        select 'account ' || account || ' on ' || day, '0', (debit_minor - credit_minor)::text
        from ledger_snapshots left join days using (day) where days.day is null
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
