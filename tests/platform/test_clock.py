"""The machine's clock: the present moment, in UTC, and it does not go back while it waits."""

from __future__ import annotations

from datetime import UTC

from fynlo.platform.clock import Clock, SystemClock


async def test_the_time_is_in_utc_and_goes_on() -> None:
    clock: Clock = SystemClock()

    before = clock.now()
    await clock.sleep(0)
    after = clock.now()

    assert before.tzinfo is after.tzinfo is UTC
    assert before <= after
