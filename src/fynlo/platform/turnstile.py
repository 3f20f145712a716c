"""So many at once and no more, in the order in which they came; the others wait outside.

A process that takes on more than it can carry serves nobody in time: calls run out, answers are
lost, and finding them again costs more than the calls did.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import AsyncIterator


class Crowded(Exception):
    """Nobody left in time. Nothing was begun: asking again under the same key is safe."""


class Place:
    """A place inside: left at the end of the block, or when the work that it is kept for ends."""

    def __init__(self) -> None:
        self._work: Task[Any] | None = None

    def keep_until(self, work: Task[Any]) -> None:
        """Leave when this work is done, though the block may end before it."""
        self._work = work

    def leave(self, free: asyncio.Semaphore) -> None:
        """Make room for the next, now or when the work is done."""
        if self._work is None or self._work.done():
            free.release()
        else:
            self._work.add_done_callback(lambda _: free.release())


class Turnstile:
    """Counts who is inside."""

    def __init__(self, places: int) -> None:
        self._free = asyncio.Semaphore(places)

    @property
    def is_full(self) -> bool:
        """Whether who comes now has to wait."""
        return self._free.locked()

    @asynccontextmanager
    async def place(self, seconds: float) -> AsyncIterator[Place]:
        """Wait for a place, for so many seconds at most. Raises `Crowded` after that."""
        try:
            async with asyncio.timeout(seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Crowded from None
        mine = Place()
        try:
            yield mine
        finally:
            mine.leave(self._free)
