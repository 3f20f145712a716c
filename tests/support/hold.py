"""A look at the provider that takes as long as a test wants it to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.support.crash import CrashingProvider, Fate

if TYPE_CHECKING:
    from fynlo.kernel.ids import MerchantId
    from fynlo.payments.model.outcomes import Outcome
    from fynlo.payments.providers.port import CardProvider, CardProviders, Instruction


class HeldCards:
    """Card providers that are asked (`asked`), and say what they found once `answered` is set."""

    def __init__(self, cards: CardProviders) -> None:
        self.asked, self.answered = asyncio.Event(), asyncio.Event()
        self._cards = cards

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

    async def find(self, instruction: Instruction) -> Outcome | None:
        self._held.asked.set()
        await self._held.answered.wait()
        return await super().find(instruction)
