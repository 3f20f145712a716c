"""Sign in and out, and the shop's set-up, over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from fynlo.platform.documented import PUBLIC, SIGNED_IN
from fynlo.platform.http import Given
from fynlo.staff import (
    queries,
    routes_devices,
    routes_keys,
    routes_people,
    routes_places,
    routes_secrets,
    routes_sessions,
    routes_settings,
)
from fynlo.staff.admit import admit
from fynlo.staff.answers import TokensOut, tokens_out
from fynlo.staff.login import login
from fynlo.staff.logout import logout
from fynlo.staff.model import Caller, Permission, Role
from fynlo.staff.ports import StaffPorts
from fynlo.staff.refresh import refresh
from fynlo.staff.routes_devices import DeviceToken
from fynlo.staff.second_factor import CODE_LENGTH_MAX


class LoginIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in."""

    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_LENGTH_MAX)] | None = None


class RefreshIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token that was told at the last sign-in or refresh."""

    refresh_token: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]


class MeOut(msgspec.Struct, frozen=True):
    """Who the token or key is for, as they are now, and the register where they stand."""

    id: UUID
    name: str
    email: str | None
    role: Role
    merchant_id: UUID
    location_ids: list[UUID]
    permissions: list[Permission]
    register_id: UUID | None


@post("/auth/login", status_code=HTTP_200_OK, responses=PUBLIC, security=[{}], is_public=True)
async def log_in(data: JSONBody[LoginIn], staff_ports: Given[StaffPorts]) -> TokensOut:
    """Sign in with e-mail and password, and a `code` where there is a second factor."""
    return tokens_out(await login(staff_ports, data.email, data.password, data.code))


@post("/auth/refresh", status_code=HTTP_200_OK, responses=PUBLIC, security=[{}], is_public=True)
async def refresh_tokens(
    data: JSONBody[RefreshIn], staff_ports: Given[StaffPorts], device_token: DeviceToken = None
) -> TokensOut:
    """Exchange a refresh token for new tokens. Using one twice ends the session.

    A session that a PIN began goes on only where it began: send the device's `X-Device-Token` too.
    """
    return tokens_out(await refresh(staff_ports, data.refresh_token, device_token))


@post("/auth/logout", status_code=HTTP_204_NO_CONTENT, responses=SIGNED_IN)
async def log_out(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> None:
    """End this session at once."""
    await logout(staff_ports, caller)


@get("/auth/me", responses=SIGNED_IN)
async def me(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> MeOut:
    """Tell who the token or key is for, and what they may do."""
    async with staff_ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, staff_ports.clock.now())
        people = [] if caller.is_key else await queries.people(tx, actor.staff_id)
    return MeOut(
        id=actor.staff_id,
        name=actor.name,
        email=people[0].email if people else None,  # A key has none.
        role=actor.role,
        merchant_id=caller.merchant_id,
        location_ids=sorted(actor.location_ids),
        permissions=sorted(actor.permissions),
        register_id=actor.register_id,
    )


router = Router(
    "/",
    route_handlers=[
        log_in,
        refresh_tokens,
        log_out,
        me,
        *routes_places.HANDLERS,
        *routes_people.HANDLERS,
        *routes_devices.HANDLERS,
        *routes_keys.HANDLERS,
        *routes_secrets.HANDLERS,
        *routes_sessions.HANDLERS,
        *routes_settings.HANDLERS,
    ],
    tags=["Sign in and shop"],
)
