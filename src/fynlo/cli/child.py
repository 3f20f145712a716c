"""What the supervisor's children run: the API, the worker, or the sandbox.

The configuration comes in the environment, the listening socket as a descriptor, and the parent
holds the other end of standard input: when that ends, however the parent died, the child ends too.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import uvicorn
import uvloop

from fynlo.config import Config
from fynlo.platform.telemetry import configure_logs

if TYPE_CHECKING:
    from collections.abc import Callable

ORDERS: Final = "_FYNLO_CHILD"
_GRACE_SECONDS: Final = 10


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What one child is told, beside the configuration."""

    kind: str
    socket: int | None = None
    state: str | None = None
    public_url: str = ""
    webhook_url: str | None = None
    webhook_secret: str | None = None


def main() -> None:
    """Do what the orders say until told to stop."""
    orders = msgspec.json.decode(os.environ.pop(ORDERS), type=Orders)
    configure_logs(Config.from_environment().log)
    logging.getLogger("stripe").setLevel(logging.WARNING)  # Or it logs each call twice.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    {"api": _api, "worker": _worker, "sandbox": _sandbox}[orders.kind](orders)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    # Nobody is left to insist, so this thread does.
    threading.Event().wait(_GRACE_SECONDS + 5)
    os._exit(1)


def _api(orders: Orders) -> None:
    _serve("fynlo.main:create_app", orders)


def _sandbox(orders: Orders) -> None:
    from fynlo.sandbox import SandboxOptions, create_app  # noqa: PLC0415 - only this child needs it

    options = SandboxOptions(
        state=Path(orders.state) if orders.state else None,
        seed=None,
        public_url=orders.public_url,
        webhook_url=orders.webhook_url,
        webhook_secret=orders.webhook_secret,
    )
    _serve(lambda: create_app(options), orders, date_header=False)


def _serve(factory: str | Callable[[], Any], orders: Orders, *, date_header: bool = True) -> None:
    assert orders.socket is not None
    config = uvicorn.Config(
        factory,
        factory=True,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=date_header,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    _Server(config).run(sockets=[socket.socket(fileno=orders.socket)])


class _Server(uvicorn.Server):
    """Spares the collector what was loaded at the start, for it stays as long as the process.

    Walking through all of that takes a tenth of a second, in which nobody is served.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; everything is loaded by then."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()


def _worker(_orders: Orders) -> None:
    uvloop.run(_work())


async def _work() -> None:
    from fynlo.worker import run  # noqa: PLC0415 - only this child needs it

    task = asyncio.ensure_future(run(Config.from_environment()))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
    sys.exit("The worker ended by itself.")
