"""What people read of who may come in: sessions and API keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fynlo.kernel.ids import StaffId

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Row, Tx
    from fynlo.staff.model import Actor


async def sessions(
    tx: Tx,
    staff_id: StaffId,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """List what somebody is signed in to now, newest first."""
    at, last_id = after or (None, None)
    return await tx.fetch(
        """
        select s.id, s.staff_id, s.device_id, d.name as device, s.created_at, s.expires_at
        from sessions s
        left join devices d on d.merchant_id = s.merchant_id and d.id = s.device_id
        where s.merchant_id = $1 and s.staff_id = $2 and s.revoked_at is null and s.expires_at > $3
          and ($4::timestamptz is null or (s.created_at, s.id) < ($4, $5::uuid))
        order by s.created_at desc, s.id desc limit $6
        """,
        *(tx.merchant_id, staff_id, now, at, last_id, limit),
    )


async def whose_session(tx: Tx, session_id: UUID) -> UUID | None:
    """Find whose a session is, or was; None if it is nobody's here."""
    found: UUID | None = await tx.fetchval(
        "select staff_id from sessions where merchant_id = $1 and id = $2",
        *(tx.merchant_id, session_id),
    )
    return found


async def with_keys(tx: Tx, actor: Actor) -> Actor:
    """Return the actor with each key that they answer for or ever did: its acts are theirs too."""
    rows = await tx.fetch(
        """
        select key_id from key_answerers where merchant_id = $1 and staff_id = $2
        union
        select id from api_keys where merchant_id = $1 and staff_id = $2
        """,
        *(tx.merchant_id, actor.staff_id),
    )
    return replace(actor, keys=frozenset(StaffId(row["key_id"]) for row in rows))


async def keys(tx: Tx, after: tuple[datetime, UUID] | None, limit: int) -> list[Row]:
    """List the API keys that were not revoked, oldest first; expired ones too."""
    at, last_id = after or (None, None)
    return await tx.fetch(
        """
        select * from api_keys
        where merchant_id = $1 and revoked_at is null
          and ($2::timestamptz is null or (created_at, id) > ($2, $3::uuid))
        order by created_at, id limit $4
        """,
        *(tx.merchant_id, at, last_id, limit),
    )
