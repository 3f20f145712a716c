"""Card sales per second, and the time of our own that a card payment takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.cash import cpu_of_a_sale
from bench.figures import heading, in_short, p50_p99, processes, table
from bench.meter import metering
from bench.rig import one_more

if TYPE_CHECKING:
    from bench.rig import Load, Rig


async def measure(rig: Rig, *, seconds: float, rounds: int) -> dict[str, Any]:
    """Measure both servers in turns, then one payment at a time with the provider's time known."""
    loads: dict[int, list[Load]] = {number: [] for number in rig.targets}
    for _ in range(rounds):
        for number, target in rig.targets.items():
            loads[number].append(await rig.load(target, seconds, by_card=True))
    found: dict[str, Any] = {
        "api": {
            str(number): [
                {
                    "sales_per_second": load.report.per_second,
                    "sales_with_warm_up": load.report.sales_with_warm_up,
                    "cpu_seconds": load.cpu,
                    "payment_milliseconds": load.report.milliseconds,
                }
                for load in some
            ]
            for number, some in loads.items()
        },
        "one_in_flight": await _one_in_flight(rig, seconds * 2),
    }
    _show(found)
    return found


async def _one_in_flight(rig: Rig, seconds: float) -> dict[str, list[float]]:
    """Pay one after the other; the provider's part of each payment is seen at its socket."""
    async with (
        metering(rig.config.stripe_api_base) as meter,
        one_more(rig, stripe_api_base=meter.url) as target,
    ):
        load = await rig.load(target, seconds, by_card=True, registers=1)
    total = load.report.milliseconds
    provider = [1000 * meter.seconds_within(*payment) for payment in load.report.payments]
    assert all(provider), "A payment went past the meter."
    own = [whole - theirs for whole, theirs in zip(total, provider, strict=True)]
    calls = [meter.within(*payment) for payment in load.report.payments]
    pairs = list(zip(load.report.payments, calls, strict=True))
    return {
        "total_ms": total,
        "provider_ms": provider,
        "own_ms": own,
        "journal_ms": [1000 * (made[0][0] - sent) for (sent, _), made in pairs],
        "record_ms": [1000 * (answered - made[-1][1]) for (_, answered), made in pairs],
    }


def _show(found: dict[str, Any]) -> None:
    heading("Card sales per second (the same sale, paid by card; sandbox at zero latency)")
    rows = []
    for number, rounds in found["api"].items():
        rows.append((processes(number), in_short([one["sales_per_second"] for one in rounds])))
        rows.append(("  processor time for a sale", cpu_of_a_sale(rounds)))
    table(rows)
    heading("One card payment at a time (POST /transactions/process, durable commits)")
    one = found["one_in_flight"]
    table(
        [
            ("as the till sees it", p50_p99(one["total_ms"])),
            ("the provider's part", p50_p99(one["provider_ms"])),
            ("our own time (goal: p50 8 ms, p99 25 ms)", p50_p99(one["own_ms"])),
            ("  before the call: refuse, journal, commit", p50_p99(one["journal_ms"])),
            ("  after the call: record, commit, answer", p50_p99(one["record_ms"])),
        ]
    )
