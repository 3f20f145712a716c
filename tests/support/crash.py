"""A process that can die: what was committed or heard by the provider stays, the rest never was."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from fynlo.platform.database import Database
from tests.support.tally import TalliedConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from fynlo.kernel.ids import MerchantId
    from fynlo.payments.model.notice import Stray
    from fynlo.payments.model.outcomes import AnswerLost, Burned, NextAction, Outcome
    from fynlo.payments.providers.port import CardProvider, CardProviders, Instruction
    from tests.support.tally import Tally


T = TypeVar("T")


class Crash(BaseException):
    """The process is gone: no handler of the product may catch this."""


class Fate:
    """Counts the moments at which a process can die, and lets it die at the one that a test names.

    Whoever is dead commits nothing more and calls nobody, until it is started again.
    """

    def __init__(self) -> None:
        self.moments: list[str] = []
        self.dies_at: int | None = None
        self.is_dead = False
        self.life = 0

    def restart(self, dies_at: int | None = None) -> None:
        """Live from now on, until the moment of that number, counted from one."""
        self.moments, self.dies_at, self.is_dead = [], dies_at, False
        self.life += 1

    def reach(self, moment: str, life: int | None = None) -> None:
        """Come to such a moment; who began it in a life that has ended is dead."""
        if self.is_dead or (life is not None and life != self.life):
            raise Crash
        self.moments.append(moment)
        if len(self.moments) == self.dies_at:
            self.is_dead = True
            raise Crash(moment)


class CrashingDatabase(Database):
    """Counts commits, and dies at the one that a test names."""

    fate: Fate | None = None
    tally: Tally | None = None
    _countdown: int | None = None

    def crash_at(self, number: int | None) -> None:
        """Die at the commit of that number from now on; None: never."""
        self._countdown = number

    @asynccontextmanager
    async def _open(self, opening: str) -> AsyncIterator[Any]:
        async with super()._open(opening) as connection:
            yield connection if self.tally is None else TalliedConnection(connection, self.tally)

    async def _commit(self, connection: Any) -> None:
        if self.tally is not None:
            self.tally.commits += 1
        if self._countdown is not None:
            self._countdown -= 1
            if self._countdown == 0:
                raise Crash
        if self.fate is not None:
            self.fate.reach("commit")
        await super()._commit(connection)


class CrashingCards:
    """Card providers whose callers may die before the request leaves, or before its answer."""

    def __init__(self, cards: CardProviders) -> None:
        self.fate: Fate | None = None
        self._cards = cards

    def of(self, merchant_id: MerchantId) -> CardProvider | None:
        """Return the merchant's provider, through which its callers may die."""
        provider = self._cards.of(merchant_id)
        if provider is None or self.fate is None:
            return provider
        return CrashingProvider(provider, self.fate)

    async def close(self) -> None:
        """Close the connections to all providers."""
        await self._cards.close()


class CrashingProvider:
    """One merchant's provider: two moments at each call, one before and one after."""

    def __init__(self, provider: CardProvider, fate: Fate) -> None:
        self.name, self.account = provider.name, provider.account
        self.return_url = provider.return_url
        self.minimum, self.fits = provider.minimum, provider.fits
        self._provider, self._fate, self._life = provider, fate, fate.life

    async def _die_around(
        self, name: str, call: Callable[[Instruction], Awaitable[T]], told: Instruction
    ) -> T:
        self._fate.reach(f"before {name}", self._life)
        answer = await call(told)
        self._fate.reach(f"after {name}", self._life)
        return answer

    async def charge(self, instruction: Instruction) -> Outcome:
        return await self._die_around("charge", self._provider.charge, instruction)

    async def authorize(self, instruction: Instruction) -> Outcome:
        return await self._die_around("authorize", self._provider.authorize, instruction)

    async def capture(self, instruction: Instruction) -> Outcome:
        return await self._die_around("capture", self._provider.capture, instruction)

    async def void(self, instruction: Instruction) -> Outcome:
        return await self._die_around("void", self._provider.void, instruction)

    async def refund(self, instruction: Instruction) -> Outcome:
        return await self._die_around("refund", self._provider.refund, instruction)

    async def find(self, instruction: Instruction) -> Outcome | None:
        return await self._die_around("find", self._provider.find, instruction)

    async def burn(self, instruction: Instruction) -> Burned | Outcome:
        return await self._die_around("burn", self._provider.burn, instruction)

    async def inspect(self, reference: str) -> Stray | AnswerLost | None:
        return await self._provider.inspect(reference)

    async def next_action(self, reference: str) -> NextAction | None:
        return await self._provider.next_action(reference)
