"""A Stripe-shaped server with faults on demand, for tests, demos and chaos."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import uvicorn

from fynlo.sandbox.app import Sandbox, SandboxOptions
from fynlo.sandbox.balances import Terms
from fynlo.sandbox.store import StateError

if TYPE_CHECKING:
    import socket

__all__ = ["Sandbox", "SandboxOptions", "StateError", "Terms", "create_app", "serve"]

_GRACE_SECONDS: Final = 2


def create_app(options: SandboxOptions) -> Sandbox:
    """Make the ASGI application. Raises StateError when its file cannot be used."""
    return Sandbox(options)


async def serve(app: Sandbox, listener: socket.socket) -> None:
    """Serve on a listening socket until cancelled; then let what runs come to its end."""
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="on",
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        app.let_go()
        server.should_exit = True
        await serving
        raise
