"""All writing SQL of failed attempts; they precede every merchant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    import asyncpg


async def failures_since(
    connection: asyncpg.Connection, subject: str, since: datetime
) -> list[datetime]:
    """List the failed attempts of a subject, oldest first."""
    rows = await connection.fetch(
        """
        select failed_at from failed_attempts
        where subject = $1 and failed_at > $2 order by failed_at
        """,
        *(subject, since),
    )
    return [row["failed_at"] for row in rows]


async def lock(connection: asyncpg.Connection, subject: str) -> None:
    """Let nobody else count for a subject until this transaction ends; it may have no row yet."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", subject)


async def add(
    connection: asyncpg.Connection, subject: str, failure_id: UUID, now: datetime
) -> None:
    """Count a failed attempt."""
    await connection.execute(
        "insert into failed_attempts (subject, id, failed_at) values ($1, $2, $3)",
        *(subject, failure_id, now),
    )


async def forget(connection: asyncpg.Connection, subject: str) -> None:
    """Start counting anew."""
    await connection.execute("delete from failed_attempts where subject = $1", subject)


async def forget_before(
    connection: asyncpg.Connection, moment: datetime, day: datetime, daily: Sequence[str]
) -> int:
    """Remove attempts from before a moment, and the `daily` ones from before a day.

    One process at a time; return how many were removed.
    """
    if not await connection.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended('failed_attempts', 0))"
    ):
        return 0
    removed = await connection.execute(
        """
        delete from failed_attempts
        where failed_at <= $2 or (failed_at <= $1 and split_part(subject, ':', 1) <> all($3))
        """,
        *(moment, day, daily),
    )
    return int(removed.split()[-1])
