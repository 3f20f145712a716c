"""Values that the pure tests of drawers start from."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from fynlo.drawers.model.session import DrawerSession, DrawerState
from fynlo.drawers.store import TOTALS
from fynlo.kernel.ids import DrawerSessionId, LocationId, RegisterId, StaffId
from fynlo.kernel.money import Money, currency
from fynlo.staff.model import Actor, Role

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


def person(staff_id: StaffId, role: Role) -> Actor:
    return Actor(staff_id, "Somebody", role, frozenset({HERE}))
