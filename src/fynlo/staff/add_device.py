"""Put a device at a register: from then on people sign in on it with their PINs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import NotFound, must_be_the_same
from fynlo.kernel.ids import uuid7
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.platform.commands import Made
from fynlo.staff import queries, queries_devices, secret_texts, store_devices
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def add_device(
    ports: Ports, caller: Caller, register_id: UUID, device_id: UUID | None, name: str
) -> tuple[Made[Row], str | None]:
    """Add a device; return it with its token, which is told once and kept only as a hash.

    With an id, saying it again changes nothing, and tells no token: if the first answer was lost,
    the device is revoked and another added. Raises `NotFound` for an unknown register, `IdReused`.
    """
    now = ports.clock.now()
    token = secret_texts.new(secret_texts.DEVICE)
    made_id = device_id or uuid7(now)
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.SETTINGS_MANAGE, now)
        if not await queries.registers(tx, register_id):
            raise NotFound(f"There is no register {register_id}.")
        wish: dict[str, Any] = {"register_id": register_id, "name": name}
        hidden = {"token_hash": secret_texts.hashed(token), "created_by": actor.staff_id}
        is_new = await store_devices.insert(tx, made_id, wish | hidden, now)
        device = await queries_devices.device(tx, made_id)
        if is_new:
            act = Act("device.added", "device", made_id, after=wish)
            audit.record(tx, now, caller, act)
    must_be_the_same(device, wish)
    return Made(device, is_replay=not is_new), token if is_new else None
