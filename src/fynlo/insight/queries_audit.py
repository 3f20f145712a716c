"""What may be read of the audit trail: entries by what they are about, and the chain as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Row, Tx


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to list, and after which moment and id the page starts."""

    action: str | None = None
    actor_id: UUID | None = None
    target_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, UUID] | None = None


async def entries(tx: Tx, wanted: AuditFilter, limit: int) -> list[Row]:
    """List entries, newest first; `sequence` and `hash` are null while one waits to be tied."""
    at, last_id = wanted.before or (None, None)
    return await tx.fetch(
        """
        select e.id, e.at, e.content, c.sequence, encode(c.hash, 'hex') as hash
        from audit_entries e
        left join audit_chain c on c.merchant_id = e.merchant_id and c.entry_id = e.id
        where e.merchant_id = $1
          and ($2::text is null or e.action = $2)
          and ($3::uuid is null or e.actor_id = $3)
          and ($4::uuid is null or e.target_id = $4)
          and ($5::timestamptz is null or e.at >= $5)
          and ($6::timestamptz is null or e.at < $6)
          and ($7::timestamptz is null or (e.at, e.id) < ($7, $8::uuid))
        order by e.at desc, e.id desc limit $9
        """,
        *(tx.merchant_id, wanted.action, wanted.actor_id, wanted.target_id),
        *(wanted.since, wanted.until, at, last_id, limit),
    )


async def chained(tx: Tx, after: int, limit: int) -> list[Row]:
    """List the chain from the entry after a sequence on, each with its very text."""
    return await tx.fetch(
        """
        select c.sequence, encode(c.hash, 'hex') as hash, e.content
        from audit_chain c
        join audit_entries e on e.merchant_id = c.merchant_id and e.id = c.entry_id
        where c.merchant_id = $1 and c.sequence > $2
        order by c.sequence limit $3
        """,
        *(tx.merchant_id, after, limit),
    )
