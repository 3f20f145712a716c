"""What must hold of the kitchen: orders stand with their tickets, which say what stands on them."""

from __future__ import annotations

from typing import Final

CHECKS: Final = {
    "an order stands in the kitchen where its tickets stand": """
        select 'order ' || o.id, t.state, o.kitchen_state
        from orders o
        join (
          select order_id, case
            when count(*) filter (where state <> 'canceled') = 0 then 'none'
            when count(*) filter (where state not in ('served', 'canceled')) = 0 then 'served'
            when count(distinct state) filter (where state not in ('served', 'canceled')) = 1
              then min(state) filter (where state not in ('served', 'canceled'))
            else 'preparing' end as state
          from kitchen_tickets group by order_id
        ) t on t.order_id = o.id
        where o.kitchen_state <> t.state
    """,
    "the kitchen was told what stands on a paid order, line by line": """
        select 'order ' || order_id || ', ' || min(name), sum(wanted)::text, sum(told)::text
        from (
          select l.order_id, l.id as line_id, l.product_id, l.name, l.quantity_milli as wanted,
            0 as told, l.needs_preparation as matters
          from order_lines l
          join (select distinct order_id from kitchen_tickets) t on t.order_id = l.order_id
          union all
          select t.order_id, l.line_id, l.product_id, l.name, 0, l.quantity_milli, true
          from kitchen_ticket_lines l
          join kitchen_tickets t on t.merchant_id = l.merchant_id and t.id = l.ticket_id
        ) both_sides
        join orders o on o.id = order_id
        where o.payment_state not in ('unpaid', 'partially_paid')
        group by order_id, line_id, product_id
        having bool_or(matters) and sum(wanted) <> sum(told)
    """,
}
