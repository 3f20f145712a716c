"""A postman who brings the provider's notifications again: shuffled, several times, and late."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec

from fynlo.chaos.till import CLOCK

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from fynlo.chaos.server import Server

BAG_MAX: Final = 1000
BATCH: Final = 50
FINISH_SECONDS_MAX: Final = 300.0
_CALL_SECONDS: Final = 20
_PAUSE_SECONDS: Final = 0.5


class Secrets(msgspec.Struct, frozen=True):
    """What the data folder keeps for its own sandbox."""

    stripe_secret_key: str
    stripe_webhook_secret: str


@dataclass
class Postman:
    """Delivers old and new events in any order until there were enough."""

    server: Server
    folder: Path
    http: aiohttp.ClientSession
    chance: Random
    wanted: int
    answers: Counter[int] = field(default_factory=Counter)
    _bag: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def delivered(self) -> int:
        """How many were taken."""
        return self.answers[200]

    async def go(self) -> None:
        """Deliver until enough were taken, or cancelled; an API without the route ends it."""
        while self.delivered < self.wanted and not self.answers[404]:
            await self._fill()
            if not self._bag:
                await CLOCK.sleep(_PAUSE_SECONDS)
                continue
            letters = self.chance.choices(list(self._bag.values()), k=BATCH)
            for letter in letters:
                if not await self._deliver(letter):
                    break  # Nobody is at home.
            else:
                continue
            await CLOCK.sleep(_PAUSE_SECONDS)

    async def finish(self) -> None:
        """Deliver what is left of them, now that the server stays up; for a while at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.go(), FINISH_SECONDS_MAX)

    def _secrets(self) -> Secrets:
        return msgspec.json.decode((self.folder / "secrets.json").read_bytes(), type=Secrets)

    async def _fill(self) -> None:
        """Put the newest events into the bag; the oldest fall out of it."""
        url = self.server.sandbox_url()
        if url is None:
            return
        timeout = aiohttp.ClientTimeout(total=_CALL_SECONDS)
        key = {"Authorization": f"Bearer {self._secrets().stripe_secret_key}"}
        try:
            async with self.http.get(
                f"{url}/v1/events?limit=100", headers=key, timeout=timeout
            ) as answer:
                page = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return
        self._bag |= {one["id"]: one for one in page.get("data", ())}
        for event_id in list(self._bag)[:-BAG_MAX]:
            del self._bag[event_id]

    async def _deliver(self, event: dict[str, Any]) -> bool:
        """Deliver one; False when nobody answered."""
        payload = msgspec.json.encode(event)
        at = int(CLOCK.now().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, self._secrets().stripe_webhook_secret, at),
        }
        timeout = aiohttp.ClientTimeout(total=_CALL_SECONDS)
        url = f"{self.server.url}/api/v1/webhooks/stripe"
        try:
            async with self.http.post(
                url, data=payload, headers=headers, timeout=timeout
            ) as answer:
                self.answers[answer.status] += 1
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.answers[0] += 1
            return False
        return True


def signature(payload: bytes, secret: str, at: int) -> str:
    """Sign a payload as the provider does (docs/reference/stripe.md §15.2)."""
    made = hmac.new(secret.encode(), b"%d." % at + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"
