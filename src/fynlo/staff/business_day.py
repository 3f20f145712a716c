"""Which day a moment belongs to where a location is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import date, datetime, time


def business_day(now: datetime, timezone: str, cutoff: time) -> date:
    """Tell which day a moment belongs to where the shop is: a day ends at its cut-off."""
    since_midnight = timedelta(hours=cutoff.hour, minutes=cutoff.minute, seconds=cutoff.second)
    return (now.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) - since_midnight).date()
