"""A lock on a file that the kernel drops when its holder dies, and that says who the holder is.

POSIX record locks survive `exec` and are not inherited by forked children. So a lock taken just
before becoming PostgreSQL is held by exactly the postmaster, whatever process ids are reused later.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

# `struct flock`: Linux orders type, whence, start, length, pid; macOS start, length, pid, type, …
_LINUX: Final = struct.Struct("hhqqi4x")
_MACOS: Final = struct.Struct("qqihh")


def take(path: Path) -> int | None:
    """Lock the file for this process and return its descriptor, or None when another holds it.

    The lock lasts until the process ends or closes *any* descriptor of the file.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def holder(path: Path) -> int | None:
    """Return the process id that holds the lock; None when nobody (else) does."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return _ask(descriptor)
    finally:
        os.close(descriptor)


def _ask(descriptor: int) -> int | None:
    if sys.platform == "darwin":
        question = _MACOS.pack(0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
        _, _, pid, kind, _ = _MACOS.unpack(fcntl.fcntl(descriptor, fcntl.F_GETLK, question))
    else:
        question = _LINUX.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = _LINUX.unpack(fcntl.fcntl(descriptor, fcntl.F_GETLK, question))
    return None if kind == fcntl.F_UNLCK else int(pid)
