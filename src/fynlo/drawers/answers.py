"""What drawers look like on the wire: by the permission of who is shown them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from fynlo.drawers.model.counts import CountKind, opening_difference
from fynlo.drawers.model.session import DrawerState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.drawers.model.counts import Approval, Count
    from fynlo.drawers.model.session import DrawerSession, Movement
    from fynlo.kernel.ids import CommandId, DrawerSessionId
    from fynlo.kernel.money import Money


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

    id: UUID
    session_id: UUID
    sequence: int
    type: str
    amount: int
    currency: str
    reason: str | None
    created_at: datetime


class CountOut(msgspec.Struct, frozen=True, kw_only=True):
    """What one person found in the drawer; what was expected only for who may read reports."""

    id: UUID
    session_id: UUID
    kind: CountKind
    counted: int
    currency: str
    denominations: dict[int, int] | None
    counted_by: UUID
    created_at: datetime
    expected: int | UnsetType | None = UNSET
    variance: int | UnsetType | None = UNSET


class ReportOut(msgspec.Struct, frozen=True, kw_only=True):
    """X while the session is open, Z once it is closed; minor units.

    Who closes a drawer without the right to read reports is told what they counted, and nothing of
    what was expected.
    """

    id: UUID
    register_id: UUID
    state: DrawerState
    currency: str
    z_number: int | None
    counted: int | None
    left_in_drawer: int | None
    deposit: int | None
    cash_pending: int
    movements: int
    approved_by: UUID | None
    reason: str | None
    opened_by: UUID
    opened_at: datetime
    closed_by: UUID | None
    closed_at: datetime | None
    totals: dict[str, int] | UnsetType = UNSET
    expected: int | UnsetType = UNSET
    variance: int | UnsetType | None = UNSET
    opening_difference: int | UnsetType | None = UNSET
    counts: list[CountOut] | UnsetType = UNSET


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


def count_out(session_id: DrawerSessionId, count: Count, *, in_full: bool) -> CountOut:
    """Show a count; in full, with what was expected at that moment."""
    blind = CountOut(
        id=count.id,
        session_id=session_id,
        kind=count.kind,
        counted=count.counted.minor,
        currency=count.counted.currency.code,
        denominations=None if count.denominations is None else dict(count.denominations),
        counted_by=count.counted_by,
        created_at=count.counted_at,
    )
    if not in_full:
        return blind
    if count.expected is None:
        return msgspec.structs.replace(blind, expected=None, variance=None)
    return msgspec.structs.replace(
        blind, expected=count.expected.minor, variance=count.variance.minor
    )


def report_out(
    session: DrawerSession, counts: Sequence[Count], approval: Approval, *, in_full: bool
) -> ReportOut:
    """Show what a session came to; in full, with what was expected and all that led there."""
    standing = session.standing(counts)
    counted = session.counted if standing is None else standing.counted
    blind = ReportOut(
        id=session.id,
        register_id=session.register_id,
        state=session.state,
        currency=session.currency.code,
        z_number=session.z_number,
        counted=_minor(counted),
        left_in_drawer=_minor(session.left_in_drawer),
        deposit=_minor(session.deposit),
        cash_pending=session.held.minor,
        movements=session.movements,
        approved_by=approval.by,
        reason=approval.reason,
        opened_by=session.opened_by,
        opened_at=session.opened_at,
        closed_by=session.closed_by,
        closed_at=session.closed_at,
    )
    if not in_full:
        return blind
    return msgspec.structs.replace(
        blind,
        totals=session.totals,
        expected=session.expected.minor,
        variance=None if counted is None else (counted - session.expected).minor,
        opening_difference=_minor(opening_difference(counts)),
        counts=[count_out(session.id, one, in_full=True) for one in counts],
    )


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor


def session_answer(session: DrawerSession) -> bytes:
    """Write a session as the body of an answer."""
    return msgspec.json.encode(session_out(session))


def count_answer(session_id: DrawerSessionId, count: Count, *, in_full: bool) -> bytes:
    """Write a count as the body of an answer."""
    return msgspec.json.encode(count_out(session_id, count, in_full=in_full))


def report_answer(
    session: DrawerSession, counts: Sequence[Count], approval: Approval, *, in_full: bool
) -> bytes:
    """Write a report as the body of an answer."""
    return msgspec.json.encode(report_out(session, counts, approval, in_full=in_full))


def movement_answer(
    by: CommandId, session_id: DrawerSessionId, sequence: int, movement: Movement, now: datetime
) -> bytes:
    """Write a movement as an answer's body; its id is that of the command that asked for it."""
    return msgspec.json.encode(
        MovementOut(
            id=by,
            session_id=session_id,
            sequence=sequence,
            type=movement.type,
            amount=movement.amount.minor,
            currency=movement.amount.currency.code,
            reason=movement.reason,
            created_at=now,
        )
    )
