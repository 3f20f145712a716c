"""How long somebody waits who was wrong too often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.ids import MerchantId
from fynlo.staff.limits import (
    COUNTED_FOR_A_DAY,
    TooManyAttempts,
    device_limit,
    password_limit,
    pin_limit,
    reset_limit,
)

if TYPE_CHECKING:
    from fynlo.staff.limits import Limit

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NOBODY = UUID(int=9)
PIN = pin_limit(MerchantId(NOBODY), NOBODY)
DEVICE = device_limit(MerchantId(NOBODY), NOBODY)
PASSWORD = password_limit("somebody@shop.test")
RESET = reset_limit("somebody@shop.test")
LIMITS = (PIN, DEVICE, PASSWORD, RESET)


def tries(limit: Limit, length: timedelta) -> int:
    """Guess whenever it is allowed, for so long; return how many guesses that was."""
    made: list[datetime] = []
    now = NOON
    while now < NOON + length:
        try:
            limit.must_allow([one for one in made if one > now - limit.memory], now)
        except TooManyAttempts as refusal:
            now += timedelta(seconds=int(str(refusal.facts["retry_after"])))
        else:
            made.append(now)
    return len(made)


def test_a_thief_with_a_device_makes_few_guesses_a_day_at_a_pin() -> None:
    assert [tries(one, DAY) for one in LIMITS] == [20, 100, 960, 288]
    assert tries(PIN, 10 * DAY) == 200


def test_after_many_a_day_one_waits_until_the_first_is_a_day_old() -> None:
    failed = [NOON + n * 16 * MINUTE for n in range(20)]
    now = failed[-1] + MINUTE

    with pytest.raises(TooManyAttempts) as refusal:
        PIN.must_allow(failed, now)

    assert refusal.value.facts == {"retry_after": int((NOON + DAY - now).total_seconds()) + 1}
    PIN.must_allow(failed[1:], NOON + DAY)


@given(
    st.sampled_from(LIMITS),
    st.lists(st.integers(0, 90_000), max_size=120),
    st.integers(0, 90_000),
)
def test_who_waits_as_long_as_they_are_told_may_try_again(
    limit: Limit, seconds: list[int], later: int
) -> None:
    failed = [NOON + timedelta(seconds=one) for one in sorted(seconds)]
    now = NOON + timedelta(seconds=max([*seconds, later]))
    try:
        limit.must_allow([one for one in failed if one > now - limit.memory], now)
    except TooManyAttempts as refusal:
        now += timedelta(seconds=int(str(refusal.facts["retry_after"])))
        limit.must_allow([one for one in failed if one > now - limit.memory], now)
    for most, span in limit.spans:
        assert sum(one > now - span for one in failed) < most


def test_what_is_counted_for_a_day_is_kept_for_a_day() -> None:
    for limit in LIMITS:
        is_daily = limit.subject.partition(":")[0] in COUNTED_FOR_A_DAY
        assert is_daily is (limit.memory == DAY)
