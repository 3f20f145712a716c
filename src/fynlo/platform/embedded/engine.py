"""What both engines need: a child that is known by its lock, and a short private socket folder."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fynlo.platform.embedded import locks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.platform.embedded.account import Account

_LAUNCH: Final = Path(__file__).with_name("launch.py")
_SOCKET_PATH_BYTES_MAX: Final = 100  # 107 on Linux, 103 on macOS.
_POLL_SECONDS: Final = 0.02
_LOG_BYTES_MAX: Final = 16 * 1024 * 1024


class EngineError(Exception):
    """An engine cannot be started or stopped; the message is for the operator."""


@dataclass(frozen=True)
class Engine:
    """One running engine: its name, the folder with its lock and log, its process."""

    name: str
    folder: Path
    process: subprocess.Popen[bytes]
    log_start_bytes: int = 0

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self.process.pid

    def must_run(self) -> None:
        """Refuse when it has ended, with the end of its log."""
        if self.process.poll() is not None:
            message = f"{self.name} ended at once. Its log ends with:\n{self._last_words()}"
            raise EngineError(message)

    def _last_words(self) -> str:
        log = (self.folder / f"{self.name}.log").read_bytes()[self.log_start_bytes :]
        return "\n".join(log.decode("utf-8", "replace").splitlines()[-12:])

    async def stop(self, number: int, *, patience_seconds: float) -> None:
        """Signal it and wait for its end; kill it when patience runs out."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        waited = 0.0
        while self.process.poll() is None and waited < patience_seconds:
            await asyncio.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        remove_sockets(self.folder, self.name)


def launch(
    name: str, folder: Path, command: Sequence[str], number: int, account: Account | None = None
) -> Engine:
    """Start the command in `folder/<name>`; its output goes to `folder/<name>.log`.

    `number` is the signal that ends it well: it is sent when this process dies.
    """
    options = ["--lock", str(folder / f"{name}.lock"), "--starter", str(os.getpid())]
    options += ["--signal", str(int(number))]
    if account is not None:
        options += ["--user", str(account.user), "--group", str(account.group)]
        options += ["--pass-walls"] if account.passes_walls else []
    path = folder / f"{name}.log"
    if path.exists() and path.stat().st_size > _LOG_BYTES_MAX:
        path.replace(folder / f"{name}.log.1")
    with path.open("ab") as log:
        start_bytes = log.tell()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_LAUNCH), *options, "--", *command],
            cwd=folder / name,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the supervisor, which stops things in order.
        )
        return Engine(name, folder, process, start_bytes)


def prepare(folder: Path) -> Path:
    """Make a private data folder and return its real path: engines change their own folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder.resolve()


async def stop_orphan(name: str, folder: Path, number: int, *, patience_seconds: float) -> None:
    """Stop an engine that outlived its owner. Whoever holds the lock is ours: we put it there.

    Raises EngineError when it does not end or belongs to somebody else.
    """
    lock = folder / f"{name}.lock"
    pid = locks.holder(lock)
    for sent in (number, signal.SIGKILL):
        if pid is None:
            break
        try:
            os.kill(pid, sent)
        except ProcessLookupError:
            pass
        except PermissionError:
            message = f"{name} in {folder} is run by another user (process {pid})."
            raise EngineError(message) from None
        waited = 0.0
        while (pid := locks.holder(lock)) is not None and waited < patience_seconds:
            await asyncio.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
    if pid is not None:
        message = f"{name} in {folder} (process {pid}) does not end."
        raise EngineError(message)


def make_sockets(folder: Path, name: str) -> Path:
    """Make a private folder with a path short enough for Unix sockets; `<name>.sockets` links it.

    Its name is random: in a shared temporary folder nobody can have put one there before us. After
    a crash the same one is used again, so that the engine's URL stays what its clients know.
    """
    link = folder / f"{name}.sockets"
    if link.is_symlink():
        if _reclaim(sockets := link.readlink()):
            return sockets
        link.unlink()
    bases = [tempfile.gettempdir(), "/tmp"]  # noqa: S108 - mkdtemp makes it private
    base = min(bases, key=lambda path: len(os.fsencode(path)) > _SOCKET_PATH_BYTES_MAX - 40)
    sockets = Path(tempfile.mkdtemp(prefix="fynlo-", dir=base))
    link.symlink_to(sockets)
    return sockets


def _reclaim(sockets: Path) -> bool:
    """Empty a socket folder left by a crash, if it is there and still nobody else's."""
    if sockets.is_symlink() or not sockets.is_dir():
        return False
    if os.geteuid() == 0:
        os.chown(sockets, 0, 0, follow_symlinks=False)
    elif sockets.lstat().st_uid != os.geteuid():
        return False
    sockets.chmod(0o700)
    for path in sockets.iterdir():
        path.unlink()
    return True


def remove_sockets(folder: Path, name: str) -> None:
    """Remove the socket folder of a stopped engine, if there is one."""
    link = folder / f"{name}.sockets"
    if not link.is_symlink():
        return
    sockets = link.readlink()
    if sockets.name.startswith("fynlo-"):
        shutil.rmtree(sockets, ignore_errors=True)
    link.unlink()
