"""A call to the provider that takes as long as a test wants it to."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from tests.support.crash import CrashingProvider, Fate
from tests.support.serve import serve_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from fynlo.kernel.ids import MerchantId
    from fynlo.payments.providers.port import CardProvider, CardProviders, Instruction
    from tests.support.shop import Till


T = TypeVar("T")


class HeldCards:
    """Card providers that are asked (`asked`), and act only once `answered` is set."""

    def __init__(self, cards: CardProviders, call: str) -> None:
        self.asked, self.answered = asyncio.Event(), asyncio.Event()
        self.call, self._cards = call, cards

    def of(self, merchant_id: MerchantId) -> CardProvider | None:
        """Return the merchant's provider, whose answers are held back."""
        provider = self._cards.of(merchant_id)
        return provider and _HeldProvider(provider, self)

    async def close(self) -> None:
        """Leave the connections to whoever lent them."""


class _HeldProvider(CrashingProvider):
    def __init__(self, provider: CardProvider, held: HeldCards) -> None:
        super().__init__(provider, Fate())
        self._held = held

    async def _die_around(
        self, name: str, call: Callable[[Instruction], Awaitable[T]], told: Instruction
    ) -> T:
        if name == self._held.call:
            self._held.asked.set()
            await self._held.answered.wait()
        return await super()._die_around(name, call, told)


@asynccontextmanager
async def held_at(till: Till, call: str) -> AsyncIterator[tuple[Till, HeldCards]]:
    """Serve the till's shop once more, where every such call of the provider is held."""
    held = HeldCards(till.shop.wiring.cards, call)
    wiring = replace(till.shop.wiring, cards=held)
    async with serve_api(wiring) as url, replace(till.shop, url=url).till() as slow:
        try:
            yield slow, held
        finally:
            held.answered.set()
