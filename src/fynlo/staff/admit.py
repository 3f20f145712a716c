"""Who is asking, and may they? The first statement of every operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import Unauthenticated
from fynlo.kernel.ids import LocationId, RegisterId, StaffId
from fynlo.staff.model import Actor, Permission, Role

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.platform.database import Row, Tx
    from fynlo.staff.model import Caller

# A device's row and its register's decide too: its sessions are out with them, whoever opens one
# meanwhile.
_OF_SESSION: Final = """
    select p.id, p.name, p.role, p.location_ids, null::text[] as scopes,
           r.id as register_id, r.location_id as standing_at
    from sessions s
    join staff p on p.merchant_id = s.merchant_id and p.id = s.staff_id
    left join devices d on d.merchant_id = s.merchant_id and d.id = s.device_id
    left join registers r on r.merchant_id = d.merchant_id and r.id = d.register_id
    where s.merchant_id = $1 and s.id = $2 and s.staff_id = $3
      and s.revoked_at is null and s.expires_at > $4 and p.active and d.revoked_at is null
      and coalesce(r.active, true)
"""
# A key holds no longer than whoever answers for it works here, and never under a person's id.
_OF_KEY: Final = """
    select k.id, k.name, p.role, p.location_ids, k.scopes,
           null::uuid as register_id, null::uuid as standing_at
    from api_keys k
    join staff p on p.merchant_id = k.merchant_id and p.id = k.staff_id
    where k.merchant_id = $1 and k.id = $2 and k.id = $3
      and k.revoked_at is null and (k.expires_at is null or k.expires_at > $4) and p.active
      and not exists (select from staff o where o.merchant_id = k.merchant_id and o.id = k.id)
"""


async def admit(tx: Tx, caller: Caller, permission: Permission | None, now: datetime) -> Actor:
    """Find who is behind a token or a key, as they are now: what changed holds at once.

    Raises `Unauthenticated` once the session or key ended or the person left, `Forbidden` without
    the permission.
    """
    row = await tx.fetchrow(
        _OF_KEY if caller.is_key else _OF_SESSION,
        *(tx.merchant_id, caller.session_id, caller.staff_id, now),
    )
    if row is None:
        message = "This key has ended." if caller.is_key else "This session has ended."
        raise Unauthenticated(message)
    actor = _actor(row)
    if permission is not None:
        actor.must(permission)
    return actor


def _actor(row: Row) -> Actor:
    scopes, register_id, standing_at = row["scopes"], row["register_id"], row["standing_at"]
    return Actor(
        staff_id=StaffId(row["id"]),
        name=row["name"],
        role=Role(row["role"]),
        location_ids=frozenset(LocationId(one) for one in row["location_ids"]),
        scopes=None if scopes is None else frozenset(one for one in Permission if one in scopes),
        register_id=None if register_id is None else RegisterId(register_id),
        standing_at=None if standing_at is None else LocationId(standing_at),
    )
