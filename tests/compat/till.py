"""The existing till, as it speaks: its headers, its bodies, its queue that sends again."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from fynlo.compat.routes import SHARED
from fynlo.staff.hashing import passwords
from tests.http.document import undocumented
from tests.support.serve import http_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.shop import Shop

PASSWORD = "it is a till"
HASH = passwords.hash(PASSWORD)


async def _must_be_documented(answer: httpx.Response) -> None:
    """Hold an answer to what the document says of the shape that the till is led to."""
    await answer.aread()
    method, path = answer.request.method, answer.request.url.path
    below = path.removeprefix("/api/v1")
    if any(method == verb and re.fullmatch(pattern, below) for verb, pattern in SHARED):
        path = f"/api/v1/till{below}"
    asked = httpx.Request(method, answer.request.url.copy_with(path=path))
    led = httpx.Response(answer.status_code, content=answer.content, request=asked)
    assert not (missing := undocumented(led)), missing


@dataclass
class Queued:
    """A call that waits in the till's queue, under the key that it was put in with."""

    method: str
    path: str
    body: dict[str, Any]
    key: str


@dataclass
class OldTill:
    """One till: it signs in, sends, queues what was not answered, and sends that again."""

    shop: Shop
    http: httpx.AsyncClient
    tokens: dict[str, Any] = field(default_factory=dict)
    queue: list[Queued] = field(default_factory=list)

    async def sign_in(self, who: str = "cashier") -> dict[str, Any]:
        """Sign in with e-mail and password, and keep the tokens of the envelope."""
        await give_passwords(self.shop)
        answer = await self.send(
            "POST", "/auth/login", {"email": self.shop.email(who), "password": PASSWORD}
        )
        self.tokens = told(answer)
        return self.tokens

    async def refresh(self) -> None:
        """Change the tokens, as it does half a minute before they end."""
        body = {"refresh_token": self.tokens["refresh_token"]}
        self.tokens = told(await self.send("POST", "/auth/refresh", body))

    async def send(
        self, method: str, path: str, body: object = None, *, key: str | None = None, **more: str
    ) -> httpx.Response:
        """Send a call as the till does: its version, its device, its token."""
        headers = {
            "Accept": "application/json;version=1",
            "Content-Type": "application/json",
            "X-Device-ID": "ipad-7",
        }
        if self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        if key is not None:
            headers["X-Idempotency-Key"] = key
            headers["X-Restaurant-Id"] = str(self.shop.merchant_id)
        headers |= more
        content = None if body is None else json.dumps(body)
        return await self.http.request(method, f"/api/v1{path}", content=content, headers=headers)

    async def later(self, method: str, path: str, body: dict[str, Any]) -> Queued:
        """Put a call into the queue."""
        self.queue.append(Queued(method, path, body, str(uuid4())))
        return self.queue[-1]

    async def drain(self) -> list[httpx.Response]:
        """Send everything that is queued, in its order; it stays, for the answers may be lost."""
        return [await self.send(one.method, one.path, one.body, key=one.key) for one in self.queue]


async def give_passwords(shop: Shop) -> None:
    """Give everybody of the shop the password of this module."""
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        sql = "update staff set password_hash = $1 where merchant_id = $2"
        tx.write(sql, HASH, shop.merchant_id, rows=None)


@asynccontextmanager
async def old_till(shop: Shop, who: str | None = "cashier") -> AsyncIterator[OldTill]:
    """Put somebody at an old till, signed in already; or nobody, who can sign in there."""
    async with http_client(
        base_url=shop.url, timeout=30, event_hooks={"response": [_must_be_documented]}
    ) as http:
        till = OldTill(shop, http)
        if who is not None:  # Without the cost of a password.
            till.tokens = {"access_token": await shop.sign_in(who)}
        yield till


def told(answer: httpx.Response, status: int = 200) -> Any:
    """Return the data of an envelope that must say success."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["success"] is True, body
    return body["data"]


def item(shop: Shop, name: str, quantity: float = 1, price: float | str | None = None) -> Any:
    """Name a line as a later server's body does."""
    line: dict[str, Any] = {"product_id": str(shop.product_id(name)), "quantity": quantity}
    return line if price is None else {**line, "unit_price": price}
