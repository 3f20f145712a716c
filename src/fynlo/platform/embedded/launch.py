"""Become an engine: take its lock, tie its life to the starter's, drop root, then `exec`.

It runs as a script of its own, because all of this must happen in the new process, and because
code between `fork` and `exec` of a process with threads can hang. Standard library only.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_KEEPCAPS: Final = 8
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_RAISE: Final = 2
_CAP_DAC_OVERRIDE: Final = 1
_CAPABILITY_VERSION_3: Final = 0x20080522


def main() -> None:
    """Parse what to become, prepare, and become it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", required=True, help="file to hold locked while running")
    parser.add_argument("--starter", type=int, required=True, help="process id to die with")
    parser.add_argument("--signal", type=int, default=signal.SIGTERM, help="sent at its death")
    parser.add_argument("--user", type=int, help="user id to become")
    parser.add_argument("--group", type=int, help="group id to become")
    parser.add_argument("--pass-walls", action="store_true", help="keep the right to enter folders")
    parser.add_argument("command", nargs="+")
    wanted = parser.parse_args()

    _hold(wanted.lock)
    if wanted.user is not None:
        _drop_root(wanted.user, wanted.group, pass_walls=wanted.pass_walls)
    _die_with(wanted.starter, wanted.signal)
    os.execv(wanted.command[0], wanted.command)  # noqa: S606 - no shell is what we want


def _hold(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(descriptor, True)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"{path} is held by a running engine.")


def _drop_root(user: int, group: int, *, pass_walls: bool) -> None:
    """Change user for good. PostgreSQL refuses root, yet root's folders admit nobody else.

    With `pass_walls` one capability stays, the one that opens files: so no folder of root's has to
    be opened to everybody, which would be the lasting and the worse concession.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if pass_walls:
        _check(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    if pass_walls:
        mask = 1 << _CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
        _check(libc.capset(header, sets))
        _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0))


def _die_with(starter: int, number: int) -> None:
    """Ask the kernel to signal us when our starter dies. Set after the user: a change clears it."""
    if sys.platform != "linux":
        return
    _check(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0))
    if os.getppid() != starter:
        sys.exit("The process that started this engine has gone.")


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main()
