"""Many who want the same done at once share one doing of it: one commit for all of them.

Who comes while a round is under way waits for the next one, which begins when that ends. So one
alone waits for nobody, and the more there are, the less each of them costs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from fynlo.platform.database import DatabaseAway

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

T = TypeVar("T")


class Together(Generic[T]):
    """Collects things to do, and does them in rounds, one after the other."""

    def __init__(self, work: Callable[[Sequence[T]], Coroutine[None, None, None]]) -> None:
        self._work = work
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._rounds: asyncio.Task[None] | None = None

    async def do(self, one: T) -> None:
        """Return once a round that began after this call has done it; raises what that raised."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((one, done))
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._go_on())
        await done

    async def _go_on(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                found = await self._one_round([one for one, _ in batch])
                for (_, done), error in zip(batch, found, strict=True):
                    _tell(done, error)
            finally:
                for _, done in batch:
                    done.cancel()  # A process that stops leaves nobody waiting.

    async def _one_round(self, batch: Sequence[T]) -> list[BaseException | None]:
        """Do all of it, or, if one of them cannot be done, each alone: the others do not suffer."""
        error = await self._try(batch)
        if error is None or len(batch) == 1 or isinstance(error, DatabaseAway):
            return [error] * len(batch)
        return [await self._try([one]) for one in batch]

    async def _try(self, batch: Sequence[T]) -> BaseException | None:
        """Return what goes wrong: it is raised where it belongs, at who asked."""
        (error,) = await asyncio.gather(self._work(batch), return_exceptions=True)
        return error


def _tell(done: asyncio.Future[None], error: BaseException | None) -> None:
    if done.done():
        return  # Whoever asked went away; it was done all the same.
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
