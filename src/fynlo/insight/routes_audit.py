"""The audit trail over HTTP: look for entries, and take the chain out of the house."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from fynlo.insight import queries_audit
from fynlo.insight.chain_lines import chain_lines
from fynlo.insight.queries_audit import AuditFilter
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import (
    LIMIT_DEFAULT,
    Given,
    Limit,
    Moment,
    Since,
    Until,
    decode_cursor,
    encode_cursor,
    moment,
)
from fynlo.platform.ports import Ports
from fynlo.staff import Caller, Permission, admit

LINES: Final = "application/x-ndjson"
EXPORT_MAX: Final = 10_000
_LINES: Final = {
    200: ResponseSpec(bytes, generate_examples=False, description="The answer.", media_type=LINES)
}


class ActorOut(msgspec.Struct, frozen=True):
    """Who it was: a `person`, a `key`, or the `system` and whoever runs it."""

    kind: str
    id: UUID | None


class AuditTargetOut(msgspec.Struct, frozen=True):
    """What it was done to."""

    kind: str
    id: UUID


class AuditEntryOut(msgspec.Struct, frozen=True):
    """Who did what, to what, from where; `before` and `after` hold what differs."""

    id: UUID
    at: datetime
    action: str
    actor: ActorOut
    session_id: UUID | None
    device: str | None
    ip: str | None
    request_id: str
    target: AuditTargetOut
    location_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    approved_by: UUID | None
    approval_id: UUID | None
    sequence: int | None = None
    hash: str | None = None


class AuditList(msgspec.Struct, frozen=True):
    """A page of entries, newest first."""

    items: list[AuditEntryOut]
    next: str | None


_entry: Final = msgspec.json.Decoder(AuditEntryOut)


@get("/audit", responses=SIGNED_IN)
async def list_entries(  # noqa: PLR0913 - one parameter for each filter
    *,
    caller: Given[Caller],
    ports: Given[Ports],
    action: FromQuery[str | None] = None,
    actor_id: FromQuery[UUID | None] = None,
    target_id: FromQuery[UUID | None] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> AuditList:
    """List who did what, newest first."""
    wanted = AuditFilter(
        action=action,
        actor_id=actor_id,
        target_id=target_id,
        since=moment(since, "from"),
        until=moment(until, "to"),
        before=decode_cursor(after, tuple[Moment, UUID]),
    )
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.AUDIT_READ, ports.clock.now())
        rows = await queries_audit.entries(tx, wanted, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    items = [
        msgspec.structs.replace(
            _entry.decode(row["content"]), sequence=row["sequence"], hash=row["hash"]
        )
        for row in rows[:limit]
    ]
    return AuditList(items, encode_cursor(last["at"], last["id"]) if last else None)


@get("/audit/export", media_type=LINES, responses={**SIGNED_IN, **_LINES})
async def export_chain(
    caller: Given[Caller],
    ports: Given[Ports],
    after: Annotated[int, QueryParameter(ge=0, le=2**53)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=EXPORT_MAX)] = EXPORT_MAX,
) -> Stream:
    """Write the chain, one JSON object a line, from the entry after a sequence on.

    Each line has `sequence`, `hash` and the very text of its `entry`: the hash is SHA-256 of the
    hash before it (32 zero bytes at the start) followed by that text. Ask on with the last one.
    """
    return Stream(
        await chain_lines(ports, caller, after, limit),
        media_type=LINES,
        headers={"Content-Disposition": 'attachment; filename="audit.ndjson"'},
    )


router = Router("/", route_handlers=[list_entries, export_chain], tags=["Audit"])
