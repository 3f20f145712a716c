"""The till's sessions, which are drawer sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_201_CREATED

from fynlo.compat.amounts import OptionalFigure, read_if_told
from fynlo.compat.answers_people import PosSession, PosState, pos_session, pos_state
from fynlo.compat.calls import identified, pointing_at
from fynlo.drawers import queries
from fynlo.drawers.close import CloseDrawer, close_drawer
from fynlo.drawers.count import CountDrawer, count_drawer
from fynlo.drawers.model.counts import Counted
from fynlo.drawers.model.session import DrawerState, must_be_operated_by
from fynlo.drawers.open import OpenDrawer, open_drawer
from fynlo.kernel.errors import Invalid, NotFound
from fynlo.kernel.ids import CommandId, DrawerSessionId, RegisterId, derive
from fynlo.kernel.machine import IllegalTransition
from fynlo.kernel.money import currency
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import LIMIT_DEFAULT, Given, Limit, made
from fynlo.platform.ports import Ports
from fynlo.platform.problems import AnyRequest
from fynlo.staff import WHOEVER_ALLOWED, Caller, Permission, Role, admit
from fynlo.staff import queries as places

if TYPE_CHECKING:
    from fynlo.drawers.model.counts import Count
    from fynlo.drawers.queries import Named
    from fynlo.platform.commands import Command
    from fynlo.platform.database import Tx

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class PosSessionIn(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"starting_cash": "startingCash"},
):
    """The register to open, and the float, where the shop asks for it; a name is not kept."""

    config_id: UUID
    name: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    starting_cash: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)


class PosStateIn(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"ending_cash": "endingCash"}
):
    """Where the session is to go, with what was counted; `reason` is for a difference."""

    state: PosState
    ending_cash: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    reason: Words | None = None


class PosSessionAnswer(msgspec.Struct, frozen=True):
    """A session."""

    success: bool
    data: PosSession


class PosSessionsAnswer(msgspec.Struct, frozen=True):
    """The latest sessions, newest first."""

    success: bool
    data: list[PosSession]


async def _shown(tx: Tx, named: Named) -> PosSession:
    return pos_session(named, await queries.standing_count(tx, named.session))


async def _answer(ports: Ports, caller: Caller, session_id: UUID) -> PosSessionAnswer:
    async with ports.db.transaction(caller.merchant_id) as tx:
        named = await queries.session_of(tx, session_id)
        assert named is not None
        return PosSessionAnswer(success=True, data=await _shown(tx, named))


@dataclass(frozen=True, slots=True)
class _Closing:
    """What a session is closed on: a count that stands, or what is told now."""

    named: Named
    standing: Count | None
    found: Counted | None
    reason: str | None

    def left(self) -> int:
        """Say what stays in the drawer: all that was counted, for the till knows no deposit."""
        session = self.named.session
        if session.state is DrawerState.CLOSED:  # A repeat is told what it was told.
            assert session.left_in_drawer is not None
            return session.left_in_drawer.minor
        if self.found is not None:
            return self.found.minor
        if self.standing is None:
            raise Invalid.at("/endingCash", "Say what was counted in the drawer.")
        return self.standing.counted.minor


@get("/pos/sessions/current", responses=SIGNED_IN)
async def current_pos_session(
    caller: Given[Caller],
    ports: Given[Ports],
    config_id: FromQuery[UUID | None] = None,
) -> PosSessionAnswer:
    """Show the open session of a register, of this device's, or else the one that you opened."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.DRAWER_OPERATE, ports.clock.now())
        register_id = RegisterId(config_id) if config_id else actor.register_id
        named = await queries.open_session(tx, actor.staff_id, register_id)
        if named is None:
            raise NotFound("There is no open session.")
        actor.must_work_at(named.session.location_id)
        return PosSessionAnswer(success=True, data=await _shown(tx, named))


@get("/pos/sessions", responses=SIGNED_IN)
async def list_pos_sessions(
    caller: Given[Caller], ports: Given[Ports], limit: Limit = LIMIT_DEFAULT
) -> PosSessionsAnswer:
    """List the latest sessions where you work, newest first."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.DRAWER_OPERATE, ports.clock.now())
        where = None if actor.role is Role.ADMIN else actor.location_ids
        found = await queries.sessions(tx, where, limit)
        return PosSessionsAnswer(success=True, data=[await _shown(tx, one) for one in found])


@post("/pos/sessions", status_code=HTTP_201_CREATED, responses=SIGNED_IN)
async def open_pos_session(
    request: AnyRequest,
    data: JSONBody[PosSessionIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[PosSessionAnswer]:
    """Open a register's drawer; a register has one open session, however often it is asked."""
    told = read_if_told(data.starting_cash, "/startingCash")
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.DRAWER_OPERATE, ports.clock.now())
        rows = await places.registers(tx, data.config_id)
        place = await places.locations(tx, rows[0]["location_id"]) if rows else []
    found = Counted(told.of(currency(place[0]["currency"])).minor) if told and place else None
    head = await identified(request, ports, caller, "drawers.open")
    with pointing_at("/register_id", "/config_id"), pointing_at("/opening_amount", "/startingCash"):
        opened = await open_drawer(
            ports, caller, head, OpenDrawer(RegisterId(data.config_id), found)
        )
    return made(await _answer(ports, caller, head.id), is_replay=opened.is_replay)


@put("/pos/sessions/{session_id:uuid}/state", responses=SIGNED_IN)
async def move_pos_session(
    request: AnyRequest,
    session_id: FromPath[UUID],
    data: JSONBody[PosStateIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> PosSessionAnswer:
    """Count a drawer (`closing_control`), or close it (`closed`) on what was counted."""
    told = read_if_told(data.ending_cash, "/endingCash")
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.DRAWER_OPERATE, ports.clock.now())
        named = await queries.session_of(tx, session_id)
        if named is None:
            raise NotFound(f"There is no session {session_id}.")
        must_be_operated_by(named.session, actor)
        standing = await queries.standing_count(tx, named.session)
    found = Counted(told.of(named.session.currency).minor) if told else None
    kind = "drawers.close" if data.state == "closed" else "drawers.count"
    head = await identified(request, ports, caller, kind, session_id)
    if data.state == "closed":
        await _close(ports, caller, head, _Closing(named, standing, found, data.reason))
    elif data.state == "closing_control":
        with pointing_at("/counted", "/endingCash"):
            await count_drawer(ports, caller, head, CountDrawer(DrawerSessionId(session_id), found))
    elif (now := pos_state(named.session.state, standing)) != data.state:
        message = f"The session is {now}; it cannot become {data.state}."
        raise IllegalTransition(message, **{"from": now, "event": data.state})
    return await _answer(ports, caller, session_id)


async def _close(ports: Ports, caller: Caller, head: Command, closing: _Closing) -> None:
    """Close a session on its count; where none stands, what is told is counted first.

    A crash between the two leaves the count: the same call again closes on it.
    """
    session, left = closing.named.session, closing.left()
    if session.state is DrawerState.OPEN and closing.standing is None:
        count_id = CommandId(derive(head.id, "counted"))
        of_count = replace(head, id=count_id, kind="drawers.count")
        await count_drawer(ports, caller, of_count, CountDrawer(session.id, closing.found))
    wish = CloseDrawer(session.id, left, 0, closing.reason, WHOEVER_ALLOWED)
    await close_drawer(ports, caller, head, wish)


HANDLERS: Final = (current_pos_session, list_pos_sessions, open_pos_session, move_pos_session)
