"""Times the provider's calls: a socket between the API and the sandbox that looks at the clock."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fynlo.cli.listen import address, listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PORT = 12311
_READ_BYTES = 65_536


class Meter:
    """When each call's first byte came in, and when the last byte of its answer went out."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[list[float]] = []

    def seconds_within(self, start: float, end: float) -> float:
        """Add up the calls that were made in this time."""
        return sum(last - first for first, last in self.calls if start <= first and last <= end)


@asynccontextmanager
async def metering(upstream: str) -> AsyncIterator[Meter]:
    """Forward to the provider at `upstream`. Pairs calls by time: one must be in flight at most."""
    at = urlsplit(upstream)
    tasks: set[asyncio.Task[None]] = set()
    with listen("127.0.0.1", None, default=PORT) as listener:
        meter = Meter(address(listener))

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            other_reader, other_writer = await asyncio.open_connection(at.hostname, at.port)
            asking = asyncio.Event()
            for work in (
                _ask(meter, asking, reader, other_writer),
                _answer(meter, asking, other_reader, writer),
            ):
                task = asyncio.create_task(work)
                tasks.add(task)
                task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(forward, sock=listener)
        try:
            yield meter
        finally:
            server.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _ask(
    meter: Meter, asking: asyncio.Event, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Pass a call on; its first bytes after an answer begin it."""
    while data := await reader.read(_READ_BYTES):
        if not asking.is_set():
            now = time.monotonic()
            meter.calls.append([now, now])
            asking.set()
        writer.write(data)
    writer.close()


async def _answer(
    meter: Meter, asking: asyncio.Event, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Pass an answer back; whatever comes of it last ends the call."""
    while data := await reader.read(_READ_BYTES):
        writer.write(data)
        meter.calls[-1][1] = time.monotonic()
        asking.clear()
    writer.close()
