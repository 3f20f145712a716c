"""A server that answers as it is told, for what a sandbox that is right never says."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aiohttp import web
from aiohttp.test_utils import RawTestServer

from fynlo.kernel.ids import MerchantId
from fynlo.payments.providers.stripe import StripeAccounts, StripeCards
from fynlo.payments.providers.stripe.accounts import CallLimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MERCHANT = MerchantId(UUID(int=1))


@dataclass(frozen=True)
class Answer:
    """One answer: a document, or bytes as they are."""

    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Script:
    """Gives its answers in order, and the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers
        self.calls: list[str] = []
        self.queries: list[str] = []

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer whatever is asked."""
        answer = self._answers[min(len(self.calls), len(self._answers) - 1)]
        self.calls.append(f"{request.method} {request.path}")
        self.queries.append(request.query_string)
        return web.Response(
            status=answer.status,
            body=answer.content,
            content_type="application/json",
            headers=dict(answer.headers),
        )


@asynccontextmanager
async def cards_at(url: str, **limits: float) -> AsyncIterator[StripeCards]:
    """Open a merchant's account at this address."""
    accounts = StripeAccounts(
        f"sk_test_{MERCHANT.hex}",
        api_base=url,
        merchant_id=MERCHANT,
        return_url="http://127.0.0.1/pay/return",
        limits=CallLimits(**limits),
    )
    cards = accounts.of(MERCHANT)
    assert cards is not None
    try:
        yield cards
    finally:
        await accounts.close()


@asynccontextmanager
async def scripted(*answers: Answer) -> AsyncIterator[tuple[StripeCards, Script]]:
    """Serve these answers to an account."""
    script = Script(*answers)
    async with RawTestServer(script.answer) as server, cards_at(str(server.make_url("/"))) as cards:
        yield cards, script
