"""All writing SQL of devices, and of the sessions on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.ids import MerchantId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    import asyncpg

    from fynlo.platform.database import Row, Tx


async def find(connection: asyncpg.Connection, token_hash: bytes) -> tuple[MerchantId, UUID] | None:
    """Find whose a device is by its token, before any merchant is known."""
    row = await connection.fetchrow(
        "select merchant_id, id from devices where token_hash = $1", token_hash
    )
    return None if row is None else (MerchantId(row["merchant_id"]), row["id"])


async def insert(tx: Tx, device_id: UUID, wish: Mapping[str, Any], now: datetime) -> bool:
    """Insert a device; False if its id is taken."""
    inserted = await tx.fetchval(
        """
        insert into devices (
          merchant_id, id, register_id, name, token_hash, created_by, created_at
        )
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (merchant_id, id) do nothing
        returning true
        """,
        *(tx.merchant_id, device_id, wish["register_id"], wish["name"], wish["token_hash"]),
        *(wish["created_by"], now),
    )
    return inserted is not None


async def standing(tx: Tx, device_id: UUID) -> Row | None:
    """Read a device that is in use at a register in use; it stays so until the commit."""
    return await tx.fetchrow(
        """
        select d.id, d.register_id, r.location_id
        from devices d
        join registers r on r.merchant_id = d.merchant_id and r.id = d.register_id
        where d.merchant_id = $1 and d.id = $2 and d.revoked_at is null and r.active
        for share of d
        """,
        *(tx.merchant_id, device_id),
    )


async def revoke(tx: Tx, register_id: UUID, device_id: UUID, now: datetime) -> bool:
    """Revoke a device of a register, with every session on it; False if there is none.

    Revoking it twice keeps the first moment.
    """
    found = await tx.fetchval(
        """
        update devices set revoked_at = coalesce(revoked_at, $4)
        where merchant_id = $1 and register_id = $2 and id = $3
        returning true
        """,
        *(tx.merchant_id, register_id, device_id, now),
    )
    tx.write(
        """
        update sessions set revoked_at = $3
        where merchant_id = $1 and device_id = $2 and revoked_at is null
        """,
        *(tx.merchant_id, device_id, now),
        rows=None,
    )
    return found is not None
