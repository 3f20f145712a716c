"""What tills are told when the menu changes: which thing, and its version; they read it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.platform import outbox
from fynlo.platform.outbox import Event

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Tx


def menu_updated(tx: Tx, now: datetime, name: str, thing_id: UUID, version: int) -> None:
    """Queue the news of one thing; `name` says of what kind, as in `product_id`."""
    outbox.append(
        tx, now, Event("menu.updated", ["merchant"], {name: str(thing_id), "version": version})
    )
