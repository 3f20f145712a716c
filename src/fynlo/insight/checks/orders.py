"""What must hold of orders: their sums, their lines and their states."""

from __future__ import annotations

from typing import Final

STATE_SQL: Final = """case
  when stage = 'closed' then 'done'
  when stage <> 'validated' then stage
  when payment_state = 'unpaid' then 'validated'
  when payment_state = 'partially_paid' then 'partially_paid'
  when kitchen_state in ('none', 'sent') then 'paid'
  when kitchen_state = 'served' then 'done'
  else kitchen_state end"""
"""The public state of an order, from its stage and both axes."""

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
    "an order's discounts are those of its lines": """
        select 'order ' || o.id, coalesce(s.off, 0)::text, o.discount_total_minor::text
        from orders o
        left join (
          select order_id, sum(discount_minor + order_discount_minor) as off
          from order_lines group by order_id
        ) s on s.order_id = o.id
        where o.discount_total_minor <> coalesce(s.off, 0)
    """,
    "what everything costs, less discounts, and taxes on top, is an order's total": """
        select 'order ' || o.id,
          (o.subtotal_minor - o.discount_total_minor + coalesce(s.on_top, 0))::text,
          o.total_minor::text
        from orders o
        left join (
          select order_id, sum(tax_minor) filter (where not tax_included) as on_top
          from order_lines group by order_id
        ) s on s.order_id = o.id
        where o.subtotal_minor - o.discount_total_minor + coalesce(s.on_top, 0) <> o.total_minor
    """,
    "an order's discount is given where a line bears it": """
        select 'order ' || l.order_id, 'a discount', 'none, though a line bears '
          || sum(l.order_discount_minor)
        from order_lines l
        left join order_discounts d on d.merchant_id = l.merchant_id and d.order_id = l.order_id
        where d.order_id is null and l.order_discount_minor > 0
        group by l.order_id
    """,
    "an order whose lines went to another has ended and has none": """
        select 'order ' || o.id, 'canceled, without lines', o.stage || ', with '
          || count(l.id) || ' lines'
        from order_moves m
        join orders o on o.merchant_id = m.merchant_id and o.id = m.from_order_id
        left join order_lines l on l.merchant_id = o.merchant_id and l.order_id = o.id
        where m.kind = 'merge'
        group by o.id, o.stage
        having o.stage <> 'canceled' or count(l.id) > 0
    """,
    "an order's history ends in its state": f"""
        select 'order ' || id, state, coalesce(to_state, 'no history')
        from (select id, {STATE_SQL} as state from orders) o
        left join (
          select distinct on (order_id) order_id, to_state from order_history
          order by order_id, at desc, order_history.id desc
        ) h on h.order_id = o.id
        where to_state is distinct from state
    """,  # noqa: S608 - our own constant
}
