"""The load generator, a process of its own: `python -m bench.load`, a plan on standard input.

It keeps one sale in flight at each register, counts those that were answered after the warm-up,
and writes a report to standard output, with the processor time that it took itself.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Final

import msgspec
import uvloop

from bench.till import Shop, Till, at_every_register

WARM_SECONDS: Final = 1.0


class Plan(msgspec.Struct, frozen=True):
    """What to do."""

    shop: Shop
    by_card: bool
    registers: int
    seconds: float
    declining: bool = False  # Three cards instead, of which the third is declined.


class Report(msgspec.Struct, frozen=True):
    """What came of it: for each sale, when its payment was sent and answered (monotonic)."""

    payments: list[tuple[float, float]]
    seconds: float
    sales_with_warm_up: int
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Sales completed in a second."""
        return len(self.payments) / self.seconds

    @property
    def milliseconds(self) -> list[float]:
        """How long each payment took from the till's side."""
        return [1000 * (answered - sent) for sent, answered in self.payments]


async def run(plan: Plan) -> Report:
    """Sell until the time is up."""
    payments: list[tuple[float, float]] = []
    cpu = time.process_time()
    start = time.monotonic() + WARM_SECONDS
    end = start + plan.seconds

    async def sell(till: Till) -> None:
        while time.monotonic() < end:
            payments.append(
                await till.sell(
                    by_card=plan.by_card, clock=time.monotonic, declining=plan.declining
                )
            )

    await at_every_register(plan.shop, sell, registers=plan.registers)
    counted = [payment for payment in payments if start <= payment[1] < end]
    return Report(counted, plan.seconds, len(payments), time.process_time() - cpu)


def main() -> None:
    """Read the plan, carry it out, write the report."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    report = uvloop.run(run(plan))
    sys.stdout.buffer.write(msgspec.json.encode(report))


async def sold(plan: Plan) -> Report:
    """Carry out a plan in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        answer, _ = await process.communicate(msgspec.json.encode(plan))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError("The load generator failed; what it says is above.")
    return msgspec.json.decode(answer, type=Report)


if __name__ == "__main__":
    main()
