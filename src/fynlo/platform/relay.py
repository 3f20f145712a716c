"""The relay: what committed operations left in the outbox is numbered, then published.

One relay at a time per merchant: the stream's row is its lock, and whoever comes next goes on where
the last one died. Numbers have no gaps, and an order's events keep their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from redis.exceptions import RedisError

from fynlo.kernel.ids import MerchantId
from fynlo.platform.telemetry import log

if TYPE_CHECKING:
    from datetime import datetime

    from redis.asyncio import Redis

    from fynlo.platform.database import Database, Row, Tx
    from fynlo.platform.ports import Ports

BATCH_MAX: Final = 500
MERCHANTS_MAX: Final = 100
CHANNEL: Final = "fynlo:events:{merchant_id}"

# Who waits longest is first, so that nobody starves behind a crowd.
_UNNUMBERED: Final = """
    select merchant_id from outbox group by merchant_id order by min(due_at), merchant_id limit $1
"""
_UNPUBLISHED: Final = """
    select merchant_id from event_streams where due_at is not null
    order by due_at, merchant_id limit $1
"""


async def relay_due(ports: Ports, valkey: Redis | None) -> int:
    """Number and publish what is due; return how many events were numbered.

    Without Valkey, or while it is down, events wait in the database and are published later.
    """
    done = 0
    for merchant_id in await _waiting(ports.db, _UNNUMBERED):
        done += await _number(ports.db, merchant_id, ports.clock.now())
    if valkey is not None:
        try:
            for merchant_id in await _waiting(ports.db, _UNPUBLISHED):
                await _publish(ports.db, merchant_id, valkey)
        except RedisError as error:
            log.warning("events not published yet", reason=type(error).__name__)
    return done


async def _waiting(db: Database, question: str) -> list[MerchantId]:
    async with db.system() as connection:
        rows = await connection.fetch(question, MERCHANTS_MAX)
    return [MerchantId(row["merchant_id"]) for row in rows]


async def _lock(tx: Tx) -> Row | None:
    """Take the merchant's stream, unless another relay has it."""
    tx.write(
        """
        insert into event_streams (merchant_id, last_sequence, published_sequence)
        values ($1, 0, 0)
        on conflict (merchant_id) do nothing
        """,
        tx.merchant_id,
        rows=None,
    )
    return await tx.fetchrow(
        """
        select last_sequence, published_sequence from event_streams
        where merchant_id = $1 for no key update skip locked
        """,
        tx.merchant_id,
    )


async def _number(db: Database, merchant_id: MerchantId, now: datetime) -> int:
    async with db.transaction(merchant_id) as tx:
        stream = await _lock(tx)
        if stream is None:
            return 0
        count: int = await tx.fetchval(
            """
            with taken as (
              delete from outbox where merchant_id = $1 and position in (
                select position from outbox where merchant_id = $1 order by position limit $3)
              returning *
            ), numbered as (
              insert into events (merchant_id, sequence, id, type, rooms, payload, at)
              select merchant_id, $2 + row_number() over (order by position), id, type, rooms,
                     payload, at
              from taken
              returning 1
            )
            select count(*) from numbered
            """,
            *(merchant_id, stream["last_sequence"], BATCH_MAX),
        )
        if count:
            tx.write(
                """
                update event_streams
                set last_sequence = last_sequence + $2, due_at = coalesce(due_at, $3)
                where merchant_id = $1
                """,
                *(merchant_id, count, now),
            )
        return count


async def _publish(db: Database, merchant_id: MerchantId, valkey: Redis) -> None:
    """Publish, then remember how far: a crash between the two publishes again, never less."""
    async with db.transaction(merchant_id) as tx:
        rows = await tx.fetch(
            """
            select e.* from events e
            join event_streams s on s.merchant_id = e.merchant_id
            where e.merchant_id = $1 and e.sequence > s.published_sequence
            order by e.sequence limit $2
            """,
            *(merchant_id, BATCH_MAX),
        )
    if not rows:  # Another relay was faster.
        return
    channel = CHANNEL.format(merchant_id=merchant_id)
    for row in rows:
        await valkey.publish(channel, _frame(row))
    async with db.transaction(merchant_id) as tx:
        tx.write(
            """
            update event_streams
            set published_sequence = greatest(published_sequence, $2),
                due_at = case when last_sequence > $2 then due_at end
            where merchant_id = $1
            """,
            *(merchant_id, rows[-1]["sequence"]),
        )


def _frame(row: Row) -> bytes:
    return msgspec.json.encode(
        {
            "id": row["id"],
            "type": row["type"],
            "sequence": row["sequence"],
            "rooms": row["rooms"],
            "data": msgspec.Raw(row["payload"].encode()),
            "timestamp": row["at"],
        }
    )
