"""The hand on the sandbox: faults, customers, and the provider's books."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    import httpx


WEBHOOK_SECRET: Final = "whsec_a_secret_of_the_tests"


def signature(payload: bytes, at: datetime, secret: str = WEBHOOK_SECRET, age: int = 0) -> str:
    """Sign a payload as the provider does, `age` seconds before a time of the test's."""
    seconds = int(at.timestamp()) - age
    digest = hmac.new(secret.encode(), b"%d." % seconds + payload, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


@dataclass
class Provider:
    """The sandbox of one test."""

    url: str
    http: httpx.AsyncClient

    async def fault(self, kind: str, path: str = "/v1/payment_intents", **more: Any) -> None:
        """Let the next matching POST go wrong."""
        match = {"method": more.pop("method", "POST"), "path": path}
        body = {"kind": kind, "match": match, **more}
        response = await self.http.post("/_sandbox/faults", json=body)
        assert response.status_code == 200, response.text

    async def answer(self, intent_id: str, outcome: str) -> None:
        """Answer 3-D Secure for the customer."""
        response = await self.http.post(
            f"/_sandbox/payment_intents/{intent_id}/action", json={"outcome": outcome}
        )
        assert response.status_code == 200, response.text

    async def intents(self) -> list[dict[str, Any]]:
        """Read what the provider believes of every intent, newest first."""
        found: list[dict[str, Any]] = (await self.http.get("/_sandbox/books")).json()["intents"]
        return found

    async def received(self) -> int:
        """Count what was taken and not given back, in minor units."""
        return sum(one["amount_received"] - one["amount_refunded"] for one in await self.intents())

    async def statuses(self) -> list[str]:
        """List the states of all intents, sorted."""
        return sorted(one["status"] for one in await self.intents())

    async def events(self, account: str) -> list[dict[str, Any]]:
        """List what the provider would tell the owner of this key, as it happened."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 100}
        while True:
            response = await self.http.get(
                "/v1/events", params=query, headers={"Authorization": f"Bearer {account}"}
            )
            assert response.status_code == 200, response.text
            page = response.json()
            found += page["data"]
            if not page["has_more"]:
                return found[::-1]
            query["starting_after"] = found[-1]["id"]
