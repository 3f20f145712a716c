"""All writing SQL of API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    import asyncpg

    from fynlo.platform.database import Row, Tx


async def find(connection: asyncpg.Connection, key_hash: bytes) -> Row | None:
    """Find whose a key is, before any merchant is known, and when it was last used."""
    return await connection.fetchrow(
        "select merchant_id, id, last_used_at from api_keys where key_hash = $1", key_hash
    )


def note_use(tx: Tx, key_id: UUID, now: datetime, unless_since: datetime) -> None:
    """Queue when a key was last used; of many requests at once, one writes."""
    tx.write(
        """
        update api_keys set last_used_at = $3
        where merchant_id = $1 and id = $2
          and (last_used_at is null or last_used_at <= $4)
        """,
        *(tx.merchant_id, key_id, now, unless_since),
        rows=None,
    )


async def insert(tx: Tx, key_id: UUID, wish: Mapping[str, Any], now: datetime) -> bool:
    """Insert a key; False if its id is taken."""
    inserted = await tx.fetchval(
        """
        insert into api_keys (
          merchant_id, id, staff_id, name, prefix, key_hash, scopes, expires_at, created_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (merchant_id, id) do nothing
        returning true
        """,
        *(tx.merchant_id, key_id, wish["staff_id"], wish["name"], wish["prefix"]),
        *(wish["key_hash"], wish["scopes"], wish["expires_at"], now),
    )
    return inserted is not None


def answer_for(tx: Tx, key_id: UUID, staff_id: UUID, now: datetime) -> None:
    """Queue that somebody answers for a key, or did: that is never forgotten."""
    tx.write(
        """
        insert into key_answerers (merchant_id, staff_id, key_id, since)
        values ($1, $2, $3, $4)
        on conflict (merchant_id, staff_id, key_id) do nothing
        """,
        *(tx.merchant_id, staff_id, key_id, now),
        rows=None,
    )


async def lock(tx: Tx, key_id: UUID) -> Row:
    """Read a key in order to change it; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from api_keys where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, key_id),
    )
    if row is None:
        raise NotFound(f"There is no API key {key_id}.")
    return row


async def replace(tx: Tx, key_id: UUID, staff_id: UUID, prefix: str, key_hash: bytes) -> Row:
    """Put another secret in the place of a key's, for which somebody answers from now on."""
    row = await tx.fetchrow(
        """
        update api_keys set staff_id = $3, prefix = $4, key_hash = $5, last_used_at = null
        where merchant_id = $1 and id = $2
        returning *
        """,
        *(tx.merchant_id, key_id, staff_id, prefix, key_hash),
    )
    assert row is not None
    return row


def revoke(tx: Tx, key_id: UUID, now: datetime) -> None:
    """Queue a key's end; ending it twice keeps the first moment."""
    tx.write(
        """
        update api_keys set revoked_at = coalesce(revoked_at, $3)
        where merchant_id = $1 and id = $2
        """,
        *(tx.merchant_id, key_id, now),
    )


async def revoke_of(tx: Tx, staff_id: UUID, now: datetime) -> list[Row]:
    """Revoke every key that somebody answers for; return which those were."""
    return await tx.fetch(
        """
        update api_keys set revoked_at = $3
        where merchant_id = $1 and staff_id = $2 and revoked_at is null
        returning id, prefix
        """,
        *(tx.merchant_id, staff_id, now),
    )
