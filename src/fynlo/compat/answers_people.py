"""Who is signed in, and which session is open, as the till reads it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

import msgspec

from fynlo.compat.amounts import Shown, show
from fynlo.compat.words import ROLES, rights
from fynlo.drawers.model.session import DrawerState
from fynlo.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fynlo.drawers.model.counts import Count
    from fynlo.drawers.queries import Named
    from fynlo.kernel.ids import MerchantId
    from fynlo.staff import Permission, Role

PosState = Literal["opening_control", "opened", "closing_control", "closed"]


class TillUser(msgspec.Struct, frozen=True):
    """Who is signed in, in the till's words."""

    id: UUID
    name: str
    login: str
    email: str
    role: str
    permissions: list[str]
    restaurant_id: UUID
    is_platform_owner: bool = False


class PosConfig(msgspec.Struct, frozen=True):
    """The register of a session."""

    id: UUID
    name: str


class PosSession(msgspec.Struct, frozen=True, rename={"starting_cash": "startingCash"}):
    """A drawer session; what should be in the drawer is not told here."""

    id: UUID
    name: str
    state: PosState
    start_at: datetime
    stop_at: datetime | None
    config_id: UUID
    config_name: str
    config: PosConfig
    user_id: UUID
    user_name: str
    starting_cash: Shown
    currency: str


def user(
    who: tuple[UUID, str, str],
    role: Role,
    permissions: Iterable[Permission],
    merchant_id: MerchantId,
) -> TillUser:
    """Show somebody: their id, name and e-mail, and what they are."""
    person_id, name, email = who
    return TillUser(
        id=person_id,
        name=name,
        login=email,
        email=email,
        role=ROLES[role],
        permissions=rights(frozenset(permissions)),
        restaurant_id=merchant_id,
    )


def pos_state(state: DrawerState, standing: Count | None) -> PosState:
    """Say where a session stands: once its cash is counted, it is about to close."""
    if state is DrawerState.CLOSED:
        return "closed"
    return "opened" if standing is None else "closing_control"


def pos_session(named: Named, standing: Count | None) -> PosSession:
    """Show a session; its name is its register's, and the day on which it was opened."""
    session = named.session
    return PosSession(
        id=session.id,
        name=f"{named.register} {session.opened_at:%Y-%m-%d}",
        state=pos_state(session.state, standing),
        start_at=session.opened_at,
        stop_at=session.closed_at,
        config_id=session.register_id,
        config_name=named.register,
        config=PosConfig(session.register_id, named.register),
        user_id=session.opened_by,
        user_name=named.opener,
        starting_cash=show(Money(session.totals["opening"], session.currency)),
        currency=session.currency.code,
    )
