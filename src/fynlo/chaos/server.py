"""The server under test: started, killed part by part, and started again by its operator.

What the supervisor does by itself it is left to do: it starts children and engines again. The
kit is the operator for the rest: when the supervisor itself ends, `fynlo serve` is started again on
the same data folder and port, as often as it takes.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
import msgspec

from fynlo.chaos.plan import Target
from fynlo.chaos.till import CLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

READY_SECONDS_MAX: Final = 90.0
START_TRIES_MAX: Final = 40
STOP_SECONDS_MAX: Final = 60.0
_LOOK_SECONDS: Final = 0.1
_ANSWER_SECONDS: Final = 5.0


class NotServing(Exception):
    """The server does not come up; the message is for the operator."""


class Run(msgspec.Struct, frozen=True):
    """What `run.json` in the data folder says."""

    url: str
    database_url: str
    sandbox_url: str | None
    processes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Killed:
    """One kill, and how long it took until everything was there again."""

    at: float
    target: Target
    pid: int
    seconds: float | None


@dataclass
class Server:
    """`fynlo serve` in one data folder."""

    command: Sequence[str]
    folder: Path
    port: int
    http: aiohttp.ClientSession
    start_tries_max: int = START_TRIES_MAX
    starts: int = 0
    start_tries: int = 0
    kills: list[Killed] = field(default_factory=list)
    rss_kib: int = 0
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where the API answers, whenever it does."""
        return f"http://127.0.0.1:{self.port}"

    def run(self) -> Run | None:
        """Read what runs; None before it is up, or when the notebook is a dead server's."""
        try:
            found = msgspec.json.decode((self.folder / "run.json").read_bytes(), type=Run)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        mine = self._process
        is_mine = mine is not None and found.processes.get("supervisor") == mine.pid
        return found if is_mine else None

    def sandbox_url(self) -> str | None:
        """Where the sandbox listens now."""
        found = self.run()
        return None if found is None else found.sandbox_url

    async def start(self) -> None:
        """Start it, again while it refuses: what was killed may take a moment to end.

        Raises `NotServing` when it does not come up.
        """
        for _ in range(self.start_tries_max):
            await self._launch()
            if await self.comes_up(READY_SECONDS_MAX):
                self.starts += 1
                return
            await self.stop()
            await CLOCK.sleep(0.5)
        raise NotServing(f"The server does not come up; see {self.folder / 'serve.log'}.")

    async def _launch(self) -> None:
        self.start_tries += 1
        inherited = {key: one for key, one in os.environ.items() if "FYNLO_" not in key}
        words = ["--data-dir", str(self.folder), "--port", str(self.port), "--workers", "2"]
        with (self.folder / "serve.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                *words,
                env=inherited,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the kit, which stops things in order.
            )

    async def comes_up(self, seconds_max: float) -> bool:
        """Wait until it is ready; False when it ended instead, or takes too long."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds_max
        while clock() < deadline:
            if not self.is_running:
                return False
            if self.run() is not None and await self.is_ready():
                return True
            await CLOCK.sleep(_LOOK_SECONDS)
        return False

    @property
    def is_running(self) -> bool:
        """Whether the supervisor lives."""
        return self._process is not None and self._process.returncode is None

    async def is_ready(self) -> bool:
        """Whether the API can reach its database, and the sandbox answers."""
        sandbox = self.sandbox_url()
        asked = [f"{self.url}/ready"]
        asked += [f"{sandbox}/_sandbox/requests"] if sandbox is not None else []
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        try:
            for url in asked:
                async with self.http.get(url, timeout=timeout) as answer:
                    await answer.read()
                    if answer.status != 200:
                        return False
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
        return True

    async def kill(self, target: Target, which: int) -> None:
        """Kill one process, and see to it that everything comes back."""
        run = self.run()
        if run is None:
            return
        names = sorted(one for one in run.processes if one.split()[0] == target)
        if not names:
            return
        name = names[which % len(names)]
        pid = run.processes[name]
        clock = asyncio.get_running_loop().time
        at = clock()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        is_back = await self._is_back(name, pid)
        self.kills.append(Killed(at, target, pid, clock() - at if is_back else None))

    async def _is_back(self, name: str, pid: int) -> bool:
        """Wait until the process has a successor and everything answers."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + READY_SECONDS_MAX
        while clock() < deadline:
            if not self.is_running or name == Target.SUPERVISOR:
                await self.stop()
                await self.start()
                return True
            run = self.run()
            if run is not None and run.processes.get(name) != pid and await self.is_ready():
                return True
            await CLOCK.sleep(_LOOK_SECONDS)
        await self.stop()
        await self.start()
        return False

    async def keep(self) -> None:
        """Watch the memory of the API's processes, until cancelled."""
        while True:
            run = self.run()
            for name, pid in run.processes.items() if run is not None else ():
                if name.split()[0] == Target.API:
                    self.rss_kib = max(self.rss_kib, peak_kib(pid))
            await CLOCK.sleep(1)

    async def stop(self) -> None:
        """Stop it well, or kill it when it does not end."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS_MAX)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def peak_kib(pid: int) -> int:
    """Return the most memory that a process ever had; 0 where the kernel does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0
    for line in lines:
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0
