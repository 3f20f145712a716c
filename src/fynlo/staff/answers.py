"""What signing in answers, whichever way; and how what people choose is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import msgspec

from fynlo.platform.body import END
from fynlo.staff.model import Permission, Role
from fynlo.staff.tokens import ACCESS_SECONDS

if TYPE_CHECKING:
    from fynlo.staff.begin_session import SignedIn

Password = Annotated[str, msgspec.Meta(min_length=8, max_length=1000)]
Pin = Annotated[
    str,
    msgspec.Meta(min_length=4, max_length=8, pattern=rf"^[0-9]+{END}", examples=["2580"]),
]


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


def tokens_out(signed_in: SignedIn) -> TokensOut:
    """Tell the tokens of a session, and whom they are for."""
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
            permissions=sorted(signed_in.permissions),
        ),
    )
