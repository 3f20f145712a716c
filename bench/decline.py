"""From a failure to its compensation: three cards, two held, the third declined, the holds gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bench.figures import heading, p50_p99, table
from bench.load import Plan, sold
from bench.meter import metering
from bench.rig import ask_database, one_more

if TYPE_CHECKING:
    from bench.rig import Rig

_LEFT: Final = "select id from transactions where due_at is not null"


async def measure(rig: Rig, seconds: float) -> dict[str, Any]:
    """Decline one sale after the other; the answer comes once both holds are given up."""
    async with (
        metering(rig.config.stripe_api_base) as meter,
        one_more(rig, stripe_api_base=meter.url) as target,
    ):
        plan = Plan(target.shop, by_card=True, registers=1, seconds=seconds * 2, declining=True)
        report = await sold(plan)
    provider = [1000 * meter.seconds_within(*one) for one in report.payments]
    calls = [len(meter.within(*one)) for one in report.payments]
    # Three holds and three voids: the declined card's payment is given up too.
    assert set(calls) == {6}, "Something was not compensated when the till had its answer."
    left = await ask_database(rig, _LEFT)
    assert not left, f"{len(left)} transactions are not finished."
    total = report.milliseconds
    own = [whole - theirs for whole, theirs in zip(total, provider, strict=True)]
    heading("Three cards, the third declined, both holds given up (one at a time)")
    table(
        [
            ("as the till sees it", p50_p99(total, of="declines")),
            ("the provider's part, in two rounds", p50_p99(provider, of="declines")),
            ("our own time (goal: p99 50 ms)", p50_p99(own, of="declines")),
        ]
    )
    return {"total_ms": total, "provider_ms": provider, "own_ms": own}
