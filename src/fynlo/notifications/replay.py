"""Try dead letters again, because a person says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.notifications import store

if TYPE_CHECKING:
    from fynlo.kernel.ids import MerchantId
    from fynlo.platform.ports import Ports


async def replay(ports: Ports, merchant_id: MerchantId, event_id: str | None = None) -> list[str]:
    """Make a dead letter due again, or all of the merchant's; return which they were.

    The worker handles them as if they had just come. Repeating it is harmless.
    """
    async with ports.db.transaction(merchant_id) as tx:
        return await store.revive(tx, event_id, ports.clock.now())
