"""Devices at registers, and what they themselves may ask, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from fynlo.kernel.errors import NotFound
from fynlo.platform.body import Line
from fynlo.platform.documented import PUBLIC, SIGNED_IN
from fynlo.platform.http import (
    LIMIT_DEFAULT,
    Given,
    Limit,
    Moment,
    decode_cursor,
    encode_cursor,
    made,
)
from fynlo.staff import queries, queries_devices
from fynlo.staff.add_device import add_device
from fynlo.staff.admit import admit
from fynlo.staff.answers import Pin, TokensOut, tokens_out
from fynlo.staff.at_device import at_device, must_stand
from fynlo.staff.model import Caller, Permission
from fynlo.staff.ports import StaffPorts
from fynlo.staff.revoke_device import revoke_device
from fynlo.staff.sign_in_by_pin import sign_in_by_pin

DeviceToken = Annotated[
    str | None,
    HeaderParameter(
        name="X-Device-Token", description="The token that was told when the device was added."
    ),
]


class PinIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in on this device."""

    staff_id: UUID
    pin: Pin


class DeviceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device to put at a register."""

    name: Line
    id: UUID | None = None


class DeviceOut(msgspec.Struct, frozen=True):
    """A device that stands at a register, or did."""

    id: UUID
    register_id: UUID
    name: str
    created_by: UUID
    created_at: datetime
    revoked_at: datetime | None


class NewDeviceOut(DeviceOut, frozen=True):
    """A device, and once its token: a repeat under the same id does not tell it again."""

    device_token: str | None


class DeviceList(msgspec.Struct, frozen=True):
    """A page of devices."""

    items: list[DeviceOut]
    next: str | None = None


class FaceOut(msgspec.Struct, frozen=True):
    """Somebody who can sign in on a device, and no more of them than a colleague sees."""

    id: UUID
    name: str


class FaceList(msgspec.Struct, frozen=True):
    """A page of people."""

    items: list[FaceOut]
    next: str | None = None


@post(
    "/auth/pin",
    status_code=HTTP_200_OK,
    responses={**PUBLIC, 403: SIGNED_IN[403]},
    security=[{}],
    is_public=True,
)
async def log_in_by_pin(
    data: JSONBody[PinIn], staff_ports: Given[StaffPorts], device_token: DeviceToken = None
) -> TokensOut:
    """Sign in with a PIN on a device that stands at a register. It needs `X-Device-Token`."""
    return tokens_out(await sign_in_by_pin(staff_ports, device_token, data.staff_id, data.pin))


@get("/devices/me/staff", responses=PUBLIC, security=[{}], is_public=True)
async def list_faces(
    staff_ports: Given[StaffPorts],
    device_token: DeviceToken = None,
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> FaceList:
    """List who can sign in with a PIN on this device, by name. It needs `X-Device-Token`."""
    place = decode_cursor(after, tuple[str, UUID])
    merchant_id, device_id = await at_device(staff_ports, device_token)
    async with staff_ports.db.transaction(merchant_id) as tx:
        standing = await must_stand(tx, device_id)
        rows = await queries_devices.people_with_pins(tx, standing.location_id, place, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return FaceList(
        items=[FaceOut(row["id"], row["name"]) for row in rows[:limit]],
        next=encode_cursor(last["name"], last["id"]) if last else None,
    )


@post("/registers/{register_id:uuid}/devices", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_device(
    register_id: FromPath[UUID],
    data: JSONBody[DeviceIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> Response[NewDeviceOut]:
    """Put a device at a register. Its token is told once; the same `id` again does not tell it."""
    added, token = await add_device(staff_ports, caller, register_id, data.id, data.name)
    shown = NewDeviceOut(**dict(added.thing), device_token=token)
    return made(shown, is_replay=added.is_replay)


@get("/registers/{register_id:uuid}/devices", responses=SIGNED_IN)
async def list_devices(
    register_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> DeviceList:
    """List the devices of a register, oldest first; those that were revoked stay listed."""
    place = decode_cursor(after, tuple[Moment, UUID])
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.SETTINGS_MANAGE, staff_ports.clock.now())
        if not await queries.registers(tx, register_id):
            raise NotFound(f"There is no register {register_id}.")
        rows = await queries_devices.devices(tx, register_id, place, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return DeviceList(
        items=[DeviceOut(**dict(row)) for row in rows[:limit]],
        next=encode_cursor(last["created_at"], last["id"]) if last else None,
    )


@delete("/registers/{register_id:uuid}/devices/{device_id:uuid}", responses=SIGNED_IN)
async def delete_device(
    register_id: FromPath[UUID],
    device_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> None:
    """Revoke a device: whoever is signed in on it is out at once."""
    await revoke_device(staff_ports, caller, register_id, device_id)


HANDLERS: Final = (log_in_by_pin, list_faces, create_device, list_devices, delete_device)
