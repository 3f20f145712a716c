"""Revoke a device: it was lost, sold or stolen. Whoever is signed in on it is out at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.errors import NotFound
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import store_devices
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def revoke_device(ports: Ports, caller: Caller, register_id: UUID, device_id: UUID) -> None:
    """End a device's token and the sessions on it, for good; twice is harmless.

    Raises `NotFound` for a device that is not at this register.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        if not await store_devices.revoke(tx, register_id, device_id, now):
            raise NotFound(f"There is no device {device_id} at this register.")
        act = Act("device.revoked", "device", device_id, before={"register_id": register_id})
        audit.record(tx, now, caller, act)
