"""`python -m bench`: measure, print every figure with how it was made, keep the raw numbers."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import msgspec

import fynlo
from bench import card, cash, catalog, counts, decline, lost, notices, orders, profile, rush
from bench.figures import heading, p50_p99, table
from bench.record import recorder
from bench.rig import rig
from fynlo.platform.telemetry import configure_logs

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bench.rig import Rig

TROUBLE: Final = {
    "decline": decline.measure,
    "rush": rush.measure,
    "notices": notices.measure,
    "lost": lost.measure,
    "catalog": catalog.measure,
    "orders": orders.measure,
}
SECTIONS: Final = ("counts", "cash", "card", *TROUBLE, "profile")
_COMMITS: Final = 200
_LOOP: Final = 1_000_000
_BUSY_LOAD: Final = 0.5
_SETTINGS: Final = ("server_version", "fsync", "synchronous_commit", "shared_buffers")


def _loop_ms() -> float:
    """Time a fixed piece of work: by it, figures of two days or machines are compared."""
    start, total = perf_counter(), 0
    for number in range(_LOOP):
        total += number * number
    return 1000 * (perf_counter() - start)


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    seconds: int
    rounds: int
    only: tuple[str, ...]
    out: Path | None


def options() -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="of each round (default: 5)")
    parser.add_argument("--rounds", type=int, default=5, help="of each system (default: 5)")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="one section; repeat it")
    parser.add_argument("--out", type=Path, help="file for the raw numbers, as JSON")
    said = parser.parse_args()
    only = tuple(said.only or SECTIONS)
    return Options(max(2, said.seconds), max(1, said.rounds), only, said.out)


async def run(wish: Options) -> None:
    """Start everything, measure what is asked for, stop everything."""
    configure_logs("console")
    with tempfile.TemporaryDirectory(prefix="fynlo-bench-") as name:
        folder = Path(name)
        with (folder / "log").open("wb") as output:
            try:
                async with rig(folder, output) as made:
                    found = await _measured(made, wish)
            except Exception:
                print((folder / "log").read_text()[-3000:])
                raise
    print("\nHow each figure is made, and what it cannot show: bench/README.md.")
    if wish.out is not None:
        wish.out.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        print(f"The raw numbers are in {wish.out}.")


async def _measured(made: Rig, wish: Options) -> dict[str, Any]:
    found: dict[str, Any] = {"machine": await _machine(made)}
    script = None
    if {"counts", "cash"} & set(wish.only):
        async with recorder(made, made.folder) as recording:
            await recording.warm()
            if "counts" in wish.only:
                found["counts"] = await counts.measure(recording)
            script = await cash.repeat(recording)
    if "cash" in wish.only:
        assert script is not None
        found["cash"] = await cash.measure(made, script, seconds=wish.seconds, rounds=wish.rounds)
    if "card" in wish.only:
        rounds = (wish.rounds + 1) // 2
        found["card"] = await card.measure(made, seconds=wish.seconds, rounds=rounds)
    for name, measure in TROUBLE.items():
        if name in wish.only:
            found[name] = await measure(made, wish.seconds)
    if "profile" in wish.only:
        found["profile"] = await profile.measure(made, seconds=wish.seconds)
    return found


async def _machine(made: Rig) -> dict[str, Any]:
    """Tell what everything ran on, and what a durable commit costs there."""
    connection = await asyncpg.connect(made.owner_url)
    try:
        settings = {one: await connection.fetchval(f"show {one}") for one in _SETTINGS}
        await connection.execute("create table fynlo.bench_commits (number int)")
        commits = []
        for number in range(_COMMITS):
            start = perf_counter()
            await connection.execute("insert into fynlo.bench_commits values ($1)", number)
            commits.append(1000 * (perf_counter() - start))
        await connection.execute("drop table fynlo.bench_commits")
    finally:
        await connection.close()
    machine: dict[str, Any] = {
        "fynlo": fynlo.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load_average_at_start": os.getloadavg(),
        "postgres": settings,
        "durable_commit_ms": commits,
        "loop_ms": [_loop_ms() for _ in range(5)],
    }
    heading("Machine")
    table((name, str(value)) for name, value in machine.items() if not name.endswith("_ms"))
    loops = sorted(machine["loop_ms"])
    table(
        [
            ("a durable insert", p50_p99(commits, of="inserts")),
            ("a loop of Python", f"{loops[2]:.0f} ms ({loops[0]:.0f} to {loops[-1]:.0f})"),
        ]
    )
    if os.getloadavg()[0] > _BUSY_LOAD:
        print("  Something else keeps this machine busy: do not trust what takes time.")
    return machine


async def _cancelled_once(work: Coroutine[Any, Any, None]) -> None:
    """Let Ctrl-C and SIGTERM cancel the work once, so that everything it started ends."""
    task = asyncio.ensure_future(work)
    told = False

    def stop() -> None:
        nonlocal told
        if not told:
            told = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await task


if __name__ == "__main__":
    try:
        asyncio.run(_cancelled_once(run(options())))
    except asyncio.CancelledError:
        raise SystemExit(130) from None
