"""Who is asking, and may they? The first statement of every operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.errors import Unauthenticated
from fynlo.kernel.ids import LocationId, StaffId
from fynlo.staff.model import Actor, Role

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.platform.database import Tx
    from fynlo.staff.model import Caller, Permission


async def admit(tx: Tx, caller: Caller, permission: Permission | None, now: datetime) -> Actor:
    """Find the person behind a token, as they are now: logout and changed rights hold at once.

    Raises `Unauthenticated` once the session ended or the person left, `Forbidden` without the
    permission.
    """
    row = await tx.fetchrow(
        """
        select p.id, p.name, p.role, p.location_ids
        from sessions s
        join staff p on p.merchant_id = s.merchant_id and p.id = s.staff_id
        where s.merchant_id = $1 and s.id = $2 and s.staff_id = $3
          and s.revoked_at is null and s.expires_at > $4 and p.active
        """,
        *(tx.merchant_id, caller.session_id, caller.staff_id, now),
    )
    if row is None:
        message = "This session has ended."
        raise Unauthenticated(message)
    actor = Actor(
        staff_id=StaffId(row["id"]),
        name=row["name"],
        role=Role(row["role"]),
        location_ids=frozenset(LocationId(one) for one in row["location_ids"]),
    )
    if permission is not None:
        actor.must(permission)
    return actor
