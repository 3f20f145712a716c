"""All writing SQL of drawer sessions and their movements; counts have a store of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.drawers.model.errors import DrawerSessionRequired
from fynlo.drawers.model.session import DIRECTION, DrawerSession, DrawerState, Movement
from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import DrawerSessionId, LocationId, RegisterId, StaffId
from fynlo.kernel.money import Money, currency

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from fynlo.kernel.money import Currency
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
        location_id=LocationId(row["location_id"]),
        state=DrawerState(row["state"]),
        currency=unit,
        totals={name: row[f"{name}_minor"] for name in TOTALS},
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


async def lock(tx: Tx, session_id: DrawerSessionId) -> DrawerSession:
    """Lock a session that was read before, open or closed: it never goes away."""
    row = await _lock(tx, session_id, None)
    assert row is not None
    return session(row)


async def lock_open(
    tx: Tx, *, session_id: DrawerSessionId | None, register_id: RegisterId | None
) -> DrawerSession:
    """Lock the open session: the one that is named, or else the register's.

    Raises `DrawerSessionRequired` when none is open, `NotFound` for an unknown id.
    """
    if session_id is None and register_id is None:
        message = "Name the drawer session, or a register on the order."
        raise DrawerSessionRequired(message)
    row = await _lock(tx, session_id, register_id)
    if row is None and session_id is not None:
        message = f"There is no drawer session {session_id}."
        raise NotFound(message)
    if row is None or row["state"] != DrawerState.OPEN:
        message = "No drawer session is open there."
        raise DrawerSessionRequired(message)
    return session(row)


async def _lock(
    tx: Tx, session_id: DrawerSessionId | None, register_id: RegisterId | None
) -> Row | None:
    return await tx.fetchrow(
        """
        select d.*, r.location_id
        from drawer_sessions d
        join registers r on r.merchant_id = d.merchant_id and r.id = d.register_id
        where d.merchant_id = $1
          and (d.id = $2 or ($2 is null and d.register_id = $3 and d.state = 'open'))
        for no key update of d
        """,
        *(tx.merchant_id, session_id, register_id),
    )


async def lock_fitting(
    tx: Tx,
    *,
    session_id: DrawerSessionId | None,
    register_id: RegisterId | None,
    location_id: LocationId,
    unit: Currency,
) -> DrawerSession:
    """Lock the open session that takes or gives the cash of an order: named, or its register's.

    Raises what `lock_open` raises, and `DrawerSessionMismatch` when the session is of another
    register than this one or of another location than the order, or holds another currency.
    """
    found = await lock_open(tx, session_id=session_id, register_id=register_id)
    found.must_fit(location_id, register_id, unit)
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
        append(tx, was, now, by, movements)


def append(
    tx: Tx, was: DrawerSession, now: datetime, by: StaffId, movements: Sequence[Movement]
) -> None:
    """Queue movements after those that `was` counts, each with the balance behind it."""
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a register stands, and what an opening there obeys."""

    location_id: LocationId
    currency: Currency
    is_float_required: bool


async def place(tx: Tx, register_id: RegisterId) -> Place | None:
    """Find where an active register stands; None if there is none."""
    row = await tx.fetchrow(
        """
        select l.id, l.currency, s.opening_balance_required
        from registers r
        join locations l on l.merchant_id = r.merchant_id and l.id = r.location_id
        join rules s on s.merchant_id = l.merchant_id and s.location_id = l.id
        where r.merchant_id = $1 and r.id = $2 and r.active and l.active
        """,
        *(tx.merchant_id, register_id),
    )
    if row is None:
        return None
    return Place(LocationId(row["id"]), currency(row["currency"]), row["opening_balance_required"])


def insert(
    tx: Tx,
    session_id: DrawerSessionId,
    register_id: RegisterId,
    opening: Money,
    *,
    now: datetime,
    by: StaffId,
) -> None:
    """Queue a new session and its opening movement; a second open one fails at its index."""
    tx.write(
        """
        insert into drawer_sessions (
          merchant_id, id, register_id, state, currency, opening_minor, balance_minor, movements,
          opened_by, opened_at
        )
        values ($1, $2, $3, 'open', $4, $5, $5, 1, $6, $7)
        """,
        *(tx.merchant_id, session_id, register_id, opening.currency.code, opening.minor, by, now),
    )
    tx.write(
        """
        insert into drawer_movements (
          merchant_id, session_id, sequence, type, amount_minor, direction, currency,
          balance_minor, by_staff, at
        )
        values ($1, $2, 1, 'opening', $3, 1, $4, $3, $5, $6)
        """,
        *(tx.merchant_id, session_id, opening.minor, opening.currency.code, by, now),
    )


async def read(tx: Tx, session_id: DrawerSessionId) -> DrawerSession:
    """Read a session without a lock; `NotFound` if there is none."""
    row = await tx.fetchrow(
        """
        select d.*, r.location_id
        from drawer_sessions d
        join registers r on r.merchant_id = d.merchant_id and r.id = d.register_id
        where d.merchant_id = $1 and d.id = $2
        """,
        *(tx.merchant_id, session_id),
    )
    if row is None:
        raise NotFound(f"There is no drawer session {session_id}.")
    return session(row)


async def find_open(tx: Tx, register_id: RegisterId) -> DrawerSession:
    """Read the register's open session; `NotFound` if none is open."""
    row = await tx.fetchrow(
        """
        select d.*, r.location_id
        from drawer_sessions d
        join registers r on r.merchant_id = d.merchant_id and r.id = d.register_id
        where d.merchant_id = $1 and d.register_id = $2 and d.state = 'open'
        """,
        *(tx.merchant_id, register_id),
    )
    if row is None:
        raise NotFound("No drawer session is open there.")
    return session(row)


@dataclass(frozen=True, slots=True)
class ClosingRules:
    """What the shop asks of a closing, and what the Z report needs to be named."""

    count_required: bool
    tolerance_minor: int
    register_name: str
    z_number: int


async def closing_rules(tx: Tx, register_id: RegisterId) -> ClosingRules:
    """Read what a closing of this register's session obeys, and its next Z number.

    Two closes of one register cannot meet here: only its one open session can be closed.
    """
    row = await tx.fetchrow(
        """
        select s.closing_balance_required, s.drawer_tolerance_minor, r.name,
          1 + coalesce((select max(z_number) from drawer_sessions
            where merchant_id = $1 and register_id = $2), 0) as z_number
        from registers r
        join rules s on s.merchant_id = r.merchant_id and s.location_id = r.location_id
        where r.merchant_id = $1 and r.id = $2
        """,
        *(tx.merchant_id, register_id),
    )
    assert row is not None
    return ClosingRules(
        row["closing_balance_required"], row["drawer_tolerance_minor"], row["name"], row["z_number"]
    )


def save_closed(tx: Tx, after: DrawerSession, *, was: DrawerSession) -> None:
    """Queue the end of a session, compare and swap."""
    counted, left, deposit = after.counted, after.left_in_drawer, after.deposit
    assert counted is not None
    assert left is not None
    assert deposit is not None
    tx.write(
        """
        update drawer_sessions
        set state = 'closed', counted_minor = $4, left_in_drawer_minor = $5, deposit_minor = $6,
            z_number = $7, closed_by = $8, closed_at = $9, movements = $10, version = version + 1
        where merchant_id = $1 and id = $2 and version = $3 and state = 'open'
        """,
        *(tx.merchant_id, after.id, was.version, counted.minor, left.minor, deposit.minor),
        *(after.z_number, after.closed_by, after.closed_at, after.movements),
    )
