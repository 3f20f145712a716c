"""What was changed of orders, and what must be found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.planted.names import HISTORY, LINES, PAID_SUM, RESERVED, STATE, TIPS
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
        at("orders", "paid", "kitchen_state = 'ready'"),
        [(HISTORY, "order {paid}", "ready", "paid")],
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
