"""Approvals over HTTP: who may sees what is asked for, allows it or refuses it."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from fynlo.platform.commands import Command
from fynlo.platform.documented import SIGNED_IN, Keyed
from fynlo.platform.http import (
    LIMIT_DEFAULT,
    Given,
    Limit,
    Moment,
    command,
    decode_cursor,
    encode_cursor,
    respond,
)
from fynlo.platform.ports import Ports
from fynlo.platform.problems import AnyRequest
from fynlo.staff import queries_approvals
from fynlo.staff.admit import admit
from fynlo.staff.answers import Pin
from fynlo.staff.answers_approvals import ApprovalOut, GivenPassword, approval_out
from fynlo.staff.approvals import ApprovalEvent, ApprovalState
from fynlo.staff.decide_approval import Decision, decide_approval
from fynlo.staff.model import Caller
from fynlo.staff.queries_approvals import ApprovalFilter

Why = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class ApproveIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Your own PIN or password: an open till alone allows nothing."""

    pin: Pin | None = None
    password: GivenPassword | None = None


class RejectIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why not."""

    reason: Why


class ApprovalAnswer(msgspec.Struct, frozen=True):
    """An approval as it stands now."""

    approval: ApprovalOut


class ApprovalList(msgspec.Struct, frozen=True):
    """A page of approvals, newest first."""

    items: list[ApprovalOut]
    next: str | None


@get("/approvals", responses=SIGNED_IN)
async def list_approvals(
    *,
    caller: Given[Caller],
    ports: Given[Ports],
    in_state: Annotated[ApprovalState | None, QueryParameter(name="state")] = None,
    target_id: FromQuery[UUID | None] = None,
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> ApprovalList:
    """List what you asked for, and what you could allow, newest first."""
    now = ports.clock.now()
    wanted = ApprovalFilter(in_state, target_id, decode_cursor(after, tuple[Moment, UUID]))
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, now)
        found = await queries_approvals.approvals(tx, actor, wanted, now, limit + 1)
    page = found[:limit]
    more = len(found) > limit
    return ApprovalList(
        items=[approval_out(one, now) for one in page],
        next=encode_cursor(page[-1].requested_at, page[-1].id) if more else None,
    )


@get("/approvals/{approval_id:uuid}", responses=SIGNED_IN)
async def get_approval(
    approval_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> ApprovalAnswer:
    """Show what was asked for, and whether it was allowed."""
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, now)
        found = await queries_approvals.approval(tx, actor, approval_id)
    return ApprovalAnswer(approval_out(found, now))


@post(
    "/approvals/{approval_id:uuid}/approve",
    status_code=HTTP_200_OK,
    responses=SIGNED_IN,
    operation_class=Keyed,
)
async def approve(
    request: AnyRequest,
    approval_id: FromPath[UUID],
    data: JSONBody[ApproveIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[ApprovalAnswer]:
    """Allow it, with your PIN or password: who asked does it within ten minutes of asking, once."""
    decision = Decision(ApprovalEvent.APPROVE, data.pin, data.password)
    head = await _head(request, caller, "approvals.approve", approval_id)
    return respond(await decide_approval(ports, caller, head, approval_id, decision))


@post(
    "/approvals/{approval_id:uuid}/reject",
    status_code=HTTP_200_OK,
    responses=SIGNED_IN,
    operation_class=Keyed,
)
async def reject(
    request: AnyRequest,
    approval_id: FromPath[UUID],
    data: JSONBody[RejectIn],
    caller: Given[Caller],
    ports: Given[Ports],
) -> Response[ApprovalAnswer]:
    """Refuse it; who asked may take it back."""
    decision = Decision(ApprovalEvent.REJECT, reason=data.reason)
    head = await _head(request, caller, "approvals.reject", approval_id)
    return respond(await decide_approval(ports, caller, head, approval_id, decision))


async def _head(request: AnyRequest, caller: Caller, kind: str, approval_id: UUID) -> Command:
    return await command(
        request, caller.merchant_id, kind, device=caller.device, target_id=approval_id
    )


router: Final = Router(
    "/", route_handlers=[list_approvals, get_approval, approve, reject], tags=["Approvals"]
)
