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
from fynlo.staff import queries, routes_people, routes_places, routes_settings
from fynlo.staff.admit import admit
from fynlo.staff.login import SignedIn, login
from fynlo.staff.logout import logout
from fynlo.staff.model import PERMISSIONS, Caller, Permission, Role
from fynlo.staff.ports import StaffPorts
from fynlo.staff.refresh import refresh
from fynlo.staff.tokens import ACCESS_SECONDS


class LoginIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in."""

    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class RefreshIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token that was told at the last sign-in or refresh."""

    refresh_token: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]


class StaffOut(msgspec.Struct, frozen=True):
    """Somebody who works here, and what they may do."""

    id: UUID
    name: str
    email: str
    role: Role
    merchant_id: UUID
    location_ids: list[UUID]
    permissions: list[Permission]


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
    email: str
    role: Role
    merchant_id: UUID
    location_ids: list[UUID]
    permissions: list[Permission]


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
        (person,) = await queries.people(tx, actor.staff_id)
    return MeOut(
        id=actor.staff_id,
        name=actor.name,
        email=person.email,
        role=actor.role,
        merchant_id=caller.merchant_id,
        location_ids=sorted(actor.location_ids),
        permissions=sorted(actor.permissions),
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
        *routes_settings.HANDLERS,
    ],
    tags=["Sign in and shop"],
)
