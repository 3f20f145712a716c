"""The hand on one sandbox: the official SDK, bare HTTP, and the control calls."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from fynlo.sandbox import Terms, create_app
from tests.support.serve import http_client, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    import httpx

    from fynlo.sandbox import SandboxOptions

SECRET_KEY = "sk_test_bench0001"
NEVER_REDIRECTS = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
NOT_SOON = Terms(booked_after_seconds=1e6)
"""Charges are not booked behind a test's back."""

DURABLE = (
    *("amount", "amount_capturable", "amount_received", "canceled_at", "cancellation_reason"),
    *("latest_charge", "metadata", "next_action", "payment_method", "status"),
)


@dataclass
class Bench:
    """One sandbox, and who asks it: `stripe` through the SDK, `http` without."""

    url: str
    key: str
    client: stripe.StripeClient
    http: httpx.AsyncClient

    @property
    def v1(self) -> Any:
        """Return the SDK's calls; parameters as plain dicts."""
        return self.client.v1

    async def control(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Make a control call."""
        return await self.http.request(method, f"/_sandbox/{path}", json=body)

    async def told(self, path: str, body: object = None) -> dict[str, Any]:
        """Make a control call that must be heard."""
        response = await self.control("POST", path, body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def fault(self, kind: str, **more: Any) -> None:
        """Let the next matching call go wrong."""
        await self.told("faults", {"kind": kind, **more})

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        await self.told("clock", {"advance_seconds": seconds})

    async def books(self) -> dict[str, Any]:
        """Read what the provider believes."""
        answer: dict[str, Any] = (await self.control("GET", f"books?account={self.key}")).json()
        return answer

    async def intent(self, method: str | None = None, amount: int = 1000, **more: Any) -> Any:
        """Make an intent in pounds, with a card or without."""
        params = {"amount": amount, "currency": "gbp", **NEVER_REDIRECTS, **more}
        if method is not None:
            params["payment_method"] = method
        return await self.v1.payment_intents.create_async(params)

    async def paid(self, method: str = "pm_card_visa", amount: int = 1000, **more: Any) -> Any:
        """Make an intent and confirm it in one call."""
        return await self.intent(method, amount, confirm=True, **more)

    async def post(self, path: str, text: str = "", key: str | None = None) -> httpx.Response:
        """Post a form as it is written."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self.http.post(path, content=text, headers=headers)

    async def durable(self, intent_id: str) -> dict[str, Any]:
        """Read what a refused call must leave alone."""
        found = (await self.http.get(f"/v1/payment_intents/{intent_id}")).json()
        return {name: found[name] for name in DURABLE}

    async def happened(self) -> list[str]:
        """List the types of all events, oldest first."""
        found = (await self.http.get("/v1/events", params={"limit": 100})).json()["data"]
        return [event["type"] for event in reversed(found)]


async def error(call: Awaitable[object], kind: type[stripe.StripeError]) -> dict[str, Any]:
    """Return the error object of a call that must be refused in this way."""
    with pytest.raises(stripe.StripeError) as refused:
        await call
    assert type(refused.value) is kind, repr(refused.value)
    body: Any = refused.value.json_body
    found: dict[str, Any] = body["error"]
    return found


def refusal(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return the error object of an answer that must have this status."""
    assert response.status_code == status, response.text
    found: dict[str, Any] = response.json()["error"]
    return found


@asynccontextmanager
async def bench(options: SandboxOptions, secret_key: str = SECRET_KEY) -> AsyncIterator[Bench]:
    """Serve a sandbox until the block ends."""
    async with serve(create_app(options)) as url, asking(url, secret_key) as made:
        yield made


@asynccontextmanager
async def asking(url: str, secret_key: str = SECRET_KEY) -> AsyncIterator[Bench]:
    """Ask a sandbox that is served somewhere, with a key of one's own."""
    sdk_http = stripe.AIOHTTPClient()
    client = stripe.StripeClient(
        secret_key, base_addresses={"api": url}, http_client=sdk_http, max_network_retries=0
    )
    headers = {"Authorization": f"Bearer {secret_key}"}
    async with http_client(base_url=url, headers=headers, timeout=10) as http:
        try:
            yield Bench(url, secret_key, client, http)
        finally:
            await sdk_http.close_async()  # type: ignore[no-untyped-call]
