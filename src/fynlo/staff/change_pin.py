"""Change one's own PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.staff.admit import admit
from fynlo.staff.hashing import hashed
from fynlo.staff.prove import prove
from fynlo.staff.save import save
from fynlo.staff.vouch import vouch

if TYPE_CHECKING:
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def change_pin(ports: Ports, caller: Caller, password: str, pin: str) -> None:
    """Set the caller's PIN. Others may have the same: nobody learns whether.

    What they are signed in to on devices ends, but this session.

    Raises `ProofInvalid` for a wrong password, `TooManyAttempts`.
    """
    caller.must_be_a_person()
    now = ports.clock.now()
    proven = await prove(ports, caller.merchant_id, caller.staff_id, password=password)
    columns = await hashed({"pin": pin})
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, now)
        await vouch(tx, proven, None)
        await save(tx, actor.staff_id, columns, now, but=caller.session_id, by=caller)
