"""A thousand card payments at one instant: `python -m bench.rush` is the crowd, in its own process.

Each till has an order that is fixed and a connection that was just opened, since a server hangs up
on those who say nothing; then all of them pay at once.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec
import uvloop

from bench.figures import heading, p50_p99, table
from bench.processes import cpu_seconds
from bench.rig import ask_database, one_more, provider_books, provider_must
from bench.till import Order, SaleFailedError, Shop, Till, at_every_register

if TYPE_CHECKING:
    from bench.rig import Rig

CROWD: Final = 1_000
LATENCY_MS: Final = 400
_PAID: Final = 200
_ASK_AGAIN: Final = frozenset({202, 409, 503})
_PAUSE_SECONDS: Final = 0.25
_CONNECT_AT_ONCE: Final = 100
_COMPLETED: Final = (
    "select count(*)::int as all from transactions"
    " where id = any($1::uuid[]) and status = 'completed'"
)


class Crowd(msgspec.Struct, frozen=True):
    """Where to pay, and how many do."""

    shop: Shop
    count: int


class Rush(msgspec.Struct, frozen=True):
    """What each till was answered first, when it knew that it was paid, and under which key."""

    statuses: list[int]
    milliseconds: list[float]
    keys: list[str]
    cpu_seconds: float


async def run(crowd: Crowd) -> Rush:
    """Take the orders a few at a time, then pay them all at once."""
    shop = crowd.shop
    orders = await _orders(crowd)
    tills = [Till(shop) for _ in orders]
    for first in range(0, crowd.count, _CONNECT_AT_ONCE):
        await asyncio.gather(*(one.connect() for one in tills[first : first + _CONNECT_AT_ONCE]))
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


async def _orders(crowd: Crowd) -> list[Order]:
    """Take and fix the orders, one after the other at each register."""
    orders: list[Order] = []

    async def take(till: Till) -> None:
        while len(orders) < crowd.count:
            order = await till.create()
            await till.validate(order)
            orders.append(order)

    await at_every_register(crowd.shop, take)
    return orders[: crowd.count]


async def _pay(till: Till, order: Order) -> tuple[int, float, str]:
    """Pay, and ask again under the same key until it is paid, as a till does."""
    payment = {"method": "card", "amount": order.total, "payment_method_id": "pm_card_visa"}
    body = msgspec.json.encode({"order_id": order.id, "payments": [payment]})
    # The order's id is as good a key as any: this order is paid once.
    first, answer = await till.ask("/transactions/process", body, key=order.id)
    status = first
    while status != _PAID:
        if status not in _ASK_AGAIN:
            raise SaleFailedError(f"A payment was answered {status}: {answer.decode()}")
        await asyncio.sleep(_PAUSE_SECONDS)
        status, answer = await till.ask("/transactions/process", body, key=order.id)
    return first, time.monotonic(), order.id


def main() -> None:
    """Read the plan, carry it out, write the report."""
    crowd = msgspec.json.decode(sys.stdin.buffer.read(), type=Crowd)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(crowd))))


async def measure(rig: Rig, _seconds: float) -> dict[str, Any]:
    """Let the crowd pay at two API processes with a worker, and compare with both books."""
    before = len(await provider_books(rig))
    base = rig.config.stripe_api_base
    async with one_more(rig, stripe_api_base=base, workers=2, with_worker=True) as target:
        await provider_must(rig, "latency", p50_ms=LATENCY_MS, p99_ms=LATENCY_MS)
        watched = {**target.pids, "sandbox": rig.engines["sandbox"]}
        spent = {name: cpu_seconds(pid) for name, pid in watched.items()}
        spent["postgres"] = rig.postgres_cpu_seconds()
        try:
            rush = await _rushed(Crowd(target.shop, CROWD))
        finally:
            await provider_must(rig, "latency", p50_ms=0, p99_ms=0)
        cpu = {name: cpu_seconds(pid) - spent[name] for name, pid in watched.items()}
        cpu["postgres"] = rig.postgres_cpu_seconds() - spent["postgres"]
    cpu["crowd"] = rush.cpu_seconds
    (row,) = await ask_database(rig, _COMPLETED, rush.keys)
    intents = await provider_books(rig)
    new = intents[: len(intents) - before]
    succeeded = sum(one["status"] == "succeeded" for one in new)
    counts = row["all"], len(new), succeeded
    assert counts == (CROWD, CROWD, CROWD), f"Completed, made, succeeded: {counts}."
    found = {
        "milliseconds": rush.milliseconds,
        "first_answers": {one: rush.statuses.count(one) for one in sorted(set(rush.statuses))},
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


def _show(found: dict[str, Any]) -> None:
    heading(f"{CROWD} card payments at one instant (provider {LATENCY_MS} ms, two API processes)")
    times = found["milliseconds"]
    answers = ", ".join(f"{count} × {status}" for status, count in found["first_answers"].items())
    spent = ", ".join(f"{name} {taken:.1f} s" for name, taken in found["cpu_seconds"].items())
    table(
        [
            ("from the instant to being paid (goal: p99 5 s)", p50_p99(times)),
            ("  the first, the last", f"{min(times):.0f} ms, {max(times):.0f} ms"),
            ("  first answers", answers),
            ("processor time, orders included", spent),
            ("taken twice", "none: the provider's books agree"),
        ]
    )


if __name__ == "__main__":
    main()
