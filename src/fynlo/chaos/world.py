"""The world behind the provider, moved by the sandbox's control calls."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from fynlo.chaos.plan import Clear, Fault, Flush, Jump, Latency, Outage, Webhooks
from fynlo.chaos.till import CLOCK

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIES_MAX: Final = 60
_PAUSE_SECONDS: Final = 0.5
_ALWAYS: Final = 1_000_000


class World:
    """The sandbox, wherever it listens now: it too is killed and comes back."""

    def __init__(self, http: aiohttp.ClientSession, where: Callable[[], str | None]) -> None:
        self._http = http
        self._where = where

    async def call(self, method: str, path: str, body: object = None) -> dict[str, Any] | None:
        """Make a control call until it is answered; None when it never was, or was refused."""
        for _ in range(_TRIES_MAX):
            url = self._where()
            try:
                if url is not None:
                    timeout = aiohttp.ClientTimeout(total=60)
                    async with self._http.request(
                        method, f"{url}/_sandbox{path}", json=body, timeout=timeout
                    ) as answer:
                        told: dict[str, Any] = await answer.json(content_type=None)
                        return told if answer.status == 200 else None
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
                pass
            await CLOCK.sleep(_PAUSE_SECONDS)
        return None

    async def answer(self, intent_id: str, outcome: str) -> None:
        """Let a customer answer the bank; a second answer is refused there, and that is fine."""
        await self.call("POST", f"/payment_intents/{intent_id}/action", {"outcome": outcome})

    async def apply(self, step: object) -> None:
        """Carry out one step of the plan."""
        match step:
            case Fault(kind, method, path, times, skip, delay_ms):
                match = {"method": method, "path": path}
                fault = {"kind": kind, "times": times, "skip": skip, "match": match}
                await self.call("POST", "/faults", fault | {"delay_ms": delay_ms})
            case Latency() | Webhooks():
                path = "/latency" if isinstance(step, Latency) else "/webhooks"
                await self.call("POST", path, asdict(step))
            case Flush():
                await self.call("POST", "/webhooks/flush", {})
            case Jump(seconds):
                await self.call("POST", "/clock", {"advance_seconds": seconds})
            case Clear():
                await self.call("DELETE", "/faults")
            case Outage(_, kind):
                await self.call("DELETE", "/faults")
                await self.call("POST", "/faults", {"kind": kind, "times": _ALWAYS})

    async def calm(self) -> None:
        """Stop making trouble: nothing fails any more, and everything held back goes out."""
        await self.apply(Clear())
        await self.apply(Latency(0, 0))
        await self.apply(Webhooks("deliver", 0))
        await self.apply(Flush())

    async def books(self) -> dict[str, Any] | None:
        """Read what the provider believes."""
        return await self.call("GET", "/books")
