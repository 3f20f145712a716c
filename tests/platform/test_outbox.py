"""The outbox: an event exists if and only if what it tells of was committed, in that order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from fynlo.kernel.ids import MerchantId
from fynlo.platform import outbox
from fynlo.platform.database import connect
from fynlo.platform.outbox import Event, EventType
from tests.support.crash import Crash, CrashingDatabase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def told(name: str) -> EventType:
    return EventType(name, dict, "Something happened.")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[CrashingDatabase]:
    database = CrashingDatabase(await connect(database_url, connections_max=2))
    yield database
    await database.close()


async def rows(db: CrashingDatabase, merchant: MerchantId) -> list[dict[str, Any]]:
    async with db.transaction(merchant) as tx:
        return [dict(row) for row in await tx.fetch("select * from outbox order by position")]


async def test_an_event_is_kept_with_its_rooms_and_its_time(db: CrashingDatabase) -> None:
    merchant = MerchantId(uuid4())
    data = {"amount": 10**12, "nothing": None, "name": "Zoë 💷", "deep": {"list": [1, "2"]}}

    async with db.transaction(merchant) as tx:
        outbox.append(tx, NOON, Event(told("order.created"), ("merchant", "order:1"), data))

    (row,) = await rows(db, merchant)
    assert (row["merchant_id"], row["type"]) == (merchant, "order.created")
    assert row["rooms"] == ["merchant", "order:1"]
    assert json.loads(row["payload"]) == data
    assert row["at"] == row["due_at"] == NOON
    assert UUID(str(row["id"])).version == 7


async def test_events_keep_the_order_in_which_they_were_told(db: CrashingDatabase) -> None:
    merchant, names = MerchantId(uuid4()), [str(n) for n in range(50)]

    async with db.transaction(merchant) as tx:
        outbox.append(tx, NOON, *(Event(told(name), [], {}) for name in names[:30]))
        outbox.append(tx, NOON)
        for name in names[30:]:
            outbox.append(tx, NOON, Event(told(name), [], {}))

    assert [row["type"] for row in await rows(db, merchant)] == names


async def test_what_was_not_committed_is_never_told(db: CrashingDatabase) -> None:
    merchant = MerchantId(uuid4())

    db.crash_at(1)
    with pytest.raises(Crash):
        async with db.transaction(merchant) as tx:
            outbox.append(tx, NOON, Event(told("never"), [], {}))
    db.crash_at(None)

    assert await rows(db, merchant) == []


async def test_an_event_is_seen_by_its_own_merchant_alone(db: CrashingDatabase) -> None:
    merchant, other = MerchantId(uuid4()), MerchantId(uuid4())

    async with db.transaction(merchant) as tx:
        outbox.append(tx, NOON, Event(told("mine"), [], {}))

    assert await rows(db, other) == []
