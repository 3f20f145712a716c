"""Signing in as the till does: its envelope, its older body, its words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from litestar import get, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from fynlo.compat.answers_people import PosSession, TillUser, pos_session, user
from fynlo.compat.ports import Identities
from fynlo.compat.problems import NotServed
from fynlo.drawers import queries as drawers
from fynlo.kernel.errors import Invalid, Unauthenticated
from fynlo.platform.documented import PUBLIC, SIGNED_IN
from fynlo.platform.http import Given
from fynlo.staff import Caller, admit, queries
from fynlo.staff.login import login
from fynlo.staff.model import PERMISSIONS
from fynlo.staff.ports import StaffPorts
from fynlo.staff.refresh import refresh
from fynlo.staff.second_factor import CODE_LENGTH_MAX
from fynlo.staff.sign_in_by_provider import sign_in_by_provider
from fynlo.staff.tokens import ACCESS_SECONDS

if TYPE_CHECKING:
    from fynlo.staff.begin_session import SignedIn

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]


class TillLoginIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in: by `email`, or by `username`, which is the e-mail too."""

    password: Secret
    email: Name | None = None
    username: Name | None = None
    device_id: Annotated[str, msgspec.Meta(max_length=254)] | None = None
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_LENGTH_MAX)] | None = None


class TillRefreshIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The refresh token that was told last."""

    refresh_token: Token


class VerifyIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of an external identity provider."""

    token: Token


class TillTokens(msgspec.Struct, frozen=True):
    """Fresh tokens, and whom they are for; `session` is the drawer session that they opened."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    user: TillUser
    session: PosSession | None


class TillTokensAnswer(msgspec.Struct, frozen=True):
    """The same in the envelope and beside it: the till reads either."""

    success: bool
    data: TillTokens
    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    user: TillUser
    session: PosSession | None


class Validity(msgspec.Struct, frozen=True):
    """Whose token it is."""

    valid: bool
    user: TillUser


class ValidityAnswer(msgspec.Struct, frozen=True):
    """The token is good."""

    success: bool
    data: Validity


async def _tokens(ports: StaffPorts, signed_in: SignedIn) -> TillTokensAnswer:
    person = signed_in.person
    async with ports.db.transaction(signed_in.merchant_id) as tx:
        found = await drawers.open_session(tx, person.id, None)
        standing = None if found is None else await drawers.standing_count(tx, found.session)
    data = TillTokens(
        access_token=signed_in.access_token,
        refresh_token=signed_in.refresh_token,
        token_type="Bearer",  # noqa: S106 - the name of a scheme
        expires_in=ACCESS_SECONDS,
        user=user(
            (person.id, person.name, person.email),
            person.role,
            PERMISSIONS[person.role],
            signed_in.merchant_id,
        ),
        session=None if found is None else pos_session(found, standing),
    )
    return TillTokensAnswer(success=True, data=data, **msgspec.structs.asdict(data))


@post("/till/auth/login", status_code=HTTP_200_OK, responses=PUBLIC, security=[{}], is_public=True)
async def till_log_in(
    data: JSONBody[TillLoginIn], staff_ports: Given[StaffPorts]
) -> TillTokensAnswer:
    """Sign in from the till, by e-mail and password."""
    email = data.email or data.username
    if email is None:
        raise Invalid.at("/email", "Give `email`, or `username`.")
    return await _tokens(staff_ports, await login(staff_ports, email, data.password, data.code))


@post(
    "/till/auth/refresh", status_code=HTTP_200_OK, responses=PUBLIC, security=[{}], is_public=True
)
async def till_refresh(
    data: JSONBody[TillRefreshIn], staff_ports: Given[StaffPorts]
) -> TillTokensAnswer:
    """Exchange the till's refresh token for new tokens. Using one twice ends the session."""
    return await _tokens(staff_ports, await refresh(staff_ports, data.refresh_token))


async def _valid(caller: Caller, ports: StaffPorts) -> ValidityAnswer:
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, ports.clock.now())
        people = await queries.people(tx, actor.staff_id)
    email = people[0].email if people else ""  # A key has none.
    who = (actor.staff_id, actor.name, email)
    shown = user(who, actor.role, actor.permissions, caller.merchant_id)
    return ValidityAnswer(success=True, data=Validity(valid=True, user=shown))


@get("/auth/validate", responses=SIGNED_IN)
async def validate_token(caller: Given[Caller], staff_ports: Given[StaffPorts]) -> ValidityAnswer:
    """Tell whose token it is, while it is good."""
    return await _valid(caller, staff_ports)


@post("/auth/validate", status_code=HTTP_200_OK, responses=SIGNED_IN)
async def validate_token_by_post(
    caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> ValidityAnswer:
    """Tell the same to a till that asks by POST."""
    return await _valid(caller, staff_ports)


_VERIFIED: Final = PUBLIC | {404: SIGNED_IN[404]}


@post("/auth/verify", status_code=HTTP_200_OK, responses=_VERIFIED, security=[{}], is_public=True)
async def verify_identity(
    data: JSONBody[VerifyIn],
    staff_ports: Given[StaffPorts],
    identities: Given[Identities],
) -> TillTokensAnswer:
    """Sign in with the token of an external identity provider, where the shop has one."""
    if identities.provider is None:
        raise NotServed("No identity provider is set up. Sign in with e-mail and password.")
    email = await identities.provider.email_of(data.token)
    if email is None:
        raise Unauthenticated("The identity provider does not know this token.")
    return await _tokens(staff_ports, await sign_in_by_provider(staff_ports, email))


HANDLERS: Final = (
    *(till_log_in, till_refresh, validate_token, validate_token_by_post, verify_identity),
)
