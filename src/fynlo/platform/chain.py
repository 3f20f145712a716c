"""The chain: each entry of the audit trail is tied to the one before it, one at a time.

Who ties holds the lock of the chain's end, so there is one order. Whatever is changed, put between
or taken away afterwards does not fit: `fynlo verify` calculates all of it again, and whoever keeps
a hash from elsewhere, such as an export or the log, sees even a chain that was made anew.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from fynlo.kernel.ids import MerchantId
from fynlo.platform.telemetry import log

if TYPE_CHECKING:
    from fynlo.platform.database import Database, Row, Tx
    from fynlo.platform.ports import Ports

BATCH_MAX: Final = 500
MERCHANTS_MAX: Final = 100
BEGINNING: Final = bytes(32)
"""What stands before the first entry."""

_WAITING: Final = """
    select merchant_id from audit_waiting group by merchant_id
    order by min(due_at), merchant_id limit $1
"""


def link(previous: bytes, content: str) -> bytes:
    """Return the hash of an entry: SHA-256 of the hash before it, and of its very text."""
    return hashlib.sha256(previous + content.encode()).digest()


async def chain_due(ports: Ports) -> int:
    """Tie what waits into its merchant's chain; return how many entries were tied."""
    async with ports.db.system() as connection:
        rows = await connection.fetch(_WAITING, MERCHANTS_MAX)
    return sum([await _chain(ports.db, MerchantId(row["merchant_id"])) for row in rows])


async def _chain(db: Database, merchant_id: MerchantId) -> int:
    async with db.transaction(merchant_id) as tx:
        head = await _lock(tx)
        if head is None:  # Somebody else makes it longer at this moment.
            return 0
        entries = await tx.fetch(
            """
            select w.position, e.id, e.content
            from audit_waiting w
            join audit_entries e on e.merchant_id = w.merchant_id and e.id = w.entry_id
            where w.merchant_id = $1 order by w.position limit $2
            """,
            *(merchant_id, BATCH_MAX),
        )
        if not entries:
            return 0
        first, last_hash, hashes = head["last_sequence"] + 1, head["last_hash"], []
        for entry in entries:
            last_hash = link(last_hash, entry["content"])
            hashes.append(last_hash)
        _tie(tx, first, entries, hashes)
        last = first + len(entries) - 1
    # A log is kept elsewhere: from it an end is known that nobody can take back.
    log.info("audited", merchant_id=str(merchant_id), sequence=last, hash=last_hash.hex())
    return len(entries)


async def _lock(tx: Tx) -> Row | None:
    tx.write(
        """
        insert into audit_heads (merchant_id, last_sequence, last_hash) values ($1, 0, $2)
        on conflict (merchant_id) do nothing
        """,
        *(tx.merchant_id, BEGINNING),
        rows=None,
    )
    return await tx.fetchrow(
        """
        select last_sequence, last_hash from audit_heads
        where merchant_id = $1 for no key update skip locked
        """,
        tx.merchant_id,
    )


def _tie(tx: Tx, first: int, entries: list[Row], hashes: list[bytes]) -> None:
    tx.write(
        """
        insert into audit_chain (merchant_id, sequence, entry_id, hash)
        select $1, $2 + t.place - 1, t.entry_id, t.hash
        from unnest($3::uuid[], $4::bytea[]) with ordinality as t (entry_id, hash, place)
        """,
        *(tx.merchant_id, first, [entry["id"] for entry in entries], hashes),
        rows=len(entries),
    )
    tx.write(
        "delete from audit_waiting where merchant_id = $1 and position = any ($2::bigint[])",
        *(tx.merchant_id, [entry["position"] for entry in entries]),
        rows=len(entries),
    )
    tx.write(
        "update audit_heads set last_sequence = $2, last_hash = $3 where merchant_id = $1",
        *(tx.merchant_id, first + len(entries) - 1, hashes[-1]),
    )
