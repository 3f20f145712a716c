"""Revoke an API key: it lets nobody in any more, from the next request on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import store_keys
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def revoke_key(ports: Ports, caller: Caller, key_id: UUID) -> None:
    """End a key for good; twice is harmless. Raises `NotFound`."""
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.KEYS_MANAGE, now)
        key = await store_keys.lock(tx, key_id)
        store_keys.revoke(tx, key_id, now)
        if key["revoked_at"] is None:
            act = Act("api_key.revoked", "api_key", key_id, before={"prefix": key["prefix"]})
            audit.record(tx, now, caller, act)
