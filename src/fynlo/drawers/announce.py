"""The events of a drawer session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo.platform.outbox import Event, EventType

if TYPE_CHECKING:
    from fynlo.kernel.ids import DrawerSessionId, LocationId, RegisterId


class DrawerTold(msgspec.Struct, frozen=True):
    """Which session it was: what it holds is for those to fetch who may see it."""

    session_id: UUID


OPENED: Final = EventType("drawer.opened", DrawerTold, "A drawer was opened with its float.")
CLOSED: Final = EventType("drawer.closed", DrawerTold, "A drawer was counted and closed.")
EVENTS: Final = (OPENED, CLOSED)


def opened(session_id: DrawerSessionId, register_id: RegisterId, location_id: LocationId) -> Event:
    """Tell that a drawer was opened."""
    rooms = [f"register:{register_id}", f"location:{location_id}"]
    return Event(OPENED, rooms, DrawerTold(session_id))


def closed(session_id: DrawerSessionId, register_id: RegisterId) -> Event:
    """Tell that a drawer was closed."""
    return Event(CLOSED, [f"register:{register_id}"], DrawerTold(session_id))
