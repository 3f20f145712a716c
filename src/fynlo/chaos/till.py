"""A till: one person signed in, and how it gets an answer out of a server that comes and goes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec

from fynlo.chaos.journal import FINAL, LOST, Heard, digest
from fynlo.kernel.ids import uuid7
from fynlo.platform.clock import SystemClock

if TYPE_CHECKING:
    from random import Random

    from fynlo.chaos.journal import Attempt, Journal

CLOCK: Final = SystemClock()
CALL_SECONDS_MAX: Final = 25.0
"""Longer than the server may take; hanging up sooner is a trouble of its own."""

PATIENCE_SECONDS: Final = 150.0
PAUSE_SECONDS_MAX: Final = 3.0
UNHEARD_SECONDS_MAX: Final = 60
_TOKEN_ENDED: Final = 401


@dataclass(frozen=True, slots=True)
class Said:
    """One HTTP answer."""

    status: int
    body: dict[str, Any]
    raw: bytes
    seconds: float

    @property
    def word(self) -> str:
        """What it says of the transaction, or why it was refused."""
        shown = self.body.get("transaction")
        if isinstance(shown, dict):
            return str(shown["status"])
        return str(self.body.get("code", f"http-{self.status}"))


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in."""

    email: str
    password: str


@dataclass
class Till:
    """One till. What it may do is up to the person; what it pays into is its register."""

    number: int
    url: str
    http: aiohttp.ClientSession
    person: Person
    journal: Journal
    chance: Random
    register_id: str = ""
    token: str = ""
    merchant_id: str = ""
    menu: list[dict[str, Any]] = field(default_factory=list)
    patience_seconds: float = PATIENCE_SECONDS

    def now(self) -> float:
        """Tell the time that everything here is measured in."""
        return asyncio.get_running_loop().time()

    def new_id(self) -> str:
        """Mint an id: of an order, or a key."""
        return str(uuid7(CLOCK.now()))

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        seconds_max: float = CALL_SECONDS_MAX,
    ) -> Said | None:
        """Call once; None when nobody answered, and then nobody knows what was done."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if method == "POST":
            headers["Idempotency-Key"] = key or self.new_id()
        began = self.now()
        try:
            async with self.http.request(
                method,
                f"{self.url}/api/v1{path}",
                json=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds_max),
            ) as answer:
                raw = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        try:
            shown = msgspec.json.decode(raw) if raw else {}
        except msgspec.DecodeError:
            shown = {}
        said = Said(
            answer.status, shown if isinstance(shown, dict) else {}, raw, self.now() - began
        )
        if said.status == 500:
            self.journal.bugs.append(f"{method} {path}: request {said.body.get('request_id')}")
        return said

    async def insist(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> Said | None:
        """Call until there is an answer, always under the same key; None when patience ran out."""
        key = key or self.new_id()
        deadline = self.now() + self.patience_seconds
        pause = 0.2
        while self.now() < deadline:
            said = await self.call(method, path, body, key=key)
            if said is not None and said.status == _TOKEN_ENDED and path != "/auth/login":
                await self.sign_in()
            elif said is not None and said.status < 500 and said.word != "in-progress":
                return said
            await CLOCK.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)
        self.journal.given_up.append(f"{method} {path}")
        return None

    async def sign_in(self) -> None:
        """Sign in, again when the token ended."""
        self.token = ""
        who = {"email": self.person.email, "password": self.person.password}
        said = await self.insist("POST", "/auth/login", who)
        if said is not None and said.status == 200:
            self.token = said.body["access_token"]
            self.merchant_id = said.body["staff"]["merchant_id"]

    async def order(self, dishes: int) -> dict[str, Any] | None:
        """Take an order and validate it, as often as it takes; None when patience ran out."""
        lines = [
            {"product_id": one["id"], "quantity": self.chance.randint(1, 2)}
            for one in self.chance.choices(self.menu, k=dishes)
        ]
        order_id = self.new_id()
        wish = {"id": order_id, "register_id": self.register_id, "lines": lines}
        taken = await self.insist("POST", "/orders", wish)
        if taken is None:
            return None
        self.journal.orders[order_id] = self.register_id
        await self.insist("POST", f"/orders/{order_id}/validate", {})
        found = await self.insist("GET", f"/orders/{order_id}")
        is_ready = found is not None and found.body.get("state") == "validated"
        return found.body if found is not None and is_ready else None

    async def ask(self, attempt: Attempt, *, seconds_max: float = CALL_SECONDS_MAX) -> Said | None:
        """Ask for the payment once, and write down what came."""
        wish = {"order_id": attempt.order_id, "payments": attempt.payments}
        path = "/transactions/process"
        said = await self.call("POST", path, wish, key=attempt.key, seconds_max=seconds_max)
        if said is not None:
            self.journal.time(said.seconds, self.now(), f"{said.status} {said.word}")
        self.hear(attempt, said, "process", seconds_max)
        return said

    def hear(self, attempt: Attempt, said: Said | None, road: str, seconds: float = 0.0) -> None:
        """Write down one answer about a key."""
        if said is None:
            attempt.note(Heard(self.now(), seconds, road, 0, LOST))
            return
        mark = None
        if road in {"process", "again"} and said.status in {200, 402} and said.word in FINAL:
            mark = digest(said.raw)
        attempt.note(Heard(self.now(), said.seconds, road, said.status, said.word, mark))
        attempt.last = said.body.get("transaction") or attempt.last

    async def pay(self, attempt: Attempt, *, first_seconds_max: float = CALL_SECONDS_MAX) -> str:
        """Pay as a till does: the same key until there is an answer, then look until it is final.

        Returns the last word: a final status, `requires_action`, a refusal's code, or "lost". With
        little `first_seconds_max` the till hangs up on its first call, and asks again.
        """
        deadline = self.now() + self.patience_seconds
        pause, seconds = 0.2, first_seconds_max
        while self.now() < deadline:
            said = await self.ask(attempt, seconds_max=seconds)
            seconds = CALL_SECONDS_MAX
            if said is not None and said.status == _TOKEN_ENDED:
                await self.sign_in()
            elif said is not None and said.status == 202:
                return await self.follow(attempt, deadline)
            elif said is not None and said.status < 500 and said.word != "in-progress":
                return said.word
            await CLOCK.sleep(pause * self.chance.uniform(0.5, 1.5))
            pause = min(2 * pause, PAUSE_SECONDS_MAX)
        self.journal.given_up.append(f"key {attempt.key}")
        return LOST

    async def follow(self, attempt: Attempt, deadline: float | None = None) -> str:
        """Look until it is final, or a customer must act; now and then ask under the key again."""
        until = deadline or self.now() + self.patience_seconds
        pause = 0.25
        while self.now() < until:
            if self.chance.random() < 0.2:
                said = await self.ask(attempt)
            else:
                said = await self.call("GET", f"/transactions/{attempt.key}")
                self.hear(attempt, said, "get")
            if said is not None and said.status == _TOKEN_ENDED:
                await self.sign_in()
            elif said is not None and said.word in FINAL | {"requires_action"}:
                return said.word
            await CLOCK.sleep(pause)
            pause = min(1.5 * pause, PAUSE_SECONDS_MAX)
        self.journal.given_up.append(f"transaction {attempt.key}")
        return LOST

    async def until_heard(self, attempt: Attempt) -> str:
        """Wait until a customer's answer is heard of: nobody need have confirmed it."""
        for _ in range(UNHEARD_SECONDS_MAX):
            word = await self.follow(attempt)
            if word != "requires_action":
                return word
            await CLOCK.sleep(1)
        return "requires_action"
