"""The relay: what was committed is numbered without gaps, in order, and published at least once."""

from __future__ import annotations

import asyncio
import json
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from fynlo.kernel.ids import MerchantId
from fynlo.platform import outbox
from fynlo.platform.database import connect
from fynlo.platform.outbox import Event, EventType
from fynlo.platform.ports import Ports
from fynlo.platform.relay import BATCH_MAX, MERCHANTS_MAX, relay_due
from tests.engines import make_database
from tests.support.crash import Crash, CrashingDatabase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.clock import HandClock

NUMBER: Final = 2  # Which commit of a round numbers; the first one only looks.
REMEMBER: Final = 5  # Which one remembers how far was published.


@pytest.fixture
async def db(engines: dict[str, str]) -> AsyncIterator[CrashingDatabase]:
    """Return a database where nobody else's events wait."""
    url = await make_database(engines, f"fynlo_relay_{uuid4().hex}")
    database = CrashingDatabase(await connect(url, connections_max=8))
    yield database
    await database.close()


@pytest.fixture
def ports(db: CrashingDatabase, clock: HandClock) -> Ports:
    return Ports(db, clock)


@pytest.fixture
def merchant() -> MerchantId:
    return MerchantId(uuid4())


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Redis]:
    """Return the shared Valkey; channels are named by merchant."""
    client = Redis.from_url(valkey_url)
    yield client
    await client.aclose()


@pytest.fixture
async def down() -> AsyncIterator[Redis]:
    """Return a Valkey that nobody answers for."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    client = Redis(host="127.0.0.1", port=port, retry=Retry(NoBackoff(), 0))
    yield client
    await client.aclose()


def kind(name: str) -> EventType:
    return EventType(name, dict, "Something happened.")


async def happen(ports: Ports, merchant: MerchantId, *names: str) -> None:
    """Commit events in one transaction, in this order."""
    async with ports.db.transaction(merchant) as tx:
        events = [Event(kind(name), ["merchant"], {"name": name}) for name in names]
        outbox.append(tx, ports.clock.now(), *events)


async def numbered(ports: Ports, merchant: MerchantId) -> list[tuple[int, str]]:
    async with ports.db.transaction(merchant) as tx:
        rows = await tx.fetch("select sequence, type from events order by sequence")
        assert await tx.fetchval("select count(*) from outbox") == 0
    return [(row["sequence"], row["type"]) for row in rows]


async def stream(ports: Ports, merchant: MerchantId) -> dict[str, Any]:
    async with ports.db.transaction(merchant) as tx:
        (row,) = await tx.fetch(
            "select last_sequence, published_sequence, due_at from event_streams"
        )
    return dict(row)


class Listener:
    """Somebody who hears what is published of a merchant."""

    def __init__(self, valkey: Redis, merchant: MerchantId) -> None:
        self._heard = valkey.pubsub()
        self._channel = f"fynlo:events:{merchant}"

    async def __aenter__(self) -> Self:
        await self._heard.subscribe(self._channel)
        await self._heard.get_message(timeout=5)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._heard.aclose()  # type: ignore[no-untyped-call]

    async def hear(self, count: int) -> list[dict[str, Any]]:
        """Return the next events, exactly so many."""
        frames: list[dict[str, Any]] = []
        while len(frames) < count:
            message = await self._heard.get_message(ignore_subscribe_messages=True, timeout=5)
            assert message is not None, frames
            frames.append(json.loads(message["data"]))
        assert await self._heard.get_message(ignore_subscribe_messages=True, timeout=0) is None
        return frames


async def test_an_event_is_numbered_and_published_as_it_was_written(
    ports: Ports, merchant: MerchantId, valkey: Redis
) -> None:
    async with Listener(valkey, merchant) as listener:
        async with ports.db.transaction(merchant) as tx:
            rooms, data = ["merchant", "order:1"], {"total": 5, "name": "Zoë"}
            event = Event(kind("order.created"), rooms, data)
            outbox.append(tx, ports.clock.now(), event)
        assert await relay_due(ports, valkey) == 1
        (frame,) = await listener.hear(1)

    assert UUID(frame.pop("id")).version == 7
    assert frame == {
        "type": "order.created",
        "sequence": 1,
        "rooms": ["merchant", "order:1"],
        "data": {"total": 5, "name": "Zoë"},
        "timestamp": "2026-03-04T12:00:00Z",
    }
    told = {"last_sequence": 1, "published_sequence": 1, "due_at": None}
    assert await stream(ports, merchant) == told
    assert await relay_due(ports, valkey) == 0
    assert await stream(ports, merchant) == told


async def test_only_what_was_committed_is_numbered_without_a_gap(
    ports: Ports, merchant: MerchantId
) -> None:
    await happen(ports, merchant, "a", "b", "c")
    with pytest.raises(ZeroDivisionError):
        async with ports.db.transaction(merchant) as tx:
            outbox.append(tx, ports.clock.now(), Event(kind("never"), [], {}))
            await tx.flush()
            raise ZeroDivisionError
    await relay_due(ports, None)
    await happen(ports, merchant, "d")
    await relay_due(ports, None)

    assert await numbered(ports, merchant) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


async def test_who_commits_later_is_numbered_later_whenever_they_began(
    ports: Ports, merchant: MerchantId
) -> None:
    began, finish = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with ports.db.transaction(merchant) as tx:
            outbox.append(tx, ports.clock.now(), Event(kind("slow"), [], {}))
            await tx.flush()
            began.set()
            await finish.wait()

    task = asyncio.create_task(slow())
    await began.wait()
    await happen(ports, merchant, "quick")
    await relay_due(ports, None)
    finish.set()
    await task
    await relay_due(ports, None)

    assert await numbered(ports, merchant) == [(1, "quick"), (2, "slow")]


async def test_an_orders_events_keep_their_order_among_many(
    ports: Ports, merchant: MerchantId
) -> None:
    async def order(name: str) -> None:
        for step in range(5):
            await happen(ports, merchant, f"{name}:{step}", f"{name}:{step}+")

    async def keep_relaying() -> None:
        while len(done) < 6:
            await relay_due(ports, None)

    done: list[None] = []

    async def run(name: str) -> None:
        await order(name)
        done.append(None)

    await asyncio.gather(keep_relaying(), keep_relaying(), *(run(f"o{n}") for n in range(6)))
    await relay_due(ports, None)

    events = await numbered(ports, merchant)
    assert [sequence for sequence, _ in events] == list(range(1, 61))
    steps = [":0", ":0+", ":1", ":1+", ":2", ":2+", ":3", ":3+", ":4", ":4+"]
    for name in (f"o{n}" for n in range(6)):
        assert [one for _, one in events if one.startswith(name)] == [name + step for step in steps]


async def test_two_relays_at_once_number_everything_once(
    ports: Ports, merchant: MerchantId, valkey: Redis
) -> None:
    await happen(ports, merchant, *(str(n) for n in range(40)))

    counts = await asyncio.gather(*(relay_due(ports, valkey) for _ in range(4)))

    assert sum(counts) == 40
    assert await numbered(ports, merchant) == [(n + 1, str(n)) for n in range(40)]
    assert (await stream(ports, merchant))["published_sequence"] == 40


async def test_while_another_relay_has_the_stream_nothing_is_numbered(
    ports: Ports, merchant: MerchantId
) -> None:
    await happen(ports, merchant, "a")
    await relay_due(ports, None)
    await happen(ports, merchant, "b")
    holding, release = asyncio.Event(), asyncio.Event()

    async def other() -> None:
        async with ports.db.transaction(merchant) as tx:
            await tx.fetch("select from event_streams for no key update")
            holding.set()
            await release.wait()

    task = asyncio.create_task(other())
    await holding.wait()
    assert await relay_due(ports, None) == 0
    release.set()
    await task

    assert await relay_due(ports, None) == 1


async def test_a_crash_while_numbering_numbers_nothing_and_loses_nothing(
    ports: Ports, db: CrashingDatabase, merchant: MerchantId
) -> None:
    await happen(ports, merchant, "a", "b")

    db.crash_at(NUMBER)
    with pytest.raises(Crash):
        await relay_due(ports, None)
    db.crash_at(None)

    async with db.transaction(merchant) as tx:
        assert await tx.fetchval("select count(*) from outbox") == 2
        assert await tx.fetchval("select count(*) from events") == 0
    assert await relay_due(ports, None) == 2
    assert await numbered(ports, merchant) == [(1, "a"), (2, "b")]


async def test_a_crash_after_publishing_publishes_again_under_the_same_numbers(
    ports: Ports, db: CrashingDatabase, merchant: MerchantId, valkey: Redis
) -> None:
    await happen(ports, merchant, "a", "b")

    async with Listener(valkey, merchant) as listener:
        db.crash_at(REMEMBER)
        with pytest.raises(Crash):
            await relay_due(ports, valkey)
        db.crash_at(None)
        before = await listener.hear(2)
        assert (await stream(ports, merchant))["published_sequence"] == 0
        assert await relay_due(ports, valkey) == 0
        again = await listener.hear(2)

    assert again == before
    assert [frame["sequence"] for frame in again] == [1, 2]
    assert (await stream(ports, merchant))["published_sequence"] == 2


async def test_what_another_relay_published_meanwhile_is_not_published_again(
    ports: Ports, merchant: MerchantId, valkey: Redis
) -> None:
    await happen(ports, merchant, "a")
    await relay_due(ports, valkey)
    async with ports.db.transaction(merchant) as tx:
        # As it is seen by one who looked before the other remembered how far it was.
        tx.write("update event_streams set due_at = $1", ports.clock.now())

    async with Listener(valkey, merchant) as listener:
        assert await relay_due(ports, valkey) == 0
        assert await listener.hear(0) == []


async def test_while_valkey_is_down_events_are_numbered_and_wait(
    ports: Ports, clock: HandClock, merchant: MerchantId, valkey: Redis, down: Redis
) -> None:
    began = clock.now()
    async with Listener(valkey, merchant) as listener:
        for name in ("a", "b"):
            await happen(ports, merchant, name)
            assert await relay_due(ports, down) == 1
            clock.advance(60)
        assert await stream(ports, merchant) == {
            "last_sequence": 2,
            "published_sequence": 0,
            "due_at": began,
        }

        assert await relay_due(ports, valkey) == 0
        heard = await listener.hear(2)

    assert [(one["sequence"], one["type"]) for one in heard] == [(1, "a"), (2, "b")]
    assert heard[1]["timestamp"] == (began + timedelta(minutes=1)).isoformat()[:-6] + "Z"
    assert (await stream(ports, merchant))["due_at"] is None


async def test_more_than_a_batch_takes_several_rounds(
    ports: Ports, merchant: MerchantId, valkey: Redis
) -> None:
    many = BATCH_MAX + 7
    await happen(ports, merchant, *(str(n) for n in range(many)))

    assert await relay_due(ports, valkey) == BATCH_MAX
    assert await relay_due(ports, valkey) == 7

    assert await numbered(ports, merchant) == [(n + 1, str(n)) for n in range(many)]
    told = await stream(ports, merchant)
    assert (told["published_sequence"], told["due_at"]) == (many, None)


async def test_nobody_starves_behind_many_who_cannot_be_published(
    ports: Ports, clock: HandClock, down: Redis
) -> None:
    crowd = [MerchantId(uuid4()) for _ in range(MERCHANTS_MAX + 1)]
    for merchant in crowd:
        await happen(ports, merchant, "a")
    await relay_due(ports, down)
    await relay_due(ports, down)
    clock.advance(1)

    for merchant in (crowd[0], crowd[-1]):
        await happen(ports, merchant, "b")
    assert await relay_due(ports, down) == 2

    for merchant in (crowd[0], crowd[-1]):
        assert await numbered(ports, merchant) == [(1, "a"), (2, "b")]


async def test_merchants_hear_their_own_events_under_their_own_numbers(
    ports: Ports, merchant: MerchantId, valkey: Redis
) -> None:
    other = MerchantId(uuid4())
    async with Listener(valkey, merchant) as mine, Listener(valkey, other) as theirs:
        await happen(ports, merchant, "a", "b")
        await happen(ports, other, "c")
        assert await relay_due(ports, valkey) == 3

        assert [one["type"] for one in await mine.hear(2)] == ["a", "b"]
        (frame,) = await theirs.hear(1)

    assert (frame["type"], frame["sequence"]) == ("c", 1)
