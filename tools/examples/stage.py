"""Where the day is played: the application as it is served, with the provider's sandbox."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from fynlo.config import Config
from fynlo.main import Wiring, create_app
from fynlo.payments.providers.stripe import StripeAccounts, StripeEndpoint
from fynlo.payments.resolve import resolve_due
from fynlo.platform.crypto import KeyRing
from fynlo.platform.database import Database, DatabaseAway, connect
from fynlo.sandbox import SandboxOptions
from fynlo.sandbox import create_app as create_sandbox
from fynlo.seed import DEMO, seed_demo
from tests.support.clock import HandClock
from tests.support.provider import WEBHOOK_SECRET, Provider, signature
from tests.support.serve import serve
from tests.support.shop import Shop
from tools.examples.refusals import refusals
from tools.examples.script import Call
from tools.examples.tape import Tape, heard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from litestar import Litestar

    from fynlo.kernel.ids import MerchantId
    from tools.examples.script import Step

CONNECTIONS_MAX = 10
DRAIN_SECONDS = 10
LOOKS = 6
SECONDS_BETWEEN_CALLS = 20
MORNING = datetime(2026, 3, 4, 7, 30, tzinfo=UTC)


class Clock(HandClock):
    """Stands still; who sleeps finds that the time has passed."""

    async def sleep(self, seconds: float) -> None:
        """Move on by so much, and let others go first."""
        self.advance(seconds)
        await asyncio.sleep(0)

    def wait_for_the_hour(self) -> None:
        """Move on to the next full hour."""
        self.advance(3600 - self.now().timestamp() % 3600)


class Gate:
    """Lets calls through to an application, or holds them at the door."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._open = asyncio.Event()
        self._open.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a call on once the gate is open."""
        if scope["type"] == "http":
            await self._open.wait()
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """Hold everybody until the block ends."""
        self._open.clear()
        yield
        self._open.set()


class Away(Database):
    """A database that cannot be reached."""

    def __init__(self) -> None:
        """Have nothing to connect to."""

    def transaction(self, merchant_id: MerchantId) -> Any:
        """Reach nobody."""
        raise DatabaseAway(str(merchant_id))


@dataclass
class Stage:
    """The demo shop, served; what was said in it so far, by title; and the tape."""

    shop: Shop
    app: Litestar
    http: httpx.AsyncClient
    gate: Gate
    clock: Clock
    database_url: str
    tape: Tape = field(default_factory=Tape)
    said: dict[str, Any] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    acts: dict[str, set[str]] = field(default_factory=dict)
    """What each operation that changes something put on record, by its method and path."""
    seen: set[Any] = field(default_factory=set)
    """The entries that were noted, by their ids: who plays with another wiring notes them too."""

    async def play(self, *steps: Step) -> None:
        """Play steps in their order: each must answer as it says."""
        for step in steps:
            if not isinstance(step, Call):
                await step(self)
                continue
            self.clock.advance(SECONDS_BETWEEN_CALLS)
            call = self._resolved(step)
            if call.shown:
                await self._refuse(call)
            answer = await self.send(call)
            if answer.is_success and call.method != "GET":
                await self._note_acts(call)
            if call.shown:
                self.tape.keep(call, answer)
            self.said[call.title] = heard(answer)

    async def _note_acts(self, call: Call) -> None:
        operation = self.tape.operation(call)
        async with self.shop.wiring.db.transaction(DEMO) as tx:
            # What a refused call asked for was put there before, by another one.
            rows = await tx.fetch("select id, action from audit_entries")
        new = [row for row in rows if row["id"] not in self.seen]
        self.seen.update(row["id"] for row in new)
        # What a refused call asked for was put there before, by another one.
        told = {row["action"] for row in new} - {"approval.requested"}
        self.acts.setdefault(str(operation), set()).update(told)

    def _resolved(self, step: Call) -> Call:
        """Give a call what depends on what was said before."""
        to, body, headers = (
            part(self.said) if callable(part) else part
            for part in (step.to, step.body, step.headers)
        )
        return replace(step, to=to, body=body, headers=headers)

    async def _refuse(self, call: Call) -> None:
        """Keep the refusals of the first call of an operation that succeeds."""
        operation = self.tape.operation(call)
        if operation is None or call.status >= 400 or str(operation) in self.refused:
            return
        self.refused.add(str(operation))
        for refusal in refusals(operation, call):
            self.tape.keep(refusal, await self.send(refusal))

    async def send(self, call: Call) -> httpx.Response:
        """Send a call by whoever it says, and wait until nothing goes on behind its answer."""
        answer = await self._ask(call)
        await self.app.state.ports.background.drain(DRAIN_SECONDS)
        assert answer.status_code == call.status, f"{call.to} ({call.title}): {answer.text}"
        return answer

    async def _ask(self, call: Call) -> httpx.Response:
        headers = {"X-Request-Id": "till-1.000042", **(call.headers or {})}
        operation = self.tape.operation(call)
        if operation is not None and operation.is_keyed:
            headers["Idempotency-Key"] = call.idempotency_key
        if call.by is not None:
            headers["Authorization"] = f"Bearer {await self.shop.sign_in(call.by)}"
        is_file = isinstance(call.body, str)
        text = call.body if is_file else json.dumps(call.body)
        content = None if call.body is None else text.encode()
        if content is not None:
            headers["Content-Type"] = "text/csv" if is_file else "application/json"
        if operation is not None and operation.is_signed:
            assert content is not None
            now = self.clock.now()
            headers["Stripe-Signature"] = signature(content, now, call.secret, call.signed_before)
        return await self.http.request(
            call.method, f"{self.shop.url}{call.url}", headers=headers, content=content
        )

    async def play_twice_at_once(self, call: Call) -> None:
        """Send a call twice while the provider keeps its caller waiting; keep the refusal."""
        async with self.gate.closed():
            both = {asyncio.create_task(self._ask(call)) for _ in range(2)}
            done, waiting = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            refused = done.pop().result()
        for one in waiting:
            await one
        assert refused.status_code == call.status, refused.text
        self.tape.keep(call, refused)

    async def resolve(self) -> None:
        """Let the worker find what was lost, as time goes by."""
        for step in range(LOOKS):
            self.clock.advance(2**step)
            await resolve_due(self.app.state.ports)

    @asynccontextmanager
    async def without_database(self) -> AsyncIterator[Stage]:
        """Serve the same by a process whose database is gone."""
        gone = Database(await connect(self.database_url, connections_max=1))
        await gone.close()
        async with self.with_database(gone) as blind:
            yield blind

    @asynccontextmanager
    async def with_database(self, db: Database) -> AsyncIterator[Stage]:
        """Serve the same by a process that has this database."""
        app = create_app(Config(), lambda _: nullcontext(replace(self.shop.wiring, db=db)))
        async with serve(app) as url:
            yield replace(self, app=app, shop=replace(self.shop, url=url))


@asynccontextmanager
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Serve the demo shop from an empty, migrated database of its own."""
    gate, clock = Gate(create_sandbox(SandboxOptions(seed=1))), Clock(MORNING)
    async with serve(gate) as provider_url, httpx.AsyncClient(timeout=20) as http:
        db = Database(await connect(database_url, connections_max=CONNECTIONS_MAX))
        cards = StripeAccounts(
            "sk_test_examples",
            api_base=provider_url,
            merchant_id=DEMO,
            return_url="https://till.example/pay/return",
        )
        keys = KeyRing(["a secret that is long enough for a day"])
        endpoint = StripeEndpoint(DEMO, (WEBHOOK_SECRET,), is_live=False)
        wiring = Wiring(db, clock, keys, cards, endpoint=endpoint)
        app = create_app(Config(), lambda _: nullcontext(wiring))
        try:
            await seed_demo(db, clock)
            async with (
                serve(app) as url,
                httpx.AsyncClient(base_url=provider_url, timeout=20) as hand,
            ):
                shop = Shop(wiring, url, Provider(provider_url, hand), DEMO)
                yield Stage(shop, app, http, gate, clock, database_url)
        finally:
            await wiring.close()
