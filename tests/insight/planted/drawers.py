"""What was changed of drawers, and what must be found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.insight.planted.names import ACCOUNT, BALANCE, BESIDE, MOVED, NUMBERS, TOTALS, Z
from tests.insight.planted.write import at, moved

if TYPE_CHECKING:
    from tests.insight.planted.write import Planted


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
        [(NUMBERS, "drawer session {first_shift}", "2", "1, up to 1")],
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
]
