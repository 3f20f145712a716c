"""How much processor time other processes took, as Linux counts it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_USER_TIME: Final = 11  # Counted from the third field; then system time, and both of children.


def _stat(pid: str) -> list[str]:
    try:
        return (_PROC / pid / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # It has ended meanwhile.
        return []


def user_and_system_seconds(pid: int) -> tuple[float, float]:
    """Tell how much of a process's time was its own code's, and how much the kernel's."""
    stat = _stat(str(pid))
    if not stat:
        return 0.0, 0.0
    tick = os.sysconf("SC_CLK_TCK")
    return int(stat[_USER_TIME]) / tick, int(stat[_USER_TIME + 1]) / tick


def _seconds(stat: list[str]) -> float:
    ticks = sum(int(one) for one in stat[_USER_TIME : _USER_TIME + 4])
    return ticks / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int, *, with_children: bool = False) -> float:
    """Tell what a process took, and those of its children that live or were waited for.

    0 where there is no `/proc`.
    """
    if not _PROC.is_dir():
        return 0.0
    stat = _stat(str(pid))
    total = _seconds(stat) if stat else 0.0
    if with_children:
        for entry in _PROC.iterdir():
            stat = _stat(entry.name) if entry.name.isdigit() else []
            if len(stat) > 1 and stat[1] == str(pid):
                total += _seconds(stat)
    return total
