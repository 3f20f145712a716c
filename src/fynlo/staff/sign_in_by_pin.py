"""Sign in with a PIN, on a device that stands at a register: people change quickly at a till."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import Forbidden
from fynlo.kernel.ids import StaffId
from fynlo.staff import attempts, store
from fynlo.staff.at_device import at_device, must_stand
from fynlo.staff.begin_session import begin_session
from fynlo.staff.hashing import NOBODY, passwords
from fynlo.staff.limits import device_limit, pin_limit
from fynlo.staff.model import InvalidCredentials, Role

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.staff.begin_session import SignedIn
    from fynlo.staff.ports import StaffPorts

_WRONG: Final = "The person or the PIN is wrong."


async def sign_in_by_pin(
    ports: StaffPorts, device_token: str | None, person_id: UUID, pin: str
) -> SignedIn:
    """Open a session on a device. Somebody unknown, or without a PIN, is a wrong PIN.

    Raises `Unauthenticated` for a device that is none of ours or was revoked, `InvalidCredentials`,
    `Forbidden` for who does not work where it stands, and `TooManyAttempts` after five failures of
    the person or twenty at the device in a quarter of an hour.
    """
    now, staff_id = ports.clock.now(), StaffId(person_id)
    merchant_id, device_id = await at_device(ports, device_token)
    limits = pin_limit(merchant_id, staff_id), device_limit(merchant_id, device_id)
    async with ports.db.system() as connection:
        await attempts.must_be_few(connection, now, *limits)
    async with ports.db.transaction(merchant_id) as tx:
        row = await store.find_secrets(tx, staff_id)
    pin_hash = None if row is None else row["pin_hash"]
    fits = await asyncio.to_thread(passwords.verify, pin, pin_hash or NOBODY)
    is_right = fits and pin_hash is not None
    await attempts.count(ports, now, *limits, is_right=is_right)
    if not is_right:
        raise InvalidCredentials(_WRONG)
    async with ports.db.transaction(merchant_id) as tx:
        device = await must_stand(tx, device_id)
        held = await store.lock_secret(tx, staff_id, password_hash=None, pin_hash=pin_hash)
        if held is None:  # It was changed while it was being read.
            raise InvalidCredentials(_WRONG)
        person = store.person(held)
        if person.role is not Role.ADMIN and device.location_id not in person.location_ids:
            raise Forbidden("You do not work at this location.")
        return begin_session(tx, ports, person, now, device_id)
