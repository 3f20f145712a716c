"""Sign out: the session ends at once, on every device that holds its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import store
from fynlo.staff.admit import admit

if TYPE_CHECKING:
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def logout(ports: Ports, caller: Caller) -> None:
    """End the caller's own session. Raises `Forbidden` for a key, which is revoked instead."""
    caller.must_be_a_person()
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, now)
        store.revoke_session(tx, caller.session_id, now)
        audit.record(tx, now, caller, Act("session.ended", "session", caller.session_id))
