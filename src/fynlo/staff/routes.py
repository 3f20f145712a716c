"""Sign in and out, and the shop's set-up, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from fynlo.kernel.errors import NotFound
from fynlo.platform.documented import PUBLIC, SIGNED_IN
from fynlo.platform.http import Given
from fynlo.staff import queries, routes_settings
from fynlo.staff.add_register import AddRegister, add_register
from fynlo.staff.admit import admit
from fynlo.staff.login import SignedIn, login
from fynlo.staff.logout import logout
from fynlo.staff.model import PERMISSIONS, Caller
from fynlo.staff.ports import StaffPorts
from fynlo.staff.refresh import refresh
from fynlo.staff.tokens import ACCESS_SECONDS

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class LoginIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in."""

    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class RefreshIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token that was told at the last sign-in or refresh."""

    refresh_token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class StaffOut(msgspec.Struct, frozen=True):
    """Somebody who works here, and what they may do."""

    id: UUID
    name: str
    email: str
    role: str
    merchant_id: UUID
    location_ids: list[UUID]
    permissions: list[str]


class TokensOut(msgspec.Struct, frozen=True):
    """Fresh tokens; `expires_in` counts seconds."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    staff: StaffOut


class MeOut(msgspec.Struct, frozen=True):
    """Who the token is for, as they are now."""

    id: UUID
    name: str
    role: str
    merchant_id: UUID
    location_ids: list[UUID]
    permissions: list[str]


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


class RegisterIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A register to set up."""

    location_id: UUID
    name: Name
    id: UUID | None = None


class RegisterOut(msgspec.Struct, frozen=True):
    """A till with its drawer."""

    id: UUID
    location_id: UUID
    name: str
    active: bool
    version: int
    created_at: datetime


class LocationList(msgspec.Struct, frozen=True):
    """All locations: there are few."""

    items: list[LocationOut]
    next: str | None = None


class RegisterList(msgspec.Struct, frozen=True):
    """All registers: there are few."""

    items: list[RegisterOut]
    next: str | None = None


def _tokens(signed_in: SignedIn) -> TokensOut:
    person = signed_in.person
    return TokensOut(
        access_token=signed_in.access_token,
        refresh_token=signed_in.refresh_token,
        token_type="Bearer",  # noqa: S106 - the name of a scheme
        expires_in=ACCESS_SECONDS,
        staff=StaffOut(
            id=person.id,
            name=person.name,
            email=person.email,
            role=person.role,
            merchant_id=signed_in.merchant_id,
            location_ids=list(person.location_ids),
            permissions=sorted(PERMISSIONS[person.role]),
        ),
    )


@post("/auth/login", status_code=HTTP_200_OK, responses=PUBLIC, security=[{}], is_public=True)
async def log_in(data: JSONBody[LoginIn], staff_ports: Given[StaffPorts]) -> TokensOut:
    """Sign in with e-mail and password."""
    return _tokens(await login(staff_ports, data.email, data.password))


@post("/auth/refresh", status_code=HTTP_200_OK, responses=PUBLIC, security=[{}], is_public=True)
async def refresh_tokens(data: JSONBody[RefreshIn], staff_ports: Given[StaffPorts]) -> TokensOut:
    """Exchange a refresh token for new tokens. Using one twice ends the session."""
    return _tokens(await refresh(staff_ports, data.refresh_token))


@post("/auth/logout", status_code=HTTP_204_NO_CONTENT, responses=SIGNED_IN)
async def log_out(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> None:
    """End this session at once."""
    await logout(staff_ports, caller)


@get("/auth/me", responses=SIGNED_IN)
async def me(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> MeOut:
    """Tell who the token is for, and what they may do."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, staff_ports.clock.now())
    return MeOut(
        id=actor.staff_id,
        name=actor.name,
        role=actor.role,
        merchant_id=caller.merchant_id,
        location_ids=sorted(actor.location_ids),
        permissions=sorted(actor.permissions),
    )


@get("/locations", responses=SIGNED_IN)
async def list_locations(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> LocationList:
    """List the merchant's locations."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, staff_ports.clock.now())
        rows = await queries.locations(tx)
    return LocationList([_location(dict(row)) for row in rows])


def _location(row: dict[str, object]) -> LocationOut:
    return msgspec.convert({**row, "day_cutoff": str(row["day_cutoff"])}, LocationOut)


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
    return _location(dict(rows[0]))


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
    return RegisterList([msgspec.convert(dict(row), RegisterOut) for row in rows])


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
    return msgspec.convert(dict(rows[0]), RegisterOut)


@post("/registers", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def create_register(
    data: JSONBody[RegisterIn],
    caller: Given[Caller],
    staff_ports: Given[StaffPorts],
) -> Response[RegisterOut]:
    """Set up a register; the same `id` and content again is harmless."""
    wish = AddRegister(data.id, data.location_id, data.name)
    made = await add_register(staff_ports, caller, wish)
    return Response(msgspec.convert(dict(made), RegisterOut), status_code=HTTP_201_CREATED)


router = Router(
    "/",
    route_handlers=[
        log_in,
        refresh_tokens,
        log_out,
        me,
        list_locations,
        get_location,
        list_registers,
        get_register,
        create_register,
        *routes_settings.HANDLERS,
    ],
    tags=["Sign in and shop"],
)
