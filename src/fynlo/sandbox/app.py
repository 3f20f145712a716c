"""The server: keys and versions, idempotency, faults, and the table of calls."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import time
from collections import deque
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final

from fynlo.sandbox import balances, calls, control, expansion, page, wire
from fynlo.sandbox.balances import Terms
from fynlo.sandbox.desk import API_VERSION, Desk, Names
from fynlo.sandbox.faults import DROPS, FAULTY_ANSWERS, FaultKind, FaultPlan
from fynlo.sandbox.problems import Refusal
from fynlo.sandbox.store import Store
from fynlo.sandbox.webhooks import Deliveries, Endpoint
from fynlo.sandbox.wire import Reply, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from fynlo.sandbox.faults import Fault
    from fynlo.sandbox.store import Document
    from fynlo.sandbox.wire import Message, Receive, Request, Send

KEY_SECONDS: Final = 86_400
KEY_CHARACTERS_MAX: Final = 255
KEY_IN_USE: Final = FAULTY_ANSWERS[FaultKind.HTTP_409]
Z99: Final = 2.326
"""How many standard deviations the 99th percentile is from the middle."""


@dataclass(frozen=True)
class SandboxOptions:
    """How a sandbox runs: in memory without `state`, the same ids every time with a `seed`."""

    state: Path | None = None
    seed: int | None = None
    webhook_url: str | None = None
    webhook_secret: str | None = None
    public_url: str | None = None  # Where links lead; else to where the caller came.
    clock: Callable[[], float] = time.time
    terms: Terms = field(default_factory=Terms)


class Sandbox:
    """A Stripe-shaped server. Every request is worked on in one step of the event loop."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.store = Store(options.state)
        self.names = Names(options.seed)
        self.faults = FaultPlan()
        self.requests: deque[Document] = deque(maxlen=1000)
        self._deliveries: Deliveries | None = None
        self._held: set[tuple[str, str] | None] = set()
        self._running: asyncio.Task[None] | None = None
        self._over = asyncio.Event()

    def now(self) -> float:
        """Tell the sandbox's own time: the machine's, and what it was advanced by."""
        return self.options.clock() + float(self.store.setting("clock_offset", 0.0))

    def desk(
        self,
        account: str,
        key: str | None = None,
        request_id: str | None = None,
        version: str = API_VERSION,
        base: str = "",
    ) -> Desk:
        """Open a desk for one account."""
        return Desk(
            self.store,
            self.names,
            account,
            self.now(),
            (self.options.public_url or base).rstrip("/"),
            self.options.terms,
            key,
            request_id,
            version,
        )

    def catch_up(self) -> None:
        """Book what has become due since somebody last looked."""
        if self.store.bookings(self.now()):
            with self.store.transaction():
                self.book_due()

    def book_due(self) -> None:
        """Book what is due, inside a transaction."""
        for seq, account, charge_id in self.store.bookings(self.now()):
            self.store.booked(seq)
            balances.book_late(self.desk(account), charge_id)
        self.wake()

    def let_go(self) -> None:
        """Drop everybody whom a fault keeps waiting: the server is about to end."""
        self._over.set()

    def wake(self) -> None:
        """Let queued events go out now."""
        if self._deliveries is not None:
            self._deliveries.wake()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        url, secret = self.options.webhook_url, self.options.webhook_secret
        if url is not None and secret is not None:
            endpoint = Endpoint(url, secret, self.options.clock)
            self._deliveries = Deliveries(self.store, endpoint, self.now, self.catch_up)
            self._running = asyncio.create_task(self._deliveries.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        self.store.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        request = await wire.read(scope, receive)
        if request is None:
            return  # The client went away in the middle of its request.
        if request.path.startswith("/_sandbox/"):
            await wire.send_reply(send, self._control(request))
            return
        try:
            request.params = wire.form(request.body if request.method == "POST" else request.query)
        except Refusal as refusal:
            await wire.send_reply(send, reply(refusal.status, refusal.body))
            return
        held = request.caller_and_key()
        if held in self._held:
            self._note(request, None, KEY_IN_USE[0])
            await wire.send_reply(send, reply(*KEY_IN_USE))
            return
        fault = self.faults.strike(request.method, request.path, request.params)
        if fault is not None and fault.kind is FaultKind.HANG:
            self._note(request, fault, None)
            if not await self._unless_over(wire.gone(receive)):
                await wire.drop(receive, send)
            return
        if held is not None:
            self._held.add(held)
        try:
            await self._linger()
            self.catch_up()
            made = self._worked(request, fault)
            self._note(request, fault, made.status)
        finally:
            self._held.discard(held)
        self.wake()
        is_dropped = fault is not None and fault.kind in DROPS
        if fault is not None and fault.kind is FaultKind.SLOW:
            is_dropped = not await self._unless_over(asyncio.sleep(fault.delay_ms / 1000))
        if is_dropped:
            await wire.drop(receive, send)
            return
        await wire.send_reply(send, made, fault)

    async def _unless_over(self, wait: Coroutine[Any, Any, None]) -> bool:
        """Wait, and tell whether it came to that: the end of everything does not wait."""
        waiting, over = asyncio.ensure_future(wait), asyncio.ensure_future(self._over.wait())
        try:
            done, _ = await asyncio.wait({waiting, over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            over.cancel()
        return waiting in done

    async def _linger(self) -> None:
        """Work on a call as long as the latency says; nobody else may use its key meanwhile."""
        latency = self.store.setting("latency", None)
        if latency is not None:
            p50, p99 = latency
            sigma = math.log(max(p99, p50) / p50) / Z99 if p50 > 0 else 0.0
            await asyncio.sleep(p50 / 1000 * math.exp(sigma * self.names.gauss()))

    def _note(self, request: Request, fault: Fault | None, status: int | None) -> None:
        self.requests.append(
            {
                "method": request.method,
                "path": request.path,
                "idempotency_key": request.headers.get("idempotency-key"),
                "status": status,
                "fault": fault.kind if fault else None,
            }
        )

    def _worked(self, request: Request, fault: Fault | None) -> Reply:
        request_id = self.names.new("req", 14)
        try:
            account = wire.account(request)
            version = wire.version(request)
            if fault is not None and fault.kind in {FaultKind.HTTP_429, FaultKind.HTTP_409}:
                status, body = FAULTY_ANSWERS[fault.kind]
                return reply(status, body, request_id)
            if fault is not None and fault.kind in {
                FaultKind.CONNECTION_RESET,
                FaultKind.HTML_502,
            }:
                return reply(502, {}, request_id)
            with self.store.transaction():
                return self._keyed(request, account, fault, (request_id, version))
        except Refusal as refusal:
            return reply(refusal.status, refusal.body, request_id)

    def _keyed(
        self, request: Request, account: str, fault: Fault | None, named: tuple[str, str]
    ) -> Reply:
        """Answer a POST once for each key; anything else every time."""
        request_id, version = named
        headers: tuple[tuple[str, str], ...] = (
            ("Request-Id", request_id),
            ("Stripe-Version", version),
            (
                "Date",
                formatdate(self.now(), usegmt=True),
            ),  # By its own clock, like all that it says.
        )
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is None:
            desk = self.desk(account, None, request_id, version, request.base)
            return Reply(*self._carried_out(desk, request, fault), headers)
        if len(key) > KEY_CHARACTERS_MAX:
            raise Refusal(400, f"Idempotency keys have at most {KEY_CHARACTERS_MAX} characters.")
        headers = (*headers, ("Idempotency-Key", key))
        fingerprint = hashlib.sha256(
            json.dumps([request.path, request.params], sort_keys=True).encode()
        ).hexdigest()
        known = self.store.remembered(account, key)
        if known is not None and known[3] + KEY_SECONDS > self.now():
            if known[0] != fingerprint:
                raise Refusal(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters they "
                    f"were first used with. Try using a key other than '{key}'.",
                    kind="idempotency_error",
                )
            return Reply(known[1], known[2], (*headers, ("Idempotent-Replayed", "true")))
        desk = self.desk(account, key, request_id, version, request.base)
        status, body = self._carried_out(desk, request, fault)
        self.store.remember(account, key, fingerprint, status=status, body=body, at=self.now())
        return Reply(status, body, headers)

    def _carried_out(self, desk: Desk, request: Request, fault: Fault | None) -> tuple[int, str]:
        """Carry a call out; a refusal that the key does not remember undoes the transaction."""
        if fault is not None and fault.kind is FaultKind.HTTP_500:
            status, body = FAULTY_ANSWERS[fault.kind]
            return status, json.dumps(body)
        call, arguments = calls.find(request.method, request.path)
        try:
            document = call(desk, request.params, *arguments)
            if fault is not None and fault.kind is FaultKind.STALE_READ:
                document = self._stale(desk, request, document)
            document = expansion.expand(desk, document, request.params)
        except Refusal as refusal:
            if not refusal.is_stored:
                raise
            return refusal.status, json.dumps(refusal.body)
        if fault is not None and fault.kind is FaultKind.HTTP_500_ACTED:
            status, body = FAULTY_ANSWERS[fault.kind]
            return status, json.dumps(body)
        return 200, json.dumps(document)

    def _stale(self, desk: Desk, request: Request, document: Document) -> Document:
        if request.method != "GET":
            return document
        if document["object"] == "list":
            return document | {"data": [self._stale(desk, request, it) for it in document["data"]]}
        return self.store.previous(desk.account, document["id"]) or document

    def _control(self, request: Request) -> Reply:
        self.catch_up()
        if request.path.startswith("/_sandbox/3ds/"):  # The bank's page, for whoever has the link.
            with self.store.transaction():
                return page.answer(self, request)
        if not request.is_from_here():
            return reply(403, {"error": {"message": "Control calls come from this machine."}})
        try:
            request.params = wire.form(request.query)
            with self.store.transaction():
                return reply(200, control.handle(self, request))
        except Refusal as refusal:
            return reply(refusal.status, refusal.body)
