"""All writing SQL of cash drawers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.drawers.model import (
    DIRECTION,
    DrawerSession,
    DrawerSessionMismatch,
    DrawerSessionRequired,
    DrawerState,
    Movement,
)
from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import DrawerSessionId, RegisterId, StaffId
from fynlo.kernel.money import Money, currency

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from fynlo.platform.database import Row, Tx

TOTALS: Final = (
    "opening",
    "tendered",
    "change",
    "refund",
    "paid_in",
    "loan",
    "paid_out",
    "drop",
    "pickup",
)


def session(row: Row) -> DrawerSession:
    """Read a session from its row."""
    unit = currency(row["currency"])

    def maybe(name: str) -> Money | None:
        return None if row[name] is None else Money(row[name], unit)

    return DrawerSession(
        id=DrawerSessionId(row["id"]),
        register_id=RegisterId(row["register_id"]),
        state=DrawerState(row["state"]),
        currency=unit,
        totals={name: row[f"{name}_minor"] for name in TOTALS} | {"no_sale": 0},
        held=Money(row["held_minor"], unit),
        movements=row["movements"],
        opened_by=StaffId(row["opened_by"]),
        opened_at=row["opened_at"],
        version=row["version"],
        counted=maybe("counted_minor"),
        left_in_drawer=maybe("left_in_drawer_minor"),
        deposit=maybe("deposit_minor"),
        z_number=row["z_number"],
        closed_by=row["closed_by"] and StaffId(row["closed_by"]),
        closed_at=row["closed_at"],
    )


async def lock_open(
    tx: Tx, *, session_id: DrawerSessionId | None, register_id: RegisterId | None
) -> DrawerSession:
    """Lock the open session: the one that is named, or else the register's.

    Raises `DrawerSessionRequired` when none is open, `DrawerSessionMismatch` when the named one is
    another register's, `NotFound` for an unknown id.
    """
    if session_id is None and register_id is None:
        message = "Name the drawer session, or a register on the order."
        raise DrawerSessionRequired(message)
    row = await tx.fetchrow(
        """
        select * from drawer_sessions
        where merchant_id = $1 and (id = $2 or ($2 is null and register_id = $3 and state = 'open'))
        for no key update
        """,
        *(tx.merchant_id, session_id, register_id),
    )
    if row is None and session_id is not None:
        message = f"There is no drawer session {session_id}."
        raise NotFound(message)
    if row is None or row["state"] != DrawerState.OPEN:
        message = "No drawer session is open there."
        raise DrawerSessionRequired(message)
    found = session(row)
    if register_id is not None and found.register_id != register_id:
        message = f"That session is of register {found.register_id}, not {register_id}."
        raise DrawerSessionMismatch(message)
    return found


def save(
    tx: Tx,
    after: DrawerSession,
    *,
    was: DrawerSession,
    now: datetime,
    by: StaffId,
    movements: Sequence[Movement] = (),
) -> None:
    """Queue the session's new totals, compare and swap, and its movements in their order."""
    tx.write(
        """
        update drawer_sessions
        set tendered_minor = $4, change_minor = $5, refund_minor = $6, paid_in_minor = $7,
            loan_minor = $8, paid_out_minor = $9, drop_minor = $10, pickup_minor = $11,
            balance_minor = $12, held_minor = $13, movements = $14, version = version + 1
        where merchant_id = $1 and id = $2 and version = $3
        """,
        *(tx.merchant_id, after.id, was.version),
        *(after.totals[name] for name in TOTALS[1:]),
        *(after.expected.minor, after.held.minor, was.movements + len(movements)),
    )
    if movements:
        _append(tx, was, now, by, movements)


def _append(
    tx: Tx, was: DrawerSession, now: datetime, by: StaffId, movements: Sequence[Movement]
) -> None:
    balance = was.expected.minor
    balances = []
    for movement in movements:
        balance += DIRECTION[movement.type] * movement.amount.minor
        balances.append(balance)
    tx.write(
        """
        insert into drawer_movements (
          merchant_id, session_id, sequence, type, amount_minor, direction, currency,
          balance_minor, order_id, tender_id, reason, by_staff, at
        )
        select $1, $2, $3 + m.number, m.type, m.amount, m.direction, $4, m.balance, m.order_id,
               m.tender_id, m.reason, $5, $6
        from unnest($7::text[], $8::bigint[], $9::smallint[], $10::bigint[], $11::uuid[],
                    $12::uuid[], $13::text[])
          with ordinality
          as m (type, amount, direction, balance, order_id, tender_id, reason, number)
        """,
        *(tx.merchant_id, was.id, was.movements, was.currency.code, by, now),
        [movement.type for movement in movements],
        [movement.amount.minor for movement in movements],
        [DIRECTION[movement.type] for movement in movements],
        balances,
        [movement.order_id for movement in movements],
        [movement.tender_id for movement in movements],
        [movement.reason for movement in movements],
        rows=len(movements),
    )
