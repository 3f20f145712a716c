"""A Stripe-shaped server with faults on demand, for tests, demos and chaos."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvicorn

from fynlo.sandbox.app import Sandbox, SandboxOptions
from fynlo.sandbox.balances import Terms

if TYPE_CHECKING:
    import socket

__all__ = ["Sandbox", "SandboxOptions", "Terms", "create_app", "serve"]


def create_app(options: SandboxOptions) -> Sandbox:
    """Make the ASGI application."""
    return Sandbox(options)


def serve(options: SandboxOptions, listener: socket.socket) -> None:
    """Serve on a listening socket until the process is told to end."""
    config = uvicorn.Config(
        create_app(options), log_config=None, lifespan="on", loop="uvloop", date_header=False
    )
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
