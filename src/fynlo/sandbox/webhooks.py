"""Events on their way to whoever listens: signed, in order or not, again until they are taken."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable

    from fynlo.sandbox.store import Store

RETRY_SECONDS: Final = (1, 5, 30)
"""The waits between attempts: three retries, as in test mode, but within a minute."""

MODES: Final = frozenset({"deliver", "drop", "hold", "duplicate", "reorder"})
POLL_SECONDS: Final = 0.05
CALL_SECONDS: Final = 10


def sign(payload: bytes, secret: str, at: int) -> str:
    """Sign a payload (docs/reference/stripe.md §15.2)."""
    digest = hmac.new(secret.encode(), b"%d." % at + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


@dataclass(frozen=True)
class Endpoint:
    """Who listens. `clock` is the time that a listener lives in."""

    url: str
    secret: str
    clock: Callable[[], float]


class Deliveries:
    """Takes events off the queue and posts them to one endpoint.

    When an event is due goes by the sandbox's clock, which can be advanced. A signature's time does
    not: it is made when the event is sent, for a listener whose clock nobody advanced, and who
    takes what is old or from the future for a forgery.
    """

    def __init__(
        self,
        store: Store,
        endpoint: Endpoint,
        clock: Callable[[], float],
        before: Callable[[], None],
    ) -> None:
        self._store = store
        self._endpoint = endpoint
        self._clock = clock
        self._before = before
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look at the queue now."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            while True:
                self._before()
                mode = self._store.setting("webhook_mode", "deliver")
                if mode != "hold":
                    await self.flush(http, mode)
                self._wake.clear()
                try:
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
                except TimeoutError:
                    continue

    async def flush(self, http: aiohttp.ClientSession, mode: str) -> None:
        """Send everything that is due, as the mode says."""
        delay = self._store.setting("webhook_delay_ms", 0) / 1000
        waiting = self._store.deliveries(self._clock() - delay)
        for seq, account, event_id, attempt in reversed(waiting) if mode == "reorder" else waiting:
            if mode == "drop":
                self._store.delivered(seq)
                continue
            payload = json.dumps(self._store.get(account, "event", event_id)).encode()
            taken = await self._post(http, payload)
            if taken and mode == "duplicate":
                await self._post(http, payload)
            if taken or attempt >= len(RETRY_SECONDS):
                self._store.delivered(seq)
            else:
                self._store.postpone(seq, self._clock() + RETRY_SECONDS[attempt])

    async def _post(self, http: aiohttp.ClientSession, payload: bytes) -> bool:
        to = self._endpoint
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(payload, to.secret, int(to.clock())),
        }
        try:
            async with http.post(
                to.url, data=payload, headers=headers, allow_redirects=False
            ) as response:
                return 200 <= response.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False
