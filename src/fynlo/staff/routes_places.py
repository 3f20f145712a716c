"""Locations and registers over HTTP."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from fynlo.kernel.errors import NotFound
from fynlo.platform.body import END, Line, Version, changes, fields
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import Given, made
from fynlo.staff import queries
from fynlo.staff.add_location import add_location
from fynlo.staff.add_register import add_register
from fynlo.staff.admit import admit
from fynlo.staff.change_location import change_location
from fynlo.staff.change_register import change_register
from fynlo.staff.model import Caller
from fynlo.staff.ports import StaffPorts

Country = Annotated[
    str, msgspec.Meta(min_length=2, max_length=2, pattern="^[A-Z]{2}$", examples=["GB"])
]
Unit = Annotated[
    str, msgspec.Meta(min_length=3, max_length=3, pattern="^[A-Z]{3}$", examples=["GBP"])
]
Zone = Annotated[str, msgspec.Meta(min_length=1, max_length=64, examples=["Europe/London"])]
Cutoff = Annotated[
    str,
    msgspec.Meta(
        min_length=5,
        max_length=8,
        pattern=rf"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?{END}",
    ),
]


class LocationIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A location to open: an ISO 4217 currency, an IANA time zone, a local time like 04:00."""

    name: Line
    country: Country
    currency: Unit
    timezone: Zone
    day_cutoff: Cutoff = "04:00"
    id: UUID | None = None


class LocationPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change. With `version`, only if nobody was faster."""

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    currency: Unit | UnsetType = UNSET
    timezone: Zone | UnsetType = UNSET
    day_cutoff: Cutoff | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class LocationOut(msgspec.Struct, frozen=True):
    """A place of business; `day_cutoff` is the local time at which its business day ends."""

    id: UUID
    name: str
    country: str
    currency: str
    timezone: str
    day_cutoff: str
    active: bool
    version: int
    created_at: datetime


class LocationList(msgspec.Struct, frozen=True):
    """All locations: there are few."""

    items: list[LocationOut]
    next: str | None = None


class RegisterIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A register to set up."""

    location_id: UUID
    name: Line
    id: UUID | None = None


class RegisterPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; it stays at its location. With `version`, only if nobody was faster."""

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class RegisterOut(msgspec.Struct, frozen=True):
    """A till with its drawer."""

    id: UUID
    location_id: UUID
    name: str
    active: bool
    version: int
    created_at: datetime


class RegisterList(msgspec.Struct, frozen=True):
    """All registers: there are few."""

    items: list[RegisterOut]
    next: str | None = None


def _location(row: Any) -> LocationOut:
    return msgspec.convert({**row, "day_cutoff": str(row["day_cutoff"])}, LocationOut)


def _timed(wish: dict[str, Any]) -> dict[str, Any]:
    if "day_cutoff" in wish:
        return {**wish, "day_cutoff": time.fromisoformat(wish["day_cutoff"])}
    return wish


def _register(row: Any) -> RegisterOut:
    return msgspec.convert(dict(row), RegisterOut)


@get("/locations", responses=SIGNED_IN)
async def list_locations(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> LocationList:
    """List the merchant's locations."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.locations(tx)
    return LocationList([_location(row) for row in rows])


@get("/locations/{location_id:uuid}", responses=SIGNED_IN)
async def get_location(
    location_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> LocationOut:
    """Show one location."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.locations(tx, location_id)
    if not rows:
        raise NotFound(f"There is no location {location_id}.")
    return _location(rows[0])


@post("/locations", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_location(
    data: JSONBody[LocationIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> Response[LocationOut]:
    """Open a location; the same `id` and content again is harmless."""
    added = await add_location(staff_ports, caller, data.id, _timed(fields(data)))
    return made(_location(added.thing), is_replay=added.is_replay)


@patch("/locations/{location_id:uuid}", responses=SIGNED_IN)
async def patch_location(
    location_id: FromPath[UUID],
    data: JSONBody[LocationPatch],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> LocationOut:
    """Change the fields given. The currency is fixed once the location took an order."""
    wish, version = changes(data)
    return _location(await change_location(staff_ports, caller, location_id, _timed(wish), version))


@get("/registers", responses=SIGNED_IN)
async def list_registers(
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
    location_id: FromQuery[UUID | None] = None,
) -> RegisterList:
    """List the merchant's registers."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.registers(tx, location_id=location_id)
    return RegisterList([_register(row) for row in rows])


@get("/registers/{register_id:uuid}", responses=SIGNED_IN)
async def get_register(
    register_id: FromPath[UUID],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> RegisterOut:
    """Show one register."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.registers(tx, register_id)
    if not rows:
        raise NotFound(f"There is no register {register_id}.")
    return _register(rows[0])


@post("/registers", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_register(
    data: JSONBody[RegisterIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> Response[RegisterOut]:
    """Set up a register; the same `id` and content again is harmless."""
    added = await add_register(staff_ports, caller, data.id, fields(data))
    return made(_register(added.thing), is_replay=added.is_replay)


@patch("/registers/{register_id:uuid}", responses=SIGNED_IN)
async def patch_register(
    register_id: FromPath[UUID],
    data: JSONBody[RegisterPatch],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> RegisterOut:
    """Change the fields given. An open drawer stays open until it is closed."""
    wish, version = changes(data)
    return _register(await change_register(staff_ports, caller, register_id, wish, version))


HANDLERS: Final = (
    *(list_locations, get_location, create_location, patch_location),
    *(list_registers, get_register, create_register, patch_register),
)
