"""An ASGI application on a real loopback port, in the test's own event loop, and clients for it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx
import uvicorn

from fynlo.config import Config
from fynlo.main import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fynlo.main import Wiring

_TURNS: Final = 1000
_TLS: Final = ssl.create_default_context()  # Reading the certificates takes each client 40 ms.


def http_client(**options: Any) -> httpx.AsyncClient:
    """Return an HTTP client."""
    return httpx.AsyncClient(verify=_TLS, **options)


@asynccontextmanager
async def serve(app: Any) -> AsyncIterator[str]:
    """Serve until the block ends; yields the address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # Or each answer waits 40 ms.
    config = uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    # What `server.serve` does, without its loop that ticks ten times a second.
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await _hang_up(server)
        await server.shutdown(sockets=[listener])


async def _hang_up(server: uvicorn.Server) -> None:
    """Close what is idle at once, for the server looks only ten times a second."""
    for connection in list(server.server_state.connections):
        connection.shutdown()
    for _ in range(_TURNS):
        if not server.server_state.connections:
            return
        await asyncio.sleep(0)


class _Api:
    """An application that runs on what is lent to it, each time it is started."""

    def __init__(self) -> None:
        self.wiring: Wiring | None = None
        self.app = create_app(Config(), self._lent)

    @asynccontextmanager
    async def _lent(self, _config: Config) -> AsyncIterator[Wiring]:
        assert self.wiring is not None
        yield self.wiring


_idle: list[_Api] = []


@asynccontextmanager
async def serve_api(wiring: Wiring) -> AsyncIterator[str]:
    """Serve the API until the block ends; yields the address.

    An application that no test uses is used again, because building one takes 150 ms.
    """
    api = _idle.pop() if _idle else _Api()
    api.wiring = wiring
    async with serve(api.app) as url:
        yield url
    _idle.append(api)
