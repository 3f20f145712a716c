"""What was changed of drawers, and what must be found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.planted.names import (
    ACCOUNT,
    BALANCE,
    BESIDE,
    BOOKED,
    CASH,
    CAUSE,
    COUNT,
    COUNTS,
    MOVED,
    NUMBERS,
    PARTS,
    PIECES,
    TOTALS,
    Z,
)
from tests.insight.planted.write import at, booked, counted, moved

if TYPE_CHECKING:
    from tests.insight.planted.write import Planted


SHIFT = "drawer session {first_shift}"
IN_DRAWER = "drawer session {drawer}, order {paid}"

RUNNING_TOTALS = {
    "opening": 10_000,
    "tendered": 1_300,
    "change": 400,
    "refund": 0,
    "paid_in": 0,
    "loan": 500,
    "paid_out": 100,
    "drop": 0,
    "pickup": 0,
}

PLANTED: Planted = [
    *(
        (
            at("drawer_sessions", "drawer", f"{kind}_minor = {total + 1}"),
            [(TOTALS, f"drawer session {{drawer}}, {kind}", str(total), str(total + 1))],
        )
        for kind, total in RUNNING_TOTALS.items()
    ),
    (
        at("drawer_sessions", "drawer", "balance_minor = 11301"),
        [
            (BALANCE, "drawer session {drawer}", "11300", "11301"),
            (ACCOUNT, "drawer session {drawer}", "11301", "11300"),
        ],
    ),
    (
        at("drawer_sessions", "drawer", "movements = 7"),
        [(NUMBERS, "drawer session {drawer}", "7", "6, up to 6")],
    ),
    (moved(6, "sequence = 8"), [(NUMBERS, "drawer session {drawer}", "6", "6, up to 8")]),
    (
        "delete from drawer_movements where session_id = '{first_shift}' and type = 'closing'",
        [
            (BOOKED, "drawer session {first_shift}, drawer emptied", "0", "-99"),
            (NUMBERS, "drawer session {first_shift}", "2", "1, up to 1"),
        ],
    ),
    (
        moved(2, "balance_minor = 1"),
        [(MOVED, "drawer session {drawer}, movement 2", "10500", "1")],
    ),
    (
        moved(6, "amount_minor = 90"),
        [
            (BALANCE, "drawer session {drawer}", "11310", "11300"),
            (TOTALS, "drawer session {drawer}, paid_out", "90", "100"),
            (BOOKED, "drawer session {drawer}, paid_out", "-90", "-100"),
            (MOVED, "drawer session {drawer}, movement 6", "11310", "11300"),
        ],
    ),
    (
        at("drawer_sessions", "drawer", "held_minor = 201"),
        [(BESIDE, "drawer session {drawer}", "200", "201")],
    ),
    (
        at("drawer_sessions", "last_shift", "held_minor = 1"),
        [(BESIDE, "drawer session {last_shift}", "0", "1")],
    ),
    (
        at("drawer_sessions", "last_shift", "z_number = 3"),
        [(Z, "register {register}", "2", "3")],
    ),
    (
        booked("cause_id = '{drawer}'", "amount_minor = 10001"),
        [
            (ACCOUNT, "drawer session {drawer}", "11300", "11301"),
            (BOOKED, "drawer session {drawer}, drawer opened", "10000", "10001"),
        ],
    ),
    (
        booked("recipe = 'loan'", "recipe = 'paid_in', credit_account = 'outside'"),
        [
            (BOOKED, "drawer session {drawer}, loan", "500", "0"),
            (BOOKED, "drawer session {drawer}, paid_in", "0", "500"),
        ],
    ),
    (
        booked("cause_id = '{closing}' and recipe = 'drawer emptied'", "recipe = 'drop'"),
        [
            (CAUSE, "posting 1 of drop {closing}", "drawers.move", "no such cause"),
            (BOOKED, "drawer session {first_shift}, drawer emptied", "-99", "0"),
            (BOOKED, "drawer session {first_shift}, drop", "0", "-99"),
        ],
    ),
    (
        at("drawer_sessions", "first_shift", "counted_minor = 98"),
        [
            (BOOKED, "drawer session {first_shift}, drawer counted", "-2", "-1"),
            (COUNT, SHIFT, "98 of 100 after 1", "99 of 100 after 1"),
            (PARTS, SHIFT, "98", "90 + 9"),
        ],
    ),
    (
        at("drawer_sessions", "first_shift", "deposit_minor = 8"),
        [(PARTS, SHIFT, "99", "90 + 8")],
    ),
    *(
        (counted(change), [(COUNT, SHIFT, "99 of 100 after 1", found)])
        for change, found in (
            ("counted_minor = 98", "98 of 100 after 1"),
            ("expected_minor = 99", "99 of 99 after 1"),
            ("movements = 2", "99 of 100 after 2"),
        )
    ),
    (counted("number = 3"), [(COUNTS, SHIFT, "2", "up to 3")]),
    (
        counted('denominations = \'{{"50": 1, "20": 2}}\''),
        [(PIECES, "count {first_count}", "99", "90")],
    ),
    (
        booked("cause_id = '{cash}'", "debit_account = 'cash_drawer:{first_shift}'"),
        [
            (
                *(CAUSE, "posting 1 of cash taken {cash}"),
                "cash tender, order {paid}, cash_drawer:{drawer}",
                "cash tender, order {paid}, cash_drawer:{first_shift} and order_deposits",
            ),
            (ACCOUNT, "drawer session {drawer}", "11300", "10700"),
            (ACCOUNT, "drawer session {first_shift}", "0", "600"),
            (BOOKED, "drawer session {drawer}, cash taken", "900", "300"),
            (BOOKED, "drawer session {first_shift}, cash taken", "0", "600"),
        ],
    ),
    (
        moved(4, "tender_id = null"),
        [
            (CASH, "tender {cash}, change", f"400, {IN_DRAWER}", "nothing"),
            (CASH, "drawer session {drawer}, change", "nothing", f"400, {IN_DRAWER}"),
        ],
    ),
    (
        moved(3, "order_id = '{part}'"),
        [
            (
                *(CASH, "tender {cash}, tendered", f"1000, {IN_DRAWER}"),
                "1000, drawer session {drawer}, order {part}",
            )
        ],
    ),
    (
        moved(2, "tender_id = '{card}'"),
        [(CASH, "tender {card}, loan", "nothing", "500, drawer session {drawer}")],
    ),
    (
        at("tenders", "cash", "tendered_minor = 900"),
        [(CASH, "tender {cash}, tendered", f"900, {IN_DRAWER}", f"1000, {IN_DRAWER}")],
    ),
]
