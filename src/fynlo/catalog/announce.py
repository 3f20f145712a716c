"""What tills are told when the menu changes: which thing, and its version; they read it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo.platform import outbox
from fynlo.platform.outbox import Event, EventType

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.platform.database import Tx


class MenuTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which thing changed, by its id, and the version that it has now.

    With a `location_id` it changed there only: it is sold out or not, or taxed otherwise. After an
    import anything may have changed.
    """

    version: int
    product_id: UUID | None = None
    category_id: UUID | None = None
    tax_rate_id: UUID | None = None
    modifier_id: UUID | None = None
    location_id: UUID | None = None
    import_id: UUID | None = None


UPDATED: Final = EventType("menu.updated", MenuTold, "Something on the menu was changed or added.")
EVENTS: Final = (UPDATED,)


def menu_updated(tx: Tx, now: datetime, changed: MenuTold) -> None:
    """Queue the news of one thing."""
    outbox.append(tx, now, Event(UPDATED, ["merchant"], changed))
