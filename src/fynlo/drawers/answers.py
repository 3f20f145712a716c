"""What drawers look like on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from fynlo.drawers.model.session import DrawerState

if TYPE_CHECKING:
    from fynlo.drawers.model.session import DrawerSession, Movement
    from fynlo.kernel.ids import DrawerSessionId


class SessionOut(msgspec.Struct, frozen=True):
    """A drawer session as its operator may see it: nothing here tells what should be in it."""

    id: UUID
    register_id: UUID
    state: DrawerState
    currency: str
    opening_amount: int
    opened_by: UUID
    created_at: datetime
    version: int


class MovementOut(msgspec.Struct, frozen=True):
    """One movement of cash; `amount` is a magnitude in minor units."""

    session_id: UUID
    sequence: int
    type: str
    amount: int
    currency: str
    reason: str | None
    created_at: datetime


class ReportOut(msgspec.Struct, frozen=True):
    """X while the session is open, Z once it is closed; minor units."""

    id: UUID
    register_id: UUID
    state: DrawerState
    currency: str
    z_number: int | None
    totals: dict[str, int]
    expected: int
    counted: int | None
    variance: int | None
    left_in_drawer: int | None
    deposit: int | None
    cash_pending: int
    movements: int
    opened_at: datetime
    closed_at: datetime | None


def session_out(session: DrawerSession) -> SessionOut:
    """Show a session to whoever operates it."""
    return SessionOut(
        id=session.id,
        register_id=session.register_id,
        state=session.state,
        currency=session.currency.code,
        opening_amount=session.totals["opening"],
        opened_by=session.opened_by,
        created_at=session.opened_at,
        version=session.version,
    )


def report_out(session: DrawerSession) -> ReportOut:
    """Show all that a session came to."""
    counted = session.counted
    return ReportOut(
        id=session.id,
        register_id=session.register_id,
        state=session.state,
        currency=session.currency.code,
        z_number=session.z_number,
        totals=session.totals,
        expected=session.expected.minor,
        counted=None if counted is None else counted.minor,
        variance=None if counted is None else session.variance.minor,
        left_in_drawer=None if session.left_in_drawer is None else session.left_in_drawer.minor,
        deposit=None if session.deposit is None else session.deposit.minor,
        cash_pending=session.held.minor,
        movements=session.movements,
        opened_at=session.opened_at,
        closed_at=session.closed_at,
    )


def session_answer(session: DrawerSession) -> bytes:
    """Write a session as the body of an answer."""
    return msgspec.json.encode(session_out(session))


def report_answer(session: DrawerSession) -> bytes:
    """Write a report as the body of an answer."""
    return msgspec.json.encode(report_out(session))


def movement_answer(
    session_id: DrawerSessionId, sequence: int, movement: Movement, now: datetime
) -> bytes:
    """Write a movement as the body of an answer."""
    return msgspec.json.encode(
        MovementOut(
            session_id=session_id,
            sequence=sequence,
            type=movement.type,
            amount=movement.amount.minor,
            currency=movement.amount.currency.code,
            reason=movement.reason,
            created_at=now,
        )
    )
