"""End a session from afar: one's own on another device, or somebody's who may not go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import SessionId
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import queries_access, store
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def end_session(ports: Ports, caller: Caller, session_id: UUID) -> None:
    """End it at once; twice is harmless. Raises `NotFound`.

    Another person's needs `staff.manage`; without, it is refused with `Forbidden`. A key has none.
    """
    caller.must_be_a_person()
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, now)
        whose = await queries_access.whose_session(tx, session_id)
        if whose is None:
            raise NotFound(f"There is no session {session_id}.")
        if whose != actor.staff_id:
            actor.must(Permission.STAFF_MANAGE)
        store.revoke_session(tx, SessionId(session_id), now)
        act = Act("session.ended", "session", session_id, before={"staff_id": whose})
        audit.record(tx, now, caller, act)
