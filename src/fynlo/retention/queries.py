"""For how long a shop keeps what ages, as it holds now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.retention import store
from fynlo.retention.model import AGING

if TYPE_CHECKING:
    from fynlo.platform.database import Tx
    from fynlo.retention.model import Aging


async def days(tx: Tx) -> list[tuple[Aging, int]]:
    """List every class with its days: the shop's own, or those that hold everywhere."""
    own = await store.rules(tx)
    return [(one, own.get(one.name, one.days)) for one in AGING]
