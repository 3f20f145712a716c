"""What a person reads of the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.platform.database import Tx


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A notification that could not be handled, and what its last try came to."""

    event_id: str
    type: str
    reference: str | None
    received_at: datetime
    result: str | None


async def dead_letters(tx: Tx) -> list[DeadLetter]:
    """List the merchant's dead letters, oldest first."""
    rows = await tx.fetch(
        """
        select event_id, type, reference, received_at, result from notifications
        where merchant_id = $1 and state = 'failed' order by received_at, event_id
        """,
        tx.merchant_id,
    )
    return [DeadLetter(**row) for row in rows]
