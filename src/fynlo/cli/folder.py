"""The data folder: one owner at a time, its secrets, and a note of what runs where."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from fynlo.platform.embedded import locks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK: Final = "fynlo.lock"
_RUN: Final = "run.json"
_SECRETS: Final = "secrets.json"

T = TypeVar("T")


class FolderBusyError(Exception):
    """Another process owns the data folder; the message says which."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What runs: addresses for people and for other commands, process ids by name."""

    url: str
    database_url: str
    cache_url: str
    sandbox_url: str | None
    processes: dict[str, int] = {}


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """The secrets of an installation that was given none. Made once, kept with its data."""

    secret_key: str
    stripe_secret_key: str
    stripe_publishable_key: str
    stripe_webhook_secret: str
    older_secret_keys: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys that sign and encrypt, newest first."""
        return (self.secret_key, *self.older_secret_keys)


class Notebook:
    """Keeps `run.json` true while processes come and go."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _RUN
        self._processes = {"supervisor": os.getpid()}
        self._run: Run | None = None

    def process(self, name: str, pid: int) -> None:
        """Note that a process has (again) started."""
        self._processes[name] = pid
        if self._run is not None:
            self.publish(self._run)

    def publish(self, run: Run) -> None:
        """Write down what runs, for the owner's user only, and keep it up to date from now on."""
        self._run = run
        _write(self._path, msgspec.structs.replace(run, processes=dict(self._processes)))


@contextmanager
def own(folder: Path) -> Iterator[None]:
    """Own the folder, making it when needed. Raises FolderBusyError, naming the owner."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise FolderBusyError(f"{folder} is not a folder.") from None
    except OSError as error:
        raise FolderBusyError(f"{folder} cannot be made: {error.strerror}.") from None
    descriptor = locks.take(folder / _LOCK)
    if descriptor is None:
        run = running(folder)
        at = f", serving {run.url}" if run else ""
        pid = locks.holder(folder / _LOCK)
        raise FolderBusyError(f"Fynlo already runs in {folder} (process {pid}{at}).")
    try:
        (folder / _RUN).unlink(missing_ok=True)  # A killed owner left it.
        yield
    finally:
        (folder / _RUN).unlink(missing_ok=True)
        os.close(descriptor)


def running(folder: Path) -> Run | None:
    """Return what runs in the folder, or None when it has no owner or is only starting."""
    if locks.holder(folder / _LOCK) is None:
        return None
    return _read(folder / _RUN, Run)


def keep_secrets(folder: Path) -> Secrets:
    """Return the folder's secrets, made at the first call. Call as the owner."""
    known = _read(folder / _SECRETS, Secrets)
    if known is not None:
        return known
    account = secrets.token_hex(12)
    made = Secrets(
        secret_key=_new_key(),
        stripe_secret_key=f"sk_test_{account}",
        stripe_publishable_key=f"pk_test_{account}",
        stripe_webhook_secret=f"whsec_{secrets.token_hex(24)}",
    )
    _write(folder / _SECRETS, made)
    return made


def rotate_key(folder: Path) -> Secrets:
    """Put a new key in front; what the older ones signed and encrypted still holds.

    Call as the owner: a server that ran meanwhile could not read what the new key encrypts.
    """
    known = keep_secrets(folder)
    made = msgspec.structs.replace(known, secret_key=_new_key(), older_secret_keys=known.keys)
    _write(folder / _SECRETS, made)
    return made


def _new_key() -> str:
    return secrets.token_urlsafe(32)


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None


def _write(path: Path, value: object) -> None:
    """Replace the file as a whole; private and on disk before it gets its name."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(value)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
