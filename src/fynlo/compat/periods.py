"""How far back the till wants to look: in business days of the place where it stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from fynlo.staff import business_day, queries

if TYPE_CHECKING:
    from fynlo.platform.database import Tx
    from fynlo.staff import Actor


class Period(StrEnum):
    """A time that ends now."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


_DAYS: Final = {Period.TODAY: 1, Period.WEEK: 7, Period.MONTH: 30}


async def begin_of(tx: Tx, actor: Actor, period: Period, now: datetime) -> datetime | None:
    """Find when a time began, by the clock of where somebody works; None for all of it."""
    if period is Period.ALL:
        return None
    places = await queries.locations(tx, actor.standing_at)
    mine = [one for one in places if actor.works_at(one["id"])] or places
    zone, cutoff = mine[0]["timezone"], mine[0]["day_cutoff"]
    return day_began(business_day(now, zone, cutoff) - timedelta(_DAYS[period] - 1), zone, cutoff)


def day_began(day: date, timezone: str, cutoff: time) -> datetime:
    """Tell when a business day began: at its cut-off, by the clock of the place."""
    return datetime.combine(day, cutoff, ZoneInfo(timezone)).astimezone(UTC)
