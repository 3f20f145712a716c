"""Which device is speaking, by its token, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.kernel.errors import Unauthenticated
from fynlo.kernel.ids import LocationId, RegisterId
from fynlo.staff import secret_texts, store_devices

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.kernel.ids import MerchantId
    from fynlo.platform.database import Tx
    from fynlo.platform.ports import Ports

_STRANGE = "Send the X-Device-Token of a device that is in use."


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a device stands."""

    register_id: RegisterId
    location_id: LocationId


async def at_device(ports: Ports, device_token: str | None) -> tuple[MerchantId, UUID]:
    """Find whose device has this token; `Unauthenticated` if nobody's has."""
    found = None
    if device_token:
        async with ports.db.system() as connection:
            found = await store_devices.find(connection, secret_texts.hashed(device_token))
    if found is None:
        raise Unauthenticated(_STRANGE)
    return found


async def must_stand(tx: Tx, device_id: UUID) -> Standing:
    """Return where a device stands, until the commit; `Unauthenticated` once it was revoked."""
    row = await store_devices.standing(tx, device_id)
    if row is None:
        raise Unauthenticated(_STRANGE)
    return Standing(RegisterId(row["register_id"]), LocationId(row["location_id"]))
