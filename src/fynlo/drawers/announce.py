"""The events of a drawer session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo.drawers.model.counts import opening_difference
from fynlo.platform.outbox import Event, EventType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fynlo.drawers.model.counts import Approval, Count
    from fynlo.drawers.model.session import DrawerSession
    from fynlo.drawers.store import ClosingRules
    from fynlo.kernel.ids import DrawerSessionId, LocationId, RegisterId


class OpeningTold(msgspec.Struct, frozen=True):
    """The float, in minor units, and by how much it is another than was left the last time."""

    session_id: UUID
    currency: str
    opening_amount: int
    opening_difference: int | None


class DrawerTold(msgspec.Struct, frozen=True):
    """Which session it was: what it holds is for those to fetch who may see it."""

    session_id: UUID


class VarianceTold(msgspec.Struct, frozen=True):
    """What differs, in minor units, and who approved it."""

    session_id: UUID
    register: str
    z_number: int
    currency: str
    counted: int
    variance: int
    tolerance: int
    approved_by: UUID


OPENED: Final = EventType("drawer.opened", OpeningTold, "A drawer was opened with its float.")
CLOSED: Final = EventType("drawer.closed", DrawerTold, "A drawer was closed on its count.")
VARIANCE: Final = EventType(
    "cash.variance", VarianceTold, "A drawer was closed with more over or short than is tolerated."
)
EVENTS: Final = (OPENED, CLOSED, VARIANCE)


def opened(
    session_id: DrawerSessionId, register_id: RegisterId, location_id: LocationId, count: Count
) -> Event:
    """Tell that a drawer was opened, with how much."""
    difference = opening_difference([count])
    told = OpeningTold(
        session_id,
        count.counted.currency.code,
        count.counted.minor,
        None if difference is None else difference.minor,
    )
    return Event(OPENED, _rooms(register_id, location_id), told)


def closed(session: DrawerSession, rules: ClosingRules, approval: Approval) -> Iterator[Event]:
    """Tell that a drawer was closed; and of its difference, if that is more than is tolerated."""
    rooms = _rooms(session.register_id, session.location_id)
    yield Event(CLOSED, rooms, DrawerTold(session.id))
    if abs(session.variance.minor) > rules.tolerance_minor:
        assert session.counted is not None
        assert approval.by is not None
        told = VarianceTold(
            session_id=session.id,
            register=rules.register_name,
            z_number=rules.z_number,
            currency=session.currency.code,
            counted=session.counted.minor,
            variance=session.variance.minor,
            tolerance=rules.tolerance_minor,
            approved_by=approval.by,
        )
        yield Event(VARIANCE, rooms, told)


def _rooms(register_id: RegisterId, location_id: LocationId) -> list[str]:
    return [f"register:{register_id}", f"location:{location_id}"]
