"""What people read of approvals: those they asked for, and those they could allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import LocationId, StaffId
from fynlo.staff.model import Actor, Role
from fynlo.staff.store_approvals import approval as read

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Tx
    from fynlo.staff.approvals import Approval, ApprovalState

_VISIBLE = """
  merchant_id = $1 and (
    requested_by = $2
    or (permissions <@ $3::text[] and ($4::uuid[] is null or location_id = any ($4))))
"""


def _by(actor: Actor) -> tuple[object, ...]:
    places = None if actor.role is Role.ADMIN else list(actor.location_ids)
    if actor.standing_at is not None:
        places = [actor.standing_at] if actor.works_at(actor.standing_at) else []
    return actor.staff_id, sorted(actor.permissions), places


@dataclass(frozen=True, slots=True)
class ApprovalFilter:
    """Which approvals to list, and after which moment and id the page starts."""

    state: ApprovalState | None = None
    target_id: UUID | None = None
    before: tuple[datetime, UUID] | None = None


async def approval(tx: Tx, actor: Actor, approval_id: UUID) -> Approval:
    """Read one; `NotFound` for who neither asked for it nor could allow it."""
    row = await tx.fetchrow(
        f"select * from approvals where {_VISIBLE} and id = $5",  # noqa: S608 - constants
        *(tx.merchant_id, *_by(actor), approval_id),
    )
    if row is None:
        message = f"There is no approval {approval_id}."
        raise NotFound(message)
    return read(row)


async def approvals(
    tx: Tx, actor: Actor, wanted: ApprovalFilter, now: datetime, limit: int
) -> list[Approval]:
    """List those that somebody may see, newest first."""
    at, last_id = wanted.before or (None, None)
    rows = await tx.fetch(
        f"""
        select * from approvals
        where {_VISIBLE}
          and ($5::text is null or $5 = case
            when state in ('pending', 'approved') and expires_at <= $6 then 'expired'
            else state end)
          and ($7::uuid is null or target_id = $7)
          and ($8::timestamptz is null or (requested_at, id) < ($8, $9::uuid))
        order by requested_at desc, id desc limit $10
        """,  # noqa: S608 - constants
        *(tx.merchant_id, *_by(actor), wanted.state, now, wanted.target_id, at, last_id, limit),
    )
    return [read(row) for row in rows]


async def who_has(tx: Tx, email: str) -> UUID | None:
    """Find who of this merchant's signs in with an address."""
    found: UUID | None = await tx.fetchval(
        "select id from staff where merchant_id = $1 and email = $2 and active",
        *(tx.merchant_id, email),
    )
    return found


async def actor(tx: Tx, staff_id: StaffId) -> Actor | None:
    """Read what somebody may do now, who is not asking; None for who left."""
    row = await tx.fetchrow(
        """
        select name, role, location_ids from staff
        where merchant_id = $1 and id = $2 and active for key share
        """,
        *(tx.merchant_id, staff_id),
    )
    if row is None:
        return None
    return Actor(
        staff_id=staff_id,
        name=row["name"],
        role=Role(row["role"]),
        location_ids=frozenset(LocationId(one) for one in row["location_ids"]),
    )
