"""Sessions over HTTP: what one is signed in to, and how to end it from afar."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import delete, get
from litestar.params import FromQuery, PathParameter

from fynlo.kernel.ids import StaffId
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import LIMIT_DEFAULT, Given, Limit, Moment, decode_cursor, encode_cursor
from fynlo.staff import queries_access
from fynlo.staff.admit import admit
from fynlo.staff.end_other_sessions import end_other_sessions
from fynlo.staff.end_session import end_session
from fynlo.staff.model import Caller, Permission
from fynlo.staff.ports import StaffPorts

SessionPath = Annotated[UUID, PathParameter(description="The session of somebody signed in.")]


class SessionOut(msgspec.Struct, frozen=True):
    """Somebody signed in, on a device of the shop's or on one of their own."""

    id: UUID
    staff_id: UUID
    device_id: UUID | None
    device: str | None
    created_at: datetime
    expires_at: datetime
    is_current: bool


class SessionList(msgspec.Struct, frozen=True):
    """A page of sessions."""

    items: list[SessionOut]
    next: str | None = None


@get("/auth/sessions", responses=SIGNED_IN)
async def list_sessions(
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
    staff_id: FromQuery[UUID | None] = None,
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> SessionList:
    """List what you, or with `staff.manage` another person, are signed in to, newest first."""
    caller.must_be_a_person()
    place = decode_cursor(after, tuple[Moment, UUID])
    now = staff_ports.clock.now()
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, now)
        whose = actor.staff_id if staff_id is None else StaffId(staff_id)
        if whose != actor.staff_id:
            actor.must(Permission.STAFF_MANAGE)
        rows = await queries_access.sessions(tx, whose, now, place, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return SessionList(
        items=[
            SessionOut(**dict(row), is_current=row["id"] == caller.session_id)
            for row in rows[:limit]
        ],
        next=encode_cursor(last["created_at"], last["id"]) if last else None,
    )


@delete("/auth/sessions/{session_id:uuid}", responses=SIGNED_IN)
async def delete_session(
    session_id: SessionPath, caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> None:
    """End a session at once: your own or, with `staff.manage`, another person's."""
    await end_session(staff_ports, caller, session_id)


@delete("/auth/sessions", responses=SIGNED_IN)
async def delete_other_sessions(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> None:
    """End everything that you are signed in to, but this session."""
    await end_other_sessions(staff_ports, caller)


HANDLERS: Final = (list_sessions, delete_session, delete_other_sessions)
