"""What must hold of cash drawers: their movements, their sums and their numbers."""

from __future__ import annotations

from typing import Final

CHECKS: Final = {
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
          ) both_sides where account like 'cash_drawer:%' group by account
        ) p on p.account = 'cash_drawer:' || d.id
        where coalesce(p.balance, 0) <> case when d.state = 'open' then d.balance_minor else 0 end
    """,
    "what moved in a drawer is booked, each sort under its recipe": """
        select 'drawer session ' || substr(drawer, 13) || ', ' || recipe,
          coalesce(m.amount, 0)::text, coalesce(p.amount, 0)::text
        from (
          select drawer, recipe, sum(amount) as amount from (
            select 'cash_drawer:' || session_id as drawer, case type
                when 'opening' then 'drawer opened' when 'tendered' then 'cash taken'
                when 'change' then 'cash taken' when 'closing' then 'drawer emptied'
                else type end as recipe,
              case type when 'closing' then -1 else direction end * amount_minor as amount
            from drawer_movements
            union all
            select 'cash_drawer:' || id, 'drawer counted', counted_minor - balance_minor
            from drawer_sessions where state = 'closed'
          ) movements group by drawer, recipe
        ) m
        full join (
          select drawer, recipe, sum(amount) as amount from (
            select debit_account as drawer, recipe, amount_minor as amount from ledger_postings
            union all
            select credit_account, recipe, -amount_minor from ledger_postings
          ) both_sides where drawer like 'cash_drawer:%' group by drawer, recipe
        ) p using (drawer, recipe)
        where coalesce(m.amount, 0) <> coalesce(p.amount, 0)
    """,
    "a captured cash tender moved what was tendered and its change, and no other moved any": """
        select coalesce('tender ' || tender_id, 'drawer session ' || m.session_id) || ', ' || type,
          case when t.amount is null then 'nothing' else concat_ws(', ', t.amount,
            'drawer session ' || t.session_id, 'order ' || t.order_id) end,
          case when m.amount is null then 'nothing' else concat_ws(', ', m.amount,
            'drawer session ' || m.session_id, 'order ' || m.order_id) end
        from (
          select t.id as tender_id, k.type, x.drawer_session_id as session_id, t.order_id, k.amount
          from tenders t
          join transactions x on x.merchant_id = t.merchant_id and x.id = t.transaction_id
          cross join lateral (values
            ('tendered', t.tendered_minor), ('change', t.change_minor)) as k (type, amount)
          where t.type = 'cash' and t.state in ('captured', 'refunded') and k.amount > 0
        ) t
        full join (
          select tender_id, type, session_id, order_id, sum(amount_minor) as amount
          from drawer_movements where tender_id is not null or type in ('tendered', 'change')
          group by tender_id, type, session_id, order_id
        ) m using (tender_id, type)
        where (t.session_id, t.order_id, t.amount)
          is distinct from (m.session_id, m.order_id, m.amount)
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
    "a drawer is closed on a count that saw all but its closing": """
        select 'drawer session ' || d.id,
          d.counted_minor || ' of ' || d.balance_minor || ' after ' || d.movements - 1,
          c.counted_minor || ' of ' || c.expected_minor || ' after ' || c.movements
        from drawer_closings x
        join drawer_sessions d on d.merchant_id = x.merchant_id and d.id = x.session_id
        join drawer_counts c on c.merchant_id = x.merchant_id and c.id = x.count_id
        where (c.session_id, c.kind, c.counted_minor, c.expected_minor, c.movements)
          is distinct from (d.id, 'closing', d.counted_minor, d.balance_minor, d.movements - 1)
    """,
    "what was counted at a drawer's closing was left in it or deposited": """
        select 'drawer session ' || id, counted_minor::text,
          left_in_drawer_minor || ' + ' || deposit_minor
        from drawer_sessions
        where state = 'closed' and counted_minor <> left_in_drawer_minor + deposit_minor
    """,
    "a drawer's counts are numbered without a gap": """
        select 'drawer session ' || session_id, count(*)::text, 'up to ' || max(number)
        from drawer_counts
        group by session_id having max(number) <> count(*)
    """,
    "the pieces of a count come to what was counted": """
        select 'count ' || c.id, c.counted_minor::text, p.total::text
        from drawer_counts c
        join (
          select id, sum(piece.key::bigint * piece.value::bigint) as total
          from drawer_counts, jsonb_each_text(denominations) as piece
          group by id
        ) p on p.id = c.id
        where p.total <> c.counted_minor
    """,
}
