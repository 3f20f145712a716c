"""Where an API process spends its time in cash sales, by sampling."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec

from bench.figures import heading, table
from bench.processes import user_and_system_seconds
from bench.rig import Target
from bench.sampled import BEGIN, Samples
from bench.shop import SELLING, sign_in
from fynlo.cli.child import ORDERS, Orders
from fynlo.cli.listen import address, listen
from fynlo.config import PREFIX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bench.rig import Rig

PORT: Final = 8200
TOP: Final = 15
_STOP_SECONDS: Final = 20


async def measure(rig: Rig, *, seconds: float) -> dict[str, Any]:
    """Sell at a process that is sampled, and tell where it was found."""
    file = rig.folder / "samples.json"
    async with _sampled(rig, file) as target:
        pid = target.pids["api"]
        os.kill(pid, BEGIN)
        before = user_and_system_seconds(pid)
        load = await rig.load(target, seconds)
        user, system = (
            after - earlier
            for after, earlier in zip(user_and_system_seconds(pid), before, strict=True)
        )
    samples = msgspec.json.decode(file.read_bytes(), type=Samples)
    found = {
        "sales": load.report.sales_with_warm_up,
        "user_seconds": user,
        "system_seconds": system,
        "looks": samples.looks,
        "libraries": _ordered(samples.libraries),
        "functions": _ordered(samples.own),
        "product": _ordered(samples.product),
    }
    _show(found)
    return found


def _ordered(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


@asynccontextmanager
async def _sampled(rig: Rig, file: Path) -> AsyncIterator[Target]:
    """Serve by one sampled process; it writes the file when the block ends."""
    with listen("127.0.0.1", None, default=PORT) as listener:
        inherited = {key: value for key, value in os.environ.items() if PREFIX not in key}
        orders = Orders(kind="api", socket=listener.fileno())
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.sampled", str(file)),
            stdin=asyncio.subprocess.PIPE,  # Its end tells the child that we died.
            stdout=rig.output,
            stderr=rig.output,
            env={
                **inherited,
                **rig.config.to_environment(),
                ORDERS: msgspec.json.encode(orders).decode(),
            },
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
        try:
            url = address(listener)
            async with aiohttp.ClientSession() as http, http.get(f"{url}/ready") as answer:
                answer.raise_for_status()
            yield Target(await sign_in(url, SELLING), {"api": process.pid})
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


def _show(found: dict[str, Any]) -> None:
    heading("Where an API process spends its time in cash sales (sampled, own time)")
    sales = found["sales"]
    user, system = (1000 * found[f"{name}_seconds"] / sales for name in ("user", "system"))
    print(
        f"  {user:.2f} ms in user code and {system:.2f} ms in the kernel for each sale; "
        f"{found['looks']} looks"
    )
    for title in ("libraries", "functions", "product"):
        counts: dict[str, int] = found[title]
        total = sum(counts.values())
        print(f"  by {_TITLES[title]}:")
        top = list(counts.items())[:TOP]
        table([(f"  {100 * count / total:4.1f} %", name) for name, count in top])


_TITLES: Final = {
    "libraries": "library",
    "functions": "function",
    "product": "the product's innermost function, with all that it calls outside of the product",
}
