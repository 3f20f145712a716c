"""All writing SQL of password resets: anybody asks, and the worker finds out whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    import asyncpg

    from fynlo.kernel.ids import MerchantId, StaffId
    from fynlo.platform.database import Row, Tx


async def ask(connection: asyncpg.Connection, reset_id: UUID, email: str, now: datetime) -> None:
    """Note that somebody asked for a reset of an address; nobody knows yet whose it is."""
    await connection.execute(
        """
        insert into password_resets (id, email, requested_at, due_at) values ($1, $2, $3, $3)
        """,
        *(reset_id, email, now),
    )


async def claim(
    connection: asyncpg.Connection, now: datetime, until: datetime, limit: int
) -> list[Row]:
    """Take what is due for this process until a moment; after it somebody else may."""
    rows: list[Row] = await connection.fetch(
        """
        update password_resets set due_at = $2, attempts = attempts + 1
        where id in (
          select id from password_resets
          where due_at <= $1 order by due_at limit $3 for update skip locked
        )
        returning id, email, attempts
        """,
        *(now, until, limit),
    )
    return rows


async def prepare(
    connection: asyncpg.Connection,
    reset_id: UUID,
    whose: tuple[MerchantId, StaffId],
    token_hash: bytes,
    expires_at: datetime,
) -> bool:
    """Write down whose reset it is and by which token it is known; an earlier token is void.

    False when the reset itself became void meanwhile.
    """
    written = await connection.execute(
        """
        update password_resets
        set merchant_id = $2, staff_id = $3, token_hash = $4, expires_at = $5
        where id = $1 and used_at is null
        """,
        *(reset_id, *whose, token_hash, expires_at),
    )
    return bool(written == "UPDATE 1")


async def postpone(connection: asyncpg.Connection, reset_id: UUID, due_at: datetime | None) -> None:
    """Set when its mail is tried again; None once it is sent."""
    await connection.execute(
        "update password_resets set due_at = $2 where id = $1 and used_at is null",
        *(reset_id, due_at),
    )


async def drop(connection: asyncpg.Connection, reset_id: UUID) -> None:
    """Remove a reset that comes to nothing."""
    await connection.execute("delete from password_resets where id = $1", reset_id)


async def find(connection: asyncpg.Connection, token_hash: bytes) -> MerchantId | None:
    """Find whose a token is, before any merchant is known."""
    found: MerchantId | None = await connection.fetchval(
        "select merchant_id from password_resets where token_hash = $1", token_hash
    )
    return found


async def use(tx: Tx, token_hash: bytes, now: datetime) -> Row | None:
    """Take a token, once: the second of two at the same moment gets None."""
    return await tx.fetchrow(
        """
        update password_resets set used_at = $3, due_at = null
        where merchant_id = $1 and token_hash = $2 and used_at is null and expires_at > $3
        returning staff_id, email
        """,
        *(tx.merchant_id, token_hash, now),
    )


def void(tx: Tx, staff_id: StaffId, now: datetime) -> None:
    """Queue the end of every reset that somebody could still use."""
    tx.write(
        """
        update password_resets set used_at = $3, due_at = null
        where merchant_id = $1 and staff_id = $2 and used_at is null
        """,
        *(tx.merchant_id, staff_id, now),
        rows=None,
    )


async def forget_before(connection: asyncpg.Connection, moment: datetime) -> int:
    """Remove what was asked for before a moment; return how many rows that was."""
    removed = await connection.execute(
        "delete from password_resets where requested_at <= $1", moment
    )
    return int(removed.split()[-1])
