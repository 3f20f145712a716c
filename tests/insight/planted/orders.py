"""What was changed of orders, and what must be found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.planted.names import (
    DISCOUNTS,
    GIVEN,
    HISTORY,
    KITCHEN,
    LINES,
    MERGED,
    PAID_SUM,
    RESERVED,
    STATE,
    TIPS,
    TOLD,
    WHOLE,
)
from tests.insight.planted.write import at

if TYPE_CHECKING:
    from tests.insight.planted.write import Planted


PLANTED: Planted = [
    (at("orders", "part", "paid_minor = 301"), [(PAID_SUM, "order {part}", "300", "301")]),
    (at("orders", "paid", "tip_total_minor = 49"), [(TIPS, "order {paid}", "50", "49")]),
    (
        at("orders", "waiting", "reserved_minor = 999"),
        [(RESERVED, "order {waiting}", "1000", "999")],
    ),
    (at("orders", "unpaid", "reserved_minor = 1"), [(RESERVED, "order {unpaid}", "0", "1")]),
    (
        at("orders", "part", "payment_state = 'unpaid'"),
        [
            (STATE, "order {part}", "partially_paid", "unpaid"),
            (HISTORY, "order {part}", "validated", "partially_paid"),
        ],
    ),
    (
        at("orders", "unpaid", "payment_state = 'partially_paid'"),
        [
            (STATE, "order {unpaid}", "unpaid", "partially_paid"),
            (HISTORY, "order {unpaid}", "partially_paid", "validated"),
        ],
    ),
    (
        at("orders", "paid", "stage = 'canceled'"),
        [
            (STATE, "order {paid}", "partially_paid", "paid"),
            (HISTORY, "order {paid}", "canceled", "paid"),
        ],
    ),
    (
        "update order_lines set total_minor = 999 where order_id = '{unpaid}'",
        [(LINES, "order {unpaid}", "999, tax 167", "1000, tax 167")],
    ),
    (
        "update order_lines set tax_minor = 166 where order_id = '{unpaid}'",
        [(LINES, "order {unpaid}", "1000, tax 166", "1000, tax 167")],
    ),
    (
        "delete from order_lines where order_id = '{unpaid}'",
        [(LINES, "order {unpaid}", "0, tax 0", "1000, tax 167")],
    ),
    (
        at("orders", "unpaid", "discount_total_minor = 1"),
        [
            (DISCOUNTS, "order {unpaid}", "0", "1"),
            (WHOLE, "order {unpaid}", "999", "1000"),
        ],
    ),
    (at("orders", "unpaid", "subtotal_minor = 1001"), [(WHOLE, "order {unpaid}", "1001", "1000")]),
    (
        "update order_lines set tax_included = false where order_id = '{unpaid}'",
        [(WHOLE, "order {unpaid}", "1167", "1000")],
    ),
    (
        "update order_lines set discount_minor = 5 where order_id = '{unpaid}'",
        [(DISCOUNTS, "order {unpaid}", "5", "0")],
    ),
    (
        "update order_lines set order_discount_minor = 5 where order_id = '{unpaid}'",
        [
            (DISCOUNTS, "order {unpaid}", "5", "0"),
            (GIVEN, "order {unpaid}", "a discount", "none, though a line bears 5"),
        ],
    ),
    (
        (
            "insert into order_moves (merchant_id, from_order_id, to_order_id, kind, at, by_staff)"
            " values ('{merchant}', '{unpaid}', '{draft}', 'merge', now(), '{nobody}')"
        ),
        [(MERGED, "order {unpaid}", "canceled, without lines", "validated, with 1 lines")],
    ),
    (
        at("orders", "paid", "kitchen_state = 'ready'"),
        [
            (HISTORY, "order {paid}", "ready", "paid"),
            (KITCHEN, "order {paid}", "sent", "ready"),
        ],
    ),
    (
        "update kitchen_tickets set state = 'ready' where order_id = '{paid}'",
        [(KITCHEN, "order {paid}", "ready", "sent")],
    ),
    (
        (
            "update kitchen_tickets set state = 'canceled', canceled_at = sent_at"
            " where order_id = '{paid}'"
        ),
        [(KITCHEN, "order {paid}", "none", "sent")],
    ),
    (
        (
            "update kitchen_tickets set state = 'served', served_at = sent_at"
            " where order_id = '{paid}'"
        ),
        [(KITCHEN, "order {paid}", "served", "sent")],
    ),
    (
        (
            "update kitchen_ticket_lines set quantity_milli = 900 where ticket_id = ("
            "select id from kitchen_tickets where order_id = '{paid}')"
        ),
        [(TOLD, "order {paid}, meal", "1000", "900")],
    ),
    (
        (
            "update kitchen_ticket_lines set product_id = '{nobody}' where ticket_id = ("
            "select id from kitchen_tickets where order_id = '{paid}')"
        ),
        [
            (TOLD, "order {paid}, meal", "1000", "0"),
            (TOLD, "order {paid}, meal", "0", "1000"),
        ],
    ),
    (
        (
            "update order_history set to_state = 'paid'"
            " where order_id = '{unpaid}' and to_state = 'validated'"
        ),
        [(HISTORY, "order {unpaid}", "validated", "paid")],
    ),
    (
        "delete from order_history where order_id = '{draft}'",
        [(HISTORY, "order {draft}", "draft", "no history")],
    ),
]
