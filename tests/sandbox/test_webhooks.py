"""Events on their way: signed as Stripe signs, again until taken, and in every disorder."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import stripe

from fynlo.sandbox import SandboxOptions, Terms
from tests.sandbox.bench import NOT_SOON, bench
from tests.support.serve import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.sandbox.bench import Bench

SECRET = "whsec_for_a_test"


@dataclass
class Listener:
    """Takes what is delivered, with the status that a test wants."""

    taken: list[tuple[str, bytes, str]] = field(default_factory=list)
    status: int = 200
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection event."""
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        signature = dict(scope["headers"])[b"stripe-signature"].decode()
        self.taken.append((json.loads(body)["type"], body, signature))
        self.arrived.set()
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def hear(self, count: int) -> list[str]:
        """Wait until so many were delivered; returns the types of all."""
        async with asyncio.timeout(20):
            while len(self.taken) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return [one[0] for one in self.taken]


@asynccontextmanager
async def listening(terms: Terms = NOT_SOON, **more: Any) -> AsyncIterator[tuple[Bench, Listener]]:
    """Serve a sandbox that tells a listener what happens."""
    listener = Listener()
    async with serve(listener) as url:
        options = SandboxOptions(
            seed=1, webhook_url=url, webhook_secret=SECRET, terms=terms, **more
        )
        async with bench(options) as sandbox:
            yield sandbox, listener


SALE = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


async def test_stripes_own_library_takes_the_signature() -> None:
    async with listening() as (sandbox, listener):
        intent = await sandbox.paid()
        assert await listener.hear(3) == SALE

    _, body, signature = listener.taken[-1]
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    assert (event.type, event.data.object.id) == ("payment_intent.succeeded", intent.id)
    assert event.livemode is False


async def test_a_charge_that_is_booked_behind_the_answer_is_told_when_it_is() -> None:
    async with listening(Terms(booked_after_seconds=0)) as (sandbox, listener):
        await sandbox.paid()
        assert await listener.hear(4) == [*SALE, "charge.updated"]

    told = json.loads(listener.taken[-1][1])["data"]
    assert told["previous_attributes"] == {"balance_transaction": None}
    assert told["object"]["balance_transaction"].startswith("txn_")


async def test_a_signature_is_as_old_as_its_delivery_whatever_the_sandboxs_clock_says() -> None:
    now = 1_800_000_000.0
    async with listening(clock=lambda: now) as (sandbox, listener):
        await sandbox.told("webhooks", {"mode": "hold"})
        await sandbox.v1.customers.create_async()
        await sandbox.advance(8 * 86_400)
        await sandbox.v1.customers.create_async()
        now += 100
        await sandbox.told("webhooks/flush")
        await listener.hear(2)

    made = [json.loads(body)["created"] for _, body, _ in listener.taken]
    assert made == [1_800_000_000, 1_800_000_000 + 8 * 86_400]
    assert [signature.split(",")[0] for _, _, signature in listener.taken] == ["t=1800000100"] * 2


async def test_stripes_own_library_takes_the_signature_after_the_clock_went_on() -> None:
    async with listening() as (sandbox, listener):
        await sandbox.advance(8 * 86_400)
        await sandbox.v1.customers.create_async()
        await listener.hear(1)

    _, body, signature = listener.taken[-1]
    event = stripe.Webhook.construct_event(body, signature, SECRET, tolerance=60)
    sent_at = int(signature.removeprefix("t=").split(",")[0])
    assert event.created - sent_at > 7 * 86_400


async def test_what_is_not_taken_comes_again() -> None:
    async with listening() as (sandbox, listener):
        listener.status = 500
        await sandbox.v1.customers.create_async()
        await listener.hear(1)
        await sandbox.advance(2)
        await listener.hear(2)
        listener.status = 200
        await sandbox.advance(6)
        await listener.hear(3)
        await sandbox.advance(100)
        await sandbox.v1.customers.create_async({"name": "B"})
        assert await listener.hear(4) == ["customer.created"] * 4

    bodies = [body for _, body, _ in listener.taken]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[3] != bodies[0]


async def test_after_three_retries_it_is_given_up() -> None:
    async with listening() as (sandbox, listener):
        listener.status = 404
        await sandbox.v1.customers.create_async()
        for count, wait in ((1, 2), (2, 6), (3, 31), (4, 100)):
            await listener.hear(count)
            await sandbox.advance(wait)
        listener.status = 200
        await sandbox.v1.customers.create_async({"name": "B"})
        await listener.hear(5)

    assert [json.loads(body)["data"]["object"]["name"] for _, body, _ in listener.taken] == [
        *[None] * 4,
        "B",
    ]


async def test_held_events_come_with_the_flush_and_reordered_ones_backwards() -> None:
    async with listening() as (sandbox, listener):
        await sandbox.told("webhooks", {"mode": "hold"})
        await sandbox.paid()
        assert listener.taken == []
        await sandbox.told("webhooks", {"mode": "reorder"})
        assert await listener.hear(3) == SALE[::-1]
        await sandbox.told("webhooks", {"mode": "hold"})
        await sandbox.v1.customers.create_async()
        await sandbox.told("webhooks/flush")
        assert (await listener.hear(4))[-1] == "customer.created"


async def test_dropped_events_never_come_and_doubled_ones_come_twice() -> None:
    async with listening() as (sandbox, listener):
        await sandbox.told("webhooks", {"mode": "drop"})
        await sandbox.paid()
        while (await sandbox.books())["webhooks_waiting"]:
            pass
        await sandbox.told("webhooks", {"mode": "duplicate"})
        await sandbox.v1.customers.create_async()
        assert await listener.hear(2) == ["customer.created"] * 2

    assert listener.taken[0][1] == listener.taken[1][1]


async def test_a_listener_that_is_away_gets_it_when_it_is_back() -> None:
    listener = Listener()
    async with serve(listener) as url:
        pass
    options = SandboxOptions(seed=1, webhook_url=url, webhook_secret=SECRET)
    async with bench(options) as sandbox:
        await sandbox.told("webhooks", {"mode": "deliver", "delay_ms": 1})
        await sandbox.v1.customers.create_async()
        books = await sandbox.books()

    assert books["webhooks_waiting"] == 1
    assert listener.taken == []
