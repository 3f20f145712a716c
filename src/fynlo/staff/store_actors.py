"""One id names one who acts, a person or a key: else one of them would pass for the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.database import Tx


async def is_a_persons(tx: Tx, actor_id: UUID) -> bool:
    """Whether a person has this id; until the commit no other transaction gives it to anybody."""
    await _lock(tx, actor_id)
    found: bool = await tx.fetchval(
        "select exists (select from staff where merchant_id = $1 and id = $2)",
        *(tx.merchant_id, actor_id),
    )
    return found


async def is_a_keys(tx: Tx, actor_id: UUID) -> bool:
    """Whether a key has this id; until the commit no other transaction gives it to anybody."""
    await _lock(tx, actor_id)
    found: bool = await tx.fetchval(
        "select exists (select from api_keys where merchant_id = $1 and id = $2)",
        *(tx.merchant_id, actor_id),
    )
    return found


async def _lock(tx: Tx, actor_id: UUID) -> None:
    # A statement of its own: the next one sees what the holder before has committed.
    subject = f"actor:{tx.merchant_id}:{actor_id}"
    await tx.fetchval("select pg_advisory_xact_lock(hashtextextended($1, 0))", subject)
