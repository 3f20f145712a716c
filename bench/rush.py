"""A thousand card payments at one instant: `python -m bench.rush` is the crowd, in its own process.

Each till has an order that is fixed and a connection that is open; then all of them pay at once.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec
import uvloop

from bench.figures import heading, p50_p99, percentile, table
from bench.processes import cpu_seconds
from bench.rig import ask_database, provider_books, provider_must
from bench.till import Order, Shop, Till

if TYPE_CHECKING:
    from bench.rig import Rig

CROWD: Final = 1_000
LATENCY_MS: Final = 400
SETTLE_SECONDS_MAX: Final = 60
_AT_ONCE: Final = 16
_FIRST: Final = (
    "select count(*)::int as all, count(*) filter (where status = 'completed')::int as completed"
    " from transactions where id = any($1::uuid[])"
)


class Crowd(msgspec.Struct, frozen=True):
    """Where to pay, and how many do."""

    shop: Shop
    count: int


class Rush(msgspec.Struct, frozen=True):
    """What each till was answered, and after how many milliseconds; and which keys they used."""

    statuses: list[int]
    milliseconds: list[float]
    keys: list[str]
    cpu_seconds: float


async def run(crowd: Crowd) -> Rush:
    """Take the orders a few at a time, then pay them all at once."""
    shop = crowd.shop
    tills = [
        await Till(shop, shop.registers[n % len(shop.registers)]).connect()
        for n in range(crowd.count)
    ]
    orders: list[Order] = []
    for first in range(0, crowd.count, _AT_ONCE):
        orders += await asyncio.gather(*(_fixed(one) for one in tills[first : first + _AT_ONCE]))
    cpu, start = time.process_time(), time.monotonic()
    pays = (_pay(till, order) for till, order in zip(tills, orders, strict=True))
    answers = await asyncio.gather(*pays)
    for till in tills:
        till.close()
    return Rush(
        [status for status, _, _ in answers],
        [1000 * (at - start) for _, at, _ in answers],
        [key for _, _, key in answers],
        time.process_time() - cpu,
    )


async def _fixed(till: Till) -> Order:
    order = await till.create()
    await till.validate(order)
    return order


async def _pay(till: Till, order: Order) -> tuple[int, float, str]:
    payment = {"method": "card", "amount": order.total, "payment_method_id": "pm_card_visa"}
    body = msgspec.json.encode({"order_id": order.id, "payments": [payment]})
    # The order's id is as good a key as any: this order is paid once.
    status, _ = await till.ask("/transactions/process", body, key=order.id)
    return status, time.monotonic(), order.id


def main() -> None:
    """Read the plan, carry it out, write the report."""
    crowd = msgspec.json.decode(sys.stdin.buffer.read(), type=Crowd)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(crowd))))


async def measure(rig: Rig, _seconds: float) -> dict[str, Any]:
    """Let the crowd pay at two API processes, and compare with the provider's books."""
    before = len(await provider_books(rig))
    await provider_must(rig, "latency", p50_ms=LATENCY_MS, p99_ms=LATENCY_MS)
    target = rig.targets[2]
    watched = {**target.pids, "sandbox": rig.engines["sandbox"]}
    spent = {name: cpu_seconds(pid) for name, pid in watched.items()}
    spent["postgres"] = rig.postgres_cpu_seconds()
    try:
        rush = await _rushed(Crowd(target.shop, CROWD))
        settled_after = await _settled(rig, rush.keys)
    finally:
        await provider_must(rig, "latency", p50_ms=0, p99_ms=0)
    cpu = {name: cpu_seconds(pid) - spent[name] for name, pid in watched.items()}
    cpu |= {"postgres": rig.postgres_cpu_seconds() - spent["postgres"], "crowd": rush.cpu_seconds}
    intents = await provider_books(rig)
    new = len(intents) - before
    succeeded = sum(one["status"] == "succeeded" for one in intents[:new])
    assert (new, succeeded) == (CROWD, CROWD), f"{new} intents were made, {succeeded} succeeded."
    found = {
        "milliseconds": rush.milliseconds,
        "statuses": {str(one): rush.statuses.count(one) for one in sorted(set(rush.statuses))},
        "settled_seconds_after_the_last_answer": settled_after,
        "cpu_seconds": cpu,
    }
    _show(found)
    return found


async def _rushed(crowd: Crowd) -> Rush:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.rush"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        answer, _ = await process.communicate(msgspec.json.encode(crowd))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError("The crowd failed; what it says is above.")
    return msgspec.json.decode(answer, type=Rush)


async def _settled(rig: Rig, keys: list[str]) -> float:
    """Wait until every payment is completed; return how long that took."""
    start = time.monotonic()
    while time.monotonic() - start < SETTLE_SECONDS_MAX:
        (row,) = await ask_database(rig, _FIRST, keys)
        if row["all"] == row["completed"] == len(keys):
            return time.monotonic() - start
        await asyncio.sleep(0.1)
    raise RuntimeError(f"Of {row['all']} payments {row['completed']} are completed.")


def _show(found: dict[str, Any]) -> None:
    heading(f"{CROWD} card payments at one instant (provider {LATENCY_MS} ms, two API processes)")
    times = found["milliseconds"]
    answers = ", ".join(f"{count} × {status}" for status, count in found["statuses"].items())
    spent = ", ".join(f"{name} {taken:.1f} s" for name, taken in found["cpu_seconds"].items())
    table(
        [
            ("answered (goal: p99 5 s)", p50_p99(times)),
            ("  the first, the last", f"{min(times):.0f} ms, {percentile(times, 1):.0f} ms"),
            ("  with", answers),
            (
                "settled after the last answer",
                f"{found['settled_seconds_after_the_last_answer']:.1f} s",
            ),
            ("processor time, orders included", spent),
            ("taken twice", "none: the provider's books agree"),
        ]
    )


if __name__ == "__main__":
    main()
