"""Counts what a client says to PostgreSQL: a socket between the two that reads the protocol."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SOCKET: Final = ".s.PGSQL.5432"
_HEAD_BYTES: Final = 5
# A client waits after each of these, and only after these: so each is one round trip.
_WAITS: Final = {b"Q": "simple", b"S": "sync", b"H": "flush"}
_SEND_BYTES: Final = 65_536


class Traffic(Counter[str]):
    """How many messages of each kind were sent: `simple`, `sync`, `flush`, `prepare`."""

    @property
    def round_trips(self) -> int:
        """How often the client waited for the server."""
        return self["simple"] + self["sync"] + self["flush"]


@asynccontextmanager
async def counting(upstream: str, folder: Path) -> AsyncIterator[Traffic]:
    """Listen in the folder, forward to the server in the folder `upstream`, and count."""
    traffic = Traffic()
    tasks: set[asyncio.Task[None]] = set()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(f"{upstream}/{SOCKET}")
        for work in (_count(reader, server_writer, traffic), _copy(server_reader, writer)):
            task = asyncio.create_task(work)
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    server = await asyncio.start_unix_server(forward, folder / SOCKET)
    try:
        yield traffic
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_SEND_BYTES):
        writer.write(data)
        await writer.drain()
    writer.close()


async def _count(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, traffic: Traffic
) -> None:
    """Forward message by message; the first has no letter, only its length."""
    try:
        length = await reader.readexactly(4)
        writer.write(length + await reader.readexactly(int.from_bytes(length) - 4))
        while True:
            head = await reader.readexactly(_HEAD_BYTES)
            body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
            writer.write(head + body)
            kind = head[:1]
            if kind in _WAITS:
                traffic[_WAITS[kind]] += 1
            elif kind == b"P":
                traffic["prepare"] += 1
    except asyncio.IncompleteReadError:
        writer.close()
