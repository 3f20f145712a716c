"""Cash drawers over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from fynlo.drawers import store, store_counts
from fynlo.drawers.answers import (
    CountOut,
    MovementOut,
    ReportOut,
    SessionOut,
    report_out,
    session_out,
)
from fynlo.drawers.close import CloseDrawer, close_drawer
from fynlo.drawers.count import CountDrawer, count_drawer
from fynlo.drawers.model.counts import Counted
from fynlo.drawers.move import MoveCash, move_cash
from fynlo.drawers.open import OpenDrawer, open_drawer
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import DrawerSessionId, RegisterId
from fynlo.kernel.money import MINOR_MAX
from fynlo.platform.documented import SIGNED_IN, Keyed
from fynlo.platform.http import Given, command, respond
from fynlo.platform.ports import Ports
from fynlo.platform.problems import AnyRequest
from fynlo.staff import Caller, Permission, admit
from fynlo.staff.answers_approvals import StandsIn, brought

Cash = Annotated[int, msgspec.Meta(ge=0, le=MINOR_MAX)]
Pieces = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Value = Annotated[str, msgspec.Meta(pattern="^[1-9][0-9]{0,6}$")]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class OpenIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The float, as a sum or as pieces: `{"2000": 3}` is three pieces of 20.00.

    Where the shop requires no opening count it may be left out, and is nothing.
    """

    register_id: UUID
    opening_amount: Cash | None = None
    denominations: dict[Value, Pieces] | None = None


class MovementIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What moved: a magnitude; the type says which way."""

    type: Literal["paid_in", "loan", "paid_out", "drop", "pickup", "no_sale"]
    amount: Cash
    reason: Reason


class CountIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found in the drawer, as a sum or as pieces."""

    counted: Cash | None = None
    denominations: dict[Value, Pieces] | None = None


class CloseIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the counted cash goes; `reason` is what an approval of a difference needs.

    `approval` is somebody else who stands there, `approval_id` what somebody allowed from afar.
    """

    left_in_drawer: Cash
    deposit: Cash
    reason: Reason | None = None
    approval: StandsIn | None = None
    approval_id: UUID | None = None


def _found(amount: int | None, denominations: dict[str, int] | None) -> Counted | None:
    """Read a sum or pieces, whichever was given; None for neither."""
    if denominations is None:
        return None if amount is None else Counted(amount)
    if amount is not None:
        raise Invalid.at("/denominations", "Give the sum or the pieces, not both.")
    found = Counted.of_pieces({int(value): pieces for value, pieces in denominations.items()})
    if found.minor > MINOR_MAX:
        raise Invalid.at("/denominations", "That is more than any drawer holds.")
    return found


@post("/drawers/sessions", status_code=HTTP_201_CREATED, responses=SIGNED_IN, operation_class=Keyed)
async def open_session(
    request: AnyRequest,
    data: JSONBody[OpenIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[SessionOut]:
    """Open a register's drawer with its float."""
    head = await command(request, caller.merchant_id, "drawers.open", device=caller.device)
    found = _found(data.opening_amount, data.denominations)
    wish = OpenDrawer(RegisterId(data.register_id), found)
    return respond(await open_drawer(ports, caller, head, wish))


@get("/drawers/sessions/current", responses=SIGNED_IN)
async def current_session(
    register_id: FromQuery[UUID], caller: Given[Caller], ports: Given[Ports]
) -> SessionOut:
    """Show the register's open session, without what should be in it."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.DRAWER_OPERATE, ports.clock.now())
        session = await store.find_open(tx, RegisterId(register_id))
        actor.must_work_at(session.location_id)
        return session_out(session)


@post(
    "/drawers/sessions/{session_id:uuid}/movements",
    status_code=HTTP_201_CREATED,
    responses=SIGNED_IN,
    operation_class=Keyed,
)
async def add_movement(
    request: AnyRequest,
    session_id: FromPath[UUID],
    data: JSONBody[MovementIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[MovementOut]:
    """Record cash that goes in or out by hand."""
    head = await command(
        request, caller.merchant_id, "drawers.move", device=caller.device, target_id=session_id
    )
    wish = MoveCash(DrawerSessionId(session_id), data.type, data.amount, data.reason)
    return respond(await move_cash(ports, caller, head, wish))


@post(
    "/drawers/sessions/{session_id:uuid}/count",
    status_code=HTTP_200_OK,
    responses=SIGNED_IN,
    operation_class=Keyed,
)
async def count_session(
    request: AnyRequest,
    session_id: FromPath[UUID],
    data: JSONBody[CountIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[CountOut]:
    """Keep what was found in the drawer; what was expected is told only afterwards, by permission.

    The first count stands until cash moves again; it is closed on, or counted again by somebody
    else who may approve differences.
    """
    head = await command(
        request, caller.merchant_id, "drawers.count", device=caller.device, target_id=session_id
    )
    wish = CountDrawer(DrawerSessionId(session_id), _found(data.counted, data.denominations))
    return respond(await count_drawer(ports, caller, head, wish))


@post(
    "/drawers/sessions/{session_id:uuid}/close",
    status_code=HTTP_200_OK,
    responses=SIGNED_IN,
    operation_class=Keyed,
)
async def close_session(
    request: AnyRequest,
    session_id: FromPath[UUID],
    data: JSONBody[CloseIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[ReportOut]:
    """Close on the standing count: the numbered Z report, by permission.

    A count beyond the tolerance needs a reason and `drawer.approve`, by somebody who neither made
    it nor opened the drawer: they close it themselves, stand there, or allow it from afar.
    """
    head = await command(
        request, caller.merchant_id, "drawers.close", device=caller.device, target_id=session_id
    )
    wish = CloseDrawer(
        *(DrawerSessionId(session_id), data.left_in_drawer, data.deposit, data.reason),
        brought(data.approval, data.approval_id),
    )
    return respond(await close_drawer(ports, caller, head, wish))


@get("/drawers/sessions/{session_id:uuid}/report", responses=SIGNED_IN)
async def session_report(
    session_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> ReportOut:
    """Show what the session came to: X while it is open, Z once it is closed."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.REPORTS_READ, ports.clock.now())
        session = await store.read(tx, DrawerSessionId(session_id))
        actor.must_work_at(session.location_id)
        counts = await store_counts.load(tx, session.id)
        approval = await store_counts.approval(tx, session.id)
        return report_out(session, counts, approval, in_full=True)


router = Router(
    "/",
    route_handlers=[
        open_session,
        current_session,
        add_movement,
        count_session,
        close_session,
        session_report,
    ],
    tags=["Drawers"],
)
