"""The exceptions queue over HTTP: list, look, resolve."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from fynlo.kernel.ids import OrderId, TenderId
from fynlo.payments import queries_exceptions
from fynlo.payments.answers_exceptions import ExceptionOut, exception_out
from fynlo.payments.model.exceptions import Action, ExceptionKind, ExceptionState, Wish
from fynlo.payments.ports import PaymentPorts
from fynlo.payments.resolve_exception import resolve_exception
from fynlo.platform.body import Line
from fynlo.platform.documented import SIGNED_IN, Keyed
from fynlo.platform.http import (
    LIMIT_DEFAULT,
    Given,
    Limit,
    Moment,
    Since,
    Until,
    command,
    decode_cursor,
    encode_cursor,
    moment,
    respond,
)
from fynlo.platform.problems import AnyRequest
from fynlo.staff import Caller, Permission, admit

Note = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"\S")]


class ResolveIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do about it, and why. Which of the other fields an action has is in the guide."""

    action: Action
    note: Note
    payment_id: UUID | None = None
    reference: Line | None = None
    order_id: UUID | None = None


class ExceptionList(msgspec.Struct, frozen=True):
    """A page of exceptions, newest first."""

    items: list[ExceptionOut]
    next: str | None


@get("/exceptions", responses=SIGNED_IN)
async def list_exceptions(
    *,
    caller: Given[Caller],
    ports: Given[PaymentPorts],
    in_state: Annotated[ExceptionState | None, QueryParameter(name="state")] = None,
    kind: FromQuery[ExceptionKind | None] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> ExceptionList:
    """List what a person must decide, or decided, newest first."""
    wanted = queries_exceptions.ExceptionFilter(
        state=in_state,
        kind=kind,
        since=moment(since, "from"),
        until=moment(until, "to"),
        before=decode_cursor(after, tuple[Moment, UUID]),
    )
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.EXCEPTIONS_RESOLVE, ports.clock.now())
        found = await queries_exceptions.exceptions(tx, actor, wanted, limit + 1)
    page = found[:limit]
    last = page[-1] if len(found) > limit else None
    return ExceptionList(
        items=[exception_out(one) for one in page],
        next=encode_cursor(last.opened_at, last.id) if last else None,
    )


@get("/exceptions/{exception_id:uuid}", responses=SIGNED_IN)
async def get_exception(
    exception_id: FromPath[UUID],
    caller: Given[Caller],
    ports: Given[PaymentPorts],
) -> ExceptionOut:
    """Show what is known of an exception, and what can be done about it."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.EXCEPTIONS_RESOLVE, ports.clock.now())
        return exception_out(await queries_exceptions.exception(tx, actor, exception_id))


@post(
    "/exceptions/{exception_id:uuid}/resolve",
    status_code=HTTP_200_OK,
    responses=SIGNED_IN,
    operation_class=Keyed,
)
async def resolve(
    request: AnyRequest,
    exception_id: FromPath[UUID],
    data: JSONBody[ResolveIn],
    caller: Given[Caller],
    ports: Given[PaymentPorts],
) -> Response[ExceptionOut]:
    """Decide about an exception; the answer is how it stands then. It may still be open."""
    head = await command(
        request,
        caller.merchant_id,
        "exceptions.resolve",
        device=caller.device,
        target_id=exception_id,
    )
    wish = Wish(
        action=data.action,
        note=data.note.strip(),
        payment_id=TenderId(data.payment_id) if data.payment_id else None,
        reference=data.reference,
        order_id=OrderId(data.order_id) if data.order_id else None,
    )
    return respond(await resolve_exception(ports, caller, head, exception_id, wish))


HANDLERS: Final = (list_exceptions, get_exception, resolve)
