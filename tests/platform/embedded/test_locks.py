"""A lock says who holds it, and the kernel drops it with its holder."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from fynlo.platform.embedded import locks

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from fynlo.platform.embedded import locks
print(locks.take(Path(sys.argv[1])) is not None, flush=True)
sys.stdin.read()
"""


def test_a_lock_nobody_took_has_no_holder(tmp_path: Path) -> None:
    assert locks.holder(tmp_path / "lock") is None

    (tmp_path / "lock").touch()

    assert locks.holder(tmp_path / "lock") is None


def test_a_second_process_is_refused_and_told_who_holds_it_until_the_holder_dies(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"True\n"

        assert locks.take(path) is None
        assert locks.holder(path) == first.pid

        first.kill()

    assert locks.holder(path) is None
    descriptor = locks.take(path)
    assert descriptor is not None
    os.close(descriptor)
