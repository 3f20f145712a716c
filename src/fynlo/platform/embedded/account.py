"""Whom PostgreSQL runs as when we are root: it refuses root, as any database should."""

from __future__ import annotations

import os
import pwd
import stat
import sys
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from fynlo.platform.embedded.engine import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_CANDIDATES: Final = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """User and group ids, and whether it needs to pass folders that only root may enter."""

    user: int
    group: int
    passes_walls: bool


def choose(paths: Iterable[Path]) -> Account | None:
    """Choose an unprivileged account that can reach all paths; None when we are not root.

    Raises EngineError when there is no such account, or no way for it to reach a path.
    """
    if os.geteuid() != 0:
        return None
    entry = _entry()
    walls = list(chain.from_iterable(_walls(path, entry.pw_uid, entry.pw_gid) for path in paths))
    if walls and sys.platform != "linux":
        message = (
            f"As root, PostgreSQL runs as {entry.pw_name}, who may not enter {walls[0]}: choose "
            "another data folder, or start Fynlo as an ordinary user."
        )
        raise EngineError(message)
    return Account(entry.pw_uid, entry.pw_gid, passes_walls=bool(walls))


def _entry() -> pwd.struct_passwd:
    for name in _CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    message = f"As root, PostgreSQL needs one of the users {', '.join(_CANDIDATES)}: none exists."
    raise EngineError(message)


def _walls(path: Path, user: int, group: int) -> list[Path]:
    """List the folders above the path, itself included, that this account may not enter."""
    return [folder for folder in (path, *path.parents) if not _may_enter(folder, user, group)]


def _may_enter(folder: Path, user: int, group: int) -> bool:
    status = folder.stat()
    if status.st_uid == user:
        needed = stat.S_IXUSR
    elif status.st_gid == group:
        needed = stat.S_IXGRP
    else:
        needed = stat.S_IXOTH
    return bool(status.st_mode & needed)
