"""Child processes of the supervisor: kept running, and stopped in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

import msgspec

from fynlo.cli.child import ORDERS, Orders
from fynlo.config import PREFIX
from fynlo.platform.telemetry import log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fynlo.config import Config

BACKOFF_SECONDS: Final = (0.1, 0.5, 1, 2, 5, 10)
_HEALTHY_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 20.0


@dataclass
class Child:
    """One child that is started again whenever it ends, ever more slowly while it keeps ending."""

    name: str
    orders: Orders
    config: Config
    output: IO[bytes] | None = None
    on_start: Callable[[str, int], None] = lambda _name, _pid: None
    failures: int = 0
    process: asyncio.subprocess.Process | None = None

    async def keep(self) -> None:
        """Run it for ever: cancel to stop it."""
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            try:
                self.process = await self._start()
                self.on_start(self.name, self.process.pid)
                code = await self.process.wait()
            finally:
                await self._stop()
            self.failures = 1 if clock() - started > _HEALTHY_SECONDS else self.failures + 1
            pause = BACKOFF_SECONDS[min(self.failures, len(BACKOFF_SECONDS)) - 1]
            log.warning("child_ended", child=self.name, code=code, again_in_seconds=pause)
            await asyncio.sleep(pause)

    async def _start(self) -> asyncio.subprocess.Process:
        inherited = {key: value for key, value in os.environ.items() if PREFIX not in key}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",  # As a module it would be there twice: its package imports it as well.
            "from fynlo.cli.child import main; main()",
            stdin=asyncio.subprocess.PIPE,  # Its end tells the child that we died.
            stdout=self.output,
            stderr=self.output,
            env={
                **inherited,
                **self.config.to_environment(),
                ORDERS: msgspec.json.encode(self.orders).decode(),
            },
            pass_fds=[] if self.orders.socket is None else [self.orders.socket],
            start_new_session=True,  # Ctrl-C is for us, who stop things in order.
        )

    async def _stop(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def kept(*children: Child) -> AsyncIterator[None]:
    """Keep children running inside the block; at its end stop them all at once, and wait."""
    tasks = [asyncio.create_task(child.keep(), name=child.name) for child in children]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
