"""Values that the pure tests of drawers start from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from fynlo.drawers.model.counts import Counted
from fynlo.drawers.model.session import DrawerSession, DrawerState
from fynlo.drawers.store import TOTALS
from fynlo.kernel.ids import CommandId, DrawerSessionId, LocationId, RegisterId, StaffId
from fynlo.kernel.money import Money, currency
from fynlo.staff.model import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.drawers.model.counts import Count

GBP, EUR = currency("GBP"), currency("EUR")
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
OPENER, SOMEBODY, THIRD = (StaffId(UUID(int=number)) for number in (1, 2, 3))
HERE, ELSEWHERE = LocationId(UUID(int=5)), LocationId(UUID(int=6))


def gbp(minor: int) -> Money:
    return Money(minor, GBP)


def opened(opening: int = 10_000) -> DrawerSession:
    return DrawerSession(
        id=DrawerSessionId(UUID(int=3)),
        register_id=RegisterId(UUID(int=4)),
        location_id=HERE,
        state=DrawerState.OPEN,
        currency=GBP,
        totals={**dict.fromkeys(TOTALS, 0), "opening": opening},
        held=gbp(0),
        movements=1,
        opened_by=OPENER,
        opened_at=NOON,
        version=1,
    )


def person(staff_id: StaffId, role: Role, *keys: StaffId) -> Actor:
    return Actor(staff_id, "Somebody", role, frozenset({HERE}), keys=frozenset(keys))


def counting(session: DrawerSession, counts: Sequence[Count], minor: int, by: Actor) -> list[Count]:
    """Count once more; returns all counts."""
    number = len(counts) + 1
    count = session.count(
        counts,
        Counted(minor),
        by,
        count_id=CommandId(UUID(int=100 + number)),
        now=NOON + timedelta(minutes=number),
    )
    return [*counts, count]
