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

    def within(self, start: float, end: float) -> list[list[float]]:
        """Return the calls that were made in this time, as they began."""
        return sorted(call for call in self.calls if start <= call[0] and call[1] <= end)

    def seconds_within(self, start: float, end: float) -> float:
        """Tell how long one call at least was under way in this time."""
        seconds, until = 0.0, start
        for first, last in self.within(start, end):
            seconds += max(0.0, last - max(first, until))
            until = max(until, last)
        return seconds


@asynccontextmanager
async def metering(upstream: str) -> AsyncIterator[Meter]:
    """Forward to the provider at `upstream`; calls of several connections may overlap."""
    at = urlsplit(upstream)
    tasks: set[asyncio.Task[None]] = set()
    with listen("127.0.0.1", None, default=PORT) as listener:
        meter = Meter(address(listener))

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            other_reader, other_writer = await asyncio.open_connection(at.hostname, at.port)
            line = _Line()
            for work in (
                _ask(meter, line, reader, other_writer),
                _answer(line, other_reader, writer),
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


class _Line:
    """One connection, and the call that it carries now."""

    call: list[float] | None = None
    is_asking = False


async def _ask(
    meter: Meter, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Pass a call on; its first bytes after an answer begin it."""
    while data := await reader.read(_READ_BYTES):
        if not line.is_asking:
            now = time.monotonic()
            line.call, line.is_asking = [now, now], True
            meter.calls.append(line.call)
        writer.write(data)
    writer.close()


async def _answer(line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass an answer back; whatever comes of it last ends the call."""
    while data := await reader.read(_READ_BYTES):
        writer.write(data)
        if line.call is not None:
            line.call[1] = time.monotonic()
        line.is_asking = False
    writer.close()
