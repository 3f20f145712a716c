"""`fynlo serve`: engines, sandbox, migrations, a worker and API processes, in that order.

Whatever is given by URL is used; whatever is not is started here. Everything stops in the opposite
order, and nothing outlives this process.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, TYPE_CHECKING, Final

import aiohttp

from fynlo.cli import engines, folder
from fynlo.cli.child import Orders
from fynlo.cli.children import Child, kept
from fynlo.cli.exits import FailedError
from fynlo.cli.listen import address, listen, shared
from fynlo.cli.reach import must_be_migrated, with_sandbox
from fynlo.config import PUBLIC_URL
from fynlo.platform.clock import SystemClock
from fynlo.platform.database import Database, connect
from fynlo.platform.embedded import start_postgres, start_valkey
from fynlo.platform.migrations import migrate, pending
from fynlo.seed import seed_demo

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from fynlo.config import Config

API_PORT: Final = 8000
SANDBOX_PORT: Final = 12111
_READY_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.1
_FAILURES_MAX: Final = 3


@dataclass(frozen=True)
class Options:
    """What the command line says beside the configuration."""

    host: str = "127.0.0.1"
    port: int | None = None  # None: the default, or the next free one.
    workers: int = 1
    with_worker: bool = True
    output: IO[bytes] | None = None  # Where the children log; None: standard error.
    durable: bool = True  # False only for a folder that is thrown away.


@dataclass(frozen=True)
class Serving:
    """What is up, and where."""

    config: Config
    url: str
    sandbox_url: str | None


@asynccontextmanager
async def serving(config: Config, options: Options) -> AsyncIterator[Serving]:
    """Serve inside the block, once everything is ready; stop all of it at the end.

    Raises ConfigError, FolderBusyError, PortTakenError, RefusedError, EngineError or FailedError.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.own(config.data_dir))
        notes = folder.Notebook(config.data_dir)
        listeners = stack.enter_context(
            shared(options.host, options.port, default=API_PORT, by=options.workers)
        )
        url = address(listeners[0])
        config = _with_defaults(config, url)
        config = await _start_engines(stack, config, notes, durable=options.durable)
        sandbox_url = None
        if config.embedded and config.stripe_secret_key is None:
            sandbox = stack.enter_context(listen("127.0.0.1", None, default=SANDBOX_PORT))
            sandbox_url = address(sandbox)
            config = with_sandbox(config, folder.keep_secrets(config.data_dir), sandbox_url)
            orders = _sandbox_orders(config, sandbox, url)
            child = Child("sandbox", orders, config, options.output, notes.process)
            await stack.enter_async_context(kept(child))
        await _prepare(config)

        named = {
            f"api {number}": Orders(kind="api", socket=listener.fileno())
            for number, listener in enumerate(listeners, start=1)
        }
        if options.with_worker:
            named["worker"] = Orders(kind="worker")
        children = [
            Child(name, orders, config, options.output, notes.process)
            for name, orders in named.items()
        ]
        await stack.enter_async_context(kept(*children))
        await _ready(url, children)
        notes.publish(
            folder.Run(
                url=url,
                database_url=_given(config.database_url),
                cache_url=_given(config.cache_url),
                sandbox_url=sandbox_url,
            )
        )
        yield Serving(config, url, sandbox_url)


def _with_defaults(config: Config, url: str) -> Config:
    if config.public_url == PUBLIC_URL:
        config = replace(config, public_url=url)
    if config.embedded and not config.secret_keys:
        secrets = folder.keep_secrets(config.data_dir)
        config = replace(config, secret_keys=secrets.keys)
    return config


async def _start_engines(
    stack: AsyncExitStack, config: Config, notes: folder.Notebook, *, durable: bool
) -> Config:
    """Start what is not given; migrate the embedded database, which has no other owner."""
    path = config.data_dir
    if config.database_url is None:
        postgres = await stack.enter_async_context(
            engines.kept(
                partial(start_postgres, path, durable=durable),
                lambda engine: notes.process("postgres", engine.pid),
            )
        )
        await migrate(postgres.migration_url)
        config = replace(config, database_url=postgres.app_url)
    if config.cache_url is None:
        valkey = await stack.enter_async_context(
            engines.kept(
                partial(start_valkey, path), lambda engine: notes.process("valkey", engine.pid)
            )
        )
        config = replace(config, cache_url=valkey.url)
    return config


def _sandbox_orders(config: Config, listener: socket.socket, url: str) -> Orders:
    return Orders(
        kind="sandbox",
        socket=listener.fileno(),
        state=str(config.data_dir / "sandbox.sqlite"),
        public_url=config.stripe_api_base,
        webhook_url=f"{url}/api/v1/webhooks/stripe",
        webhook_secret=config.stripe_webhook_secrets[0],
    )


async def _prepare(config: Config) -> None:
    """Make sure of the schema, and of the demo shop where nothing real is connected."""
    url = _given(config.database_url)
    must_be_migrated(await pending(config.database_direct_url or url))
    # Connecting also makes sure that row-level security binds the login.
    db = Database(await connect(url, connections_max=1))
    try:
        if config.embedded:
            await seed_demo(db, SystemClock())
    finally:
        await db.close()


async def _ready(url: str, children: list[Child]) -> None:
    """Wait until the API says that it is ready. Raises FailedError when it keeps dying."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + _READY_SECONDS
    timeout = aiohttp.ClientTimeout(total=_READY_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        while clock() < deadline:
            asked = asyncio.ensure_future(_is_ready(http, url))
            done, _ = await asyncio.wait([asked], timeout=1)
            if done and asked.result():
                return
            asked.cancel()
            if any(child.failures >= _FAILURES_MAX for child in children):
                break
            await asyncio.sleep(_LOOK_SECONDS)
    raise FailedError("The server does not get ready: its log says why.")


async def _is_ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(f"{url}/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def _given(value: str | None) -> str:
    assert value is not None
    return value
