"""The embedded engines, kept running for as long as their owner runs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from fynlo.platform.embedded import EngineError
from fynlo.platform.telemetry import log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from fynlo.platform.embedded.engine import Engine

_LOOK_SECONDS: Final = 0.2
_AGAIN_SECONDS: Final = 2.0


class Started(Protocol):
    """A running PostgreSQL or Valkey."""

    @property
    def engine(self) -> Engine:
        """Return its process."""
        ...

    async def stop(self) -> None:
        """End it well."""
        ...


EngineT = TypeVar("EngineT", bound=Started)


@asynccontextmanager
async def kept(
    start: Callable[[], Awaitable[EngineT]], on_start: Callable[[EngineT], None]
) -> AsyncIterator[EngineT]:
    """Start an engine, start it again whenever it dies, and stop it at the block's end.

    Its address stays the same, so what talks to it only has to connect again.
    """
    first = await start()
    on_start(first)
    lives = [first]
    watch = asyncio.create_task(_revive(start, on_start, lives))
    try:
        yield first
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await lives[-1].stop()


async def _revive(
    start: Callable[[], Awaitable[EngineT]],
    on_start: Callable[[EngineT], None],
    lives: list[EngineT],
) -> None:
    while True:
        if lives[-1].engine.process.poll() is None:
            await asyncio.sleep(_LOOK_SECONDS)
            continue
        log.error("engine_ended", engine=lives[-1].engine.name)
        try:
            lives.append(await start())
        except EngineError as error:
            log.error("engine_lost", engine=lives[-1].engine.name, reason=str(error))
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            del lives[:-1]
            on_start(lives[-1])
