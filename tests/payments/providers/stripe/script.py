"""A server that answers as it is told, for what a sandbox that is right never says."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from aiohttp import web
from aiohttp.test_utils import RawTestServer

from fynlo.kernel.ids import MerchantId
from fynlo.payments.providers.stripe import StripeAccounts, StripeCards
from fynlo.payments.providers.stripe.accounts import CallLimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

MERCHANT: Final = MerchantId(UUID(int=0xABCDEF))
KEY: Final = f"sk_test_{MERCHANT.hex}"


@dataclass(frozen=True)
class Answer:
    """One answer: a document, or bytes as they are."""

    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Call:
    """One call as it came."""

    path: str
    query: str
    body: str
    headers: Mapping[str, str]


class Script:
    """Gives its answers in order, and the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers
        self.calls: list[str] = []
        self.requests: list[Call] = []

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer whatever is asked."""
        answer = self._answers[min(len(self.calls), len(self._answers) - 1)]
        self.calls.append(f"{request.method} {request.path}")
        body = await request.text()
        self.requests.append(Call(request.path, request.query_string, body, request.headers))
        return web.Response(
            status=answer.status,
            body=answer.content,
            content_type="application/json",
            headers=dict(answer.headers),
        )


@asynccontextmanager
async def account_at(url: str, key: str = KEY, **limits: float) -> AsyncIterator[StripeAccounts]:
    """Open a merchant's account at this address."""
    accounts = StripeAccounts(
        key,
        api_base=url,
        merchant_id=MERCHANT,
        return_url="http://127.0.0.1/pay/return",
        limits=CallLimits(**limits),
    )
    try:
        yield accounts
    finally:
        await accounts.close()


@asynccontextmanager
async def cards_at(url: str, key: str = KEY, **limits: float) -> AsyncIterator[StripeCards]:
    """Open a merchant's account at this address, and hand out its cards."""
    async with account_at(url, key, **limits) as accounts:
        cards = accounts.of(MERCHANT)
        assert cards is not None
        yield cards


@asynccontextmanager
async def scripted(*answers: Answer, key: str = KEY) -> AsyncIterator[tuple[StripeCards, Script]]:
    """Serve these answers to an account."""
    script = Script(*answers)
    server = RawTestServer(script.answer)
    async with server, cards_at(str(server.make_url("/")), key) as cards:
        yield cards, script
