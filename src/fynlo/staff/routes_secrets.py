"""What people sign in with, over HTTP: passwords, PINs and second factors."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import delete, post, put
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from fynlo.platform.documented import PUBLIC, SIGNED_IN
from fynlo.platform.http import Given
from fynlo.staff.answers import Password, Pin
from fynlo.staff.ask_reset import ask_reset
from fynlo.staff.change_password import change_password
from fynlo.staff.change_pin import change_pin
from fynlo.staff.confirm_factor import confirm_factor
from fynlo.staff.model import Caller
from fynlo.staff.offer_factor import offer_factor
from fynlo.staff.ports import StaffPorts
from fynlo.staff.remove_factor import remove_factor
from fynlo.staff.reset_password import reset_password
from fynlo.staff.second_factor import CODE_LENGTH_MAX

Known = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_LENGTH_MAX)]

_PROVING: Final = {**SIGNED_IN, 429: PUBLIC[429]}
"""A call that asks somebody again who they are."""


class PasswordIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new password, and the present one."""

    current: Known
    new: Password


class OwnPinIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new PIN, and the password that says who sets it."""

    password: Known
    pin: Pin


class ForgotIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose password is forgotten."""

    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]


class ResetIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of the mail, and a new password."""

    token: Known
    new_password: Password


class OfferIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password that says who asks."""

    password: Known


class OfferOut(msgspec.Struct, frozen=True):
    """A secret for an authenticator, told once: as text, and for a picture that it reads."""

    secret: str
    uri: str


class FirstCodeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A first code."""

    code: Code


class RecoveryOut(msgspec.Struct, frozen=True):
    """Codes to write down, told once: each signs in once, in the place of the authenticator's."""

    recovery_codes: list[str]


@post("/auth/password", status_code=HTTP_204_NO_CONTENT, responses=_PROVING)
async def new_password(
    data: JSONBody[PasswordIn], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> None:
    """Change your password. Every other session of yours ends at once."""
    await change_password(staff_ports, caller, data.current, data.new)


@put("/auth/me/pin", status_code=HTTP_204_NO_CONTENT, responses=_PROVING)
async def new_pin(
    data: JSONBody[OwnPinIn], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> None:
    """Set your PIN. Any four to eight digits will do, whoever else has the same."""
    await change_pin(staff_ports, caller, data.password, data.pin)


@post(
    "/auth/forgot-password",
    status_code=HTTP_204_NO_CONTENT,
    responses=PUBLIC,
    security=[{}],
    is_public=True,
)
async def forgot_password(data: JSONBody[ForgotIn], staff_ports: Given[StaffPorts]) -> None:
    """Ask for a mail with a reset token. The answer is the same whether anybody has the address."""
    await ask_reset(staff_ports, data.email)


@post(
    "/auth/reset-password",
    status_code=HTTP_204_NO_CONTENT,
    responses={**PUBLIC, 422: SIGNED_IN[422]},
    security=[{}],
    is_public=True,
)
async def new_password_by_token(data: JSONBody[ResetIn], staff_ports: Given[StaffPorts]) -> None:
    """Set a new password by the token of a mail, once, within 24 hours. Every session ends."""
    await reset_password(staff_ports, data.token, data.new_password)


@post("/auth/totp", status_code=HTTP_201_CREATED, responses=_PROVING)
async def offer_totp(
    data: JSONBody[OfferIn], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> OfferOut:
    """Get a secret for your authenticator. Nothing asks for its codes before you confirm one."""
    offer = await offer_factor(staff_ports, caller, data.password)
    return OfferOut(offer.secret, offer.uri)


@post("/auth/totp/confirm", status_code=HTTP_200_OK, responses=_PROVING)
async def confirm_totp(
    data: JSONBody[FirstCodeIn], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> RecoveryOut:
    """Confirm your authenticator with a code. From then on signing in by password needs one."""
    return RecoveryOut(await confirm_factor(staff_ports, caller, data.code))


@delete("/staff/{staff_id:uuid}/totp", responses=SIGNED_IN)
async def delete_totp(
    staff_id: FromPath[UUID], caller: Given[Caller], staff_ports: Given[StaffPorts]
) -> None:
    """Remove somebody's second factor, who has lost it."""
    await remove_factor(staff_ports, caller, staff_id)


HANDLERS: Final = (
    *(new_password, new_pin, forgot_password, new_password_by_token),
    *(offer_totp, confirm_totp, delete_totp),
)
