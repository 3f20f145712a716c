"""End everything else that one is signed in to: a password is known, or a phone is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import store
from fynlo.staff.admit import admit

if TYPE_CHECKING:
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def end_other_sessions(ports: Ports, caller: Caller) -> None:
    """End every session of the caller's at once, but the one that asks."""
    caller.must_be_a_person()
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, now)
        store.revoke_sessions_of(tx, actor.staff_id, now, caller.session_id)
        audit.record(tx, now, caller, Act("sessions.ended", "person", actor.staff_id))
