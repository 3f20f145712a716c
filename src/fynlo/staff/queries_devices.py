"""What people read of devices, and devices of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import LocationId
    from fynlo.platform.database import Row, Tx


async def device(tx: Tx, device_id: UUID) -> Row:
    """Read a device that is there."""
    row = await tx.fetchrow(
        """
        select id, register_id, name, created_by, created_at, revoked_at
        from devices where merchant_id = $1 and id = $2
        """,
        *(tx.merchant_id, device_id),
    )
    assert row is not None
    return row


async def devices(
    tx: Tx, register_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> list[Row]:
    """List the devices of a register, those that were revoked too, oldest first."""
    at, last_id = after or (None, None)
    return await tx.fetch(
        """
        select id, register_id, name, created_by, created_at, revoked_at
        from devices
        where merchant_id = $1 and register_id = $2
          and ($3::timestamptz is null or (created_at, id) > ($3, $4::uuid))
        order by created_at, id limit $5
        """,
        *(tx.merchant_id, register_id, at, last_id, limit),
    )


async def people_with_pins(
    tx: Tx, location_id: LocationId, after: tuple[str, UUID] | None, limit: int
) -> list[Row]:
    """List who can sign in with a PIN at a location, by name: an admin can everywhere."""
    name, last_id = after or (None, None)
    return await tx.fetch(
        """
        select id, name from staff
        where merchant_id = $1 and active and pin_hash is not null
          and (role = 'admin' or $2 = any (location_ids))
          and ($3::text is null or (name, id) > ($3, $4::uuid))
        order by name, id limit $5
        """,
        *(tx.merchant_id, location_id, name, last_id, limit),
    )
