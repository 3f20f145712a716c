"""Transactions over HTTP: process, look, confirm, cancel; methods and the exceptions queue."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK

from fynlo.kernel.ids import DrawerSessionId, OrderId, TenderId, TransactionId
from fynlo.kernel.money import MINOR_MAX, Money
from fynlo.payments import queries, routes_exceptions, routes_methods
from fynlo.payments.answers import TransactionAnswer, TransactionOut, transaction_out
from fynlo.payments.cancel import CancelTransaction, cancel
from fynlo.payments.confirm import ConfirmTransaction, confirm
from fynlo.payments.follow import look, next_actions
from fynlo.payments.model.errors import TipNotAllocated
from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.opening import ALIASES, TenderRequest, TransactionRequest
from fynlo.payments.model.transaction import Status
from fynlo.payments.ports import PaymentPorts
from fynlo.payments.process import process
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
from fynlo.platform.problems import PROBLEM_JSON, AnyRequest, Problem
from fynlo.staff import Actor, Caller, Permission, admit

Amount = Annotated[int, msgspec.Meta(gt=0, le=MINOR_MAX)]
Tip = Annotated[int, msgspec.Meta(ge=0, le=MINOR_MAX)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]

TENDERS_MAX = 20

ANSWERS = SIGNED_IN | {
    202: ResponseSpec(
        TransactionAnswer, generate_examples=False, description="Not finished yet; ask again."
    ),
    402: ResponseSpec(
        Problem,
        generate_examples=False,
        description="Declined; nothing was taken. The problem carries the `transaction`.",
        media_type=PROBLEM_JSON,
    ),
}


class PaymentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tender, under the name that integrators know; amounts in minor units."""

    method: Text
    amount: Amount
    tip: Tip = 0
    tendered: Amount | None = None
    payment_method_id: Text | None = None
    reference: Text | None = None
    three_d_secure: Literal["redirect", "sdk"] | None = None


class TransactionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One or more payments for one order; all of them or none."""

    order_id: UUID
    payments: Annotated[list[PaymentIn], msgspec.Meta(min_length=1, max_length=TENDERS_MAX)]
    drawer_session_id: UUID | None = None
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] | None = None
    tip: Tip | None = None


class ConfirmIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which manual payments the caller vouches for; none means: only look again."""

    payment_ids: list[UUID] = []


class CancelTransactionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is given up."""

    reason: Text


class TransactionList(msgspec.Struct, frozen=True):
    """A page of transactions, newest first."""

    items: list[TransactionOut]
    next: str | None


class PaymentStatusOut(msgspec.Struct, frozen=True):
    """The short form of a payment."""

    id: UUID
    method: str
    status: TenderState


class StatusOut(msgspec.Struct, frozen=True):
    """The short form of a transaction."""

    id: UUID
    order_id: UUID
    status: Status
    total_amount: int
    payments: list[PaymentStatusOut]
    started_at: datetime
    completed_at: datetime | None


def _request(key: UUID, data: TransactionIn) -> TransactionRequest:
    if data.tip is not None and (len(data.payments) > 1 or data.payments[0].tip):
        raise TipNotAllocated("Put the tip on the payment that carries it.")
    payments = [
        TenderRequest(
            method=one.method,
            amount=one.amount,
            tip=one.tip or data.tip or 0,
            tendered=one.tendered,
            payment_method_ref=one.payment_method_id,
            reference=(one.reference or "").strip() or None,
            three_d_secure=one.three_d_secure,
        )
        for one in data.payments
    ]
    return TransactionRequest(
        id=TransactionId(key),
        order_id=OrderId(data.order_id),
        payments=tuple(payments),
        currency=data.currency,
        drawer_session_id=DrawerSessionId(data.drawer_session_id)
        if data.drawer_session_id
        else None,
    )


@post("/transactions/process", status_code=HTTP_200_OK, responses=ANSWERS, operation_class=Keyed)
async def process_transaction(
    request: AnyRequest,
    data: JSONBody[TransactionIn],
    caller: Given[Caller],
    ports: Given[PaymentPorts],
) -> Response[TransactionAnswer]:
    """Pay an order, in one way or several. Safe to repeat with its key; 202: not finished."""
    head = await command(request, caller.merchant_id, "transactions.process", device=caller.device)
    return respond(await process(ports, caller, head, _request(head.id, data)))


@post(
    "/transactions/{transaction_id:uuid}/confirm",
    status_code=HTTP_200_OK,
    responses=ANSWERS,
    operation_class=Keyed,
)
async def confirm_transaction(
    request: AnyRequest,
    transaction_id: FromPath[UUID],
    caller: Given[Caller],
    ports: Given[PaymentPorts],
    data: JSONBody[ConfirmIn | None] = None,
) -> Response[TransactionAnswer]:
    """Look again: after 3-D Secure, or when somebody has seen a manual payment's money."""
    head = await command(
        request,
        caller.merchant_id,
        "transactions.confirm",
        device=caller.device,
        target_id=transaction_id,
    )
    seen = frozenset(TenderId(one) for one in (data.payment_ids if data else []))
    wish = ConfirmTransaction(TransactionId(transaction_id), seen)
    return respond(await confirm(ports, caller, head, wish))


@post(
    "/transactions/{transaction_id:uuid}/cancel",
    status_code=HTTP_200_OK,
    responses=ANSWERS,
    operation_class=Keyed,
)
async def cancel_transaction(
    request: AnyRequest,
    transaction_id: FromPath[UUID],
    data: JSONBody[CancelTransactionIn],
    caller: Given[Caller],
    ports: Given[PaymentPorts],
) -> Response[TransactionAnswer]:
    """Give it up. The answer is what really became of it: it may have been paid meanwhile."""
    head = await command(
        request,
        caller.merchant_id,
        "transactions.cancel",
        device=caller.device,
        target_id=transaction_id,
    )
    wish = CancelTransaction(TransactionId(transaction_id), data.reason)
    return respond(await cancel(ports, caller, head, wish))


@get("/transactions/{transaction_id:uuid}", responses=SIGNED_IN)
async def get_transaction(
    transaction_id: FromPath[UUID],
    caller: Given[Caller],
    ports: Given[PaymentPorts],
) -> TransactionAnswer:
    """Show a transaction as it stands; who may pay there is told how its customer goes on."""
    actor = await _admit(ports, caller)
    transaction, order, _ = await look(ports, caller.merchant_id, TransactionId(transaction_id))
    actions = {}
    if Permission.PAYMENTS_PROCESS in actor.permissions and actor.works_at(order.location_id):
        seconds = ports.patience.answer_seconds
        actions = await next_actions(ports, caller.merchant_id, transaction, seconds)
    return TransactionAnswer(transaction_out(transaction, order.outstanding, actions))


@get("/transactions/{transaction_id:uuid}/status", responses=SIGNED_IN)
async def get_transaction_status(
    transaction_id: FromPath[UUID],
    caller: Given[Caller],
    ports: Given[PaymentPorts],
) -> StatusOut:
    """Show the short form of a transaction."""
    await _admit(ports, caller)
    transaction, order, _ = await look(ports, caller.merchant_id, TransactionId(transaction_id))
    shown = transaction_out(transaction, order.outstanding)
    return StatusOut(
        id=shown.id,
        order_id=shown.order_id,
        status=shown.status,
        total_amount=shown.total_amount,
        payments=[PaymentStatusOut(one.id, one.method, one.status) for one in shown.payments],
        started_at=shown.started_at,
        completed_at=shown.completed_at,
    )


@get("/transactions", responses=SIGNED_IN)
async def list_transactions(  # noqa: PLR0913 - one parameter for each filter
    *,
    caller: Given[Caller],
    ports: Given[PaymentPorts],
    order_id: FromQuery[UUID | None] = None,
    status: FromQuery[Status | None] = None,
    method: FromQuery[str | None] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = LIMIT_DEFAULT,
    after: FromQuery[str | None] = None,
) -> TransactionList:
    """List transactions, newest first."""
    wanted = queries.TransactionFilter(
        order_id=order_id,
        status=status,
        method=ALIASES.get(method, method) if method else None,
        since=moment(since, "from"),
        until=moment(until, "to"),
        before=decode_cursor(after, tuple[Moment, UUID]),
    )
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.ORDERS_READ, ports.clock.now())
        found = await queries.transactions(tx, wanted, limit + 1)
    page = found[:limit]
    last = page[-1][0] if len(found) > limit else None
    return TransactionList(
        items=[transaction_out(one, Money(due, one.currency)) for one, due in page],
        next=encode_cursor(last.started_at, last.id) if last else None,
    )


async def _admit(ports: PaymentPorts, caller: Caller) -> Actor:
    async with ports.db.transaction(caller.merchant_id) as tx:
        return await admit(tx, caller, Permission.ORDERS_READ, ports.clock.now())


router = Router(
    "/",
    route_handlers=[
        process_transaction,
        confirm_transaction,
        cancel_transaction,
        get_transaction,
        get_transaction_status,
        list_transactions,
        *routes_methods.HANDLERS,
        *routes_exceptions.HANDLERS,
    ],
    tags=["Transactions"],
)
