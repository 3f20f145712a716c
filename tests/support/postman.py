"""The provider's notifications, carried to the API by hand: in any order, and how often."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fynlo.main import NOTICES
from fynlo.notifications.handle import handle_due
from tests.support.provider import WEBHOOK_SECRET, signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from tests.support.shop import Till

PATH = "/api/v1/webhooks/stripe"


@dataclass
class Postman:
    """Brings what the sandbox has to say, signed at the test's time."""

    till: Till

    async def waiting(self, *kinds: str) -> list[dict[str, Any]]:
        """List everything that was ever to be told, in its order; of some types only."""
        shop = self.till.shop
        events = await shop.provider.events(f"sk_test_{shop.merchant_id.hex}")
        return [one for one in events if not kinds or one["type"] in kinds]

    async def bring(
        self, event: dict[str, Any] | bytes, *, secret: str = WEBHOOK_SECRET, age: int = 0
    ) -> httpx.Response:
        """Post one event; `age` seconds after it was signed."""
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        at = self.till.shop.wiring.clock.now()
        headers = {"Stripe-Signature": signature(payload, at, secret, age)}
        return await self.post(payload, headers)

    async def post(self, payload: bytes, headers: Mapping[str, str | bytes]) -> httpx.Response:
        """Post bytes, as anybody can."""
        sent = {"Authorization": "", "Content-Type": "application/json", **headers}
        encoded = {
            name: one if isinstance(one, bytes) else one.encode() for name, one in sent.items()
        }
        raw = [(name.encode(), one) for name, one in encoded.items()]
        return await self.till.http.post(PATH, content=payload, headers=raw)

    async def deliver(self, *kinds: str) -> None:
        """Bring everything that there is to tell, and let the worker handle it."""
        for event in await self.waiting(*kinds):
            answer = await self.bring(event)
            assert answer.status_code == 200, answer.text
        await self.handle()

    async def handle(self, rounds: int = 1, seconds: int = 0) -> None:
        """Let the worker handle what is due, again and again as time goes by."""
        for _ in range(rounds):
            self.till.shop.advance(seconds)
            await handle_due(self.till.shop.ports(), NOTICES)

    async def inbox(self) -> list[tuple[str, str, str | None]]:
        """List what is kept: type, state, and what became of it, as it came."""
        rows = await self.till.shop.rows(
            "select type, state, result from notifications order by received_at, type"
        )
        return [(row["type"], row["state"], row["result"]) for row in rows]
