"""The till's payments: one way of paying at a time, and the answer in its words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from fynlo import orders
from fynlo.compat.amounts import Figure, OptionalFigure, Shown, read, read_if_told, show
from fynlo.compat.calls import pointing_at
from fynlo.compat.problems import with_their_code
from fynlo.compat.words import METHODS, PAID
from fynlo.drawers import queries as drawers
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import OrderId, TransactionId
from fynlo.kernel.money import Money, currency
from fynlo.payments import queries
from fynlo.payments.answers import NextActionOut, TransactionOut, transaction_out
from fynlo.payments.model.methods import MethodType
from fynlo.payments.model.opening import TenderRequest, TransactionRequest
from fynlo.payments.model.transaction import Status
from fynlo.payments.ports import PaymentPorts
from fynlo.payments.process import process
from fynlo.payments.routes import ANSWERS
from fynlo.platform.documented import SIGNED_IN, Keyed
from fynlo.platform.http import LIMIT_MAX, Given, command, respond
from fynlo.platform.problems import AnyRequest
from fynlo.staff import Caller, Permission, admit

if TYPE_CHECKING:
    from fynlo.compat.amounts import Told
    from fynlo.kernel.ids import DrawerSessionId
    from fynlo.orders import Order
    from fynlo.payments.answers import PaymentOut
    from fynlo.platform.commands import Answer, Command

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Code = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]


class TillPaymentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A payment; `metadata.payment_method` says by which method, a card if nothing does.

    `tip_amount` is the part of `amount` that is a tip.
    """

    order_id: UUID
    amount: Figure
    currency: Code | None = None
    payment_method_id: Text | None = None
    customer_id: Text | None = None
    tip_amount: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    metadata: dict[str, Any] | None = None


class TillCashIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cash: what is paid, what was handed over, and what goes back."""

    order_id: UUID
    amount: Figure
    received_amount: Figure
    change_amount: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    tip_amount: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)


class TillPayment(msgspec.Struct, frozen=True):
    """A payment as it stands. The product does not know a provider's fee when it charges."""

    payment_id: UUID
    transaction_id: UUID
    order_id: UUID
    method: str
    provider: str | None
    amount: Shown
    tip_amount: Shown
    change_amount: Shown
    fee: None
    net_amount: None
    currency: str
    status: Status
    next_action: NextActionOut | None
    amount_due: Shown
    created_at: datetime


class TillPaymentAnswer(msgspec.Struct, frozen=True):
    """A payment; `success` only once the money is there."""

    success: bool
    data: TillPayment
    message: str


class TillPaymentsAnswer(msgspec.Struct, frozen=True):
    """The payments of an order, newest first."""

    success: bool
    data: list[TillPayment]


class TillMethod(msgspec.Struct, frozen=True):
    """One way of paying; `id` is what a payment names it by."""

    id: str
    name: str
    type: MethodType
    enabled: bool
    requires_reference: bool


class TillMethodsAnswer(msgspec.Struct, frozen=True):
    """The ways of paying that the shop takes."""

    success: bool
    data: list[TillMethod]


_MESSAGES: Final = {
    Status.COMPLETED: "Paid.",
    Status.REQUIRES_ACTION: "The customer has to confirm it. Do not charge again.",
    Status.PROCESSING: "It is under way. Do not charge again.",
    Status.CHECKING: "The answer was lost and is being looked for. Do not charge again.",
    Status.NEEDS_ATTENTION: "Somebody has to look at it. Do not charge again.",
    Status.DECLINED: "It was declined; nothing was taken.",
    Status.CANCELED: "It was given up; nothing was taken.",
    Status.EXPIRED: "It ran out of time; nothing was taken.",
}
assert set(_MESSAGES) == set(Status)

TILL_ANSWERS: Final = ANSWERS | {
    202: ResponseSpec(
        TillPaymentAnswer, generate_examples=False, description="Not finished yet; ask again."
    ),
}


def _payment(transaction: TransactionOut, payment: PaymentOut) -> TillPayment:
    unit = currency(transaction.currency)

    def figure(minor: int) -> msgspec.Raw:
        return show(Money(minor, unit))

    return TillPayment(
        payment_id=payment.id,
        transaction_id=transaction.id,
        order_id=transaction.order_id,
        method=payment.method,
        provider=payment.provider,
        amount=figure(payment.amount),
        tip_amount=figure(payment.tip),
        change_amount=figure(payment.change or 0),
        fee=None,
        net_amount=None,
        currency=transaction.currency,
        status=transaction.status,
        next_action=payment.next_action,
        amount_due=figure(transaction.amount_due),
        created_at=transaction.started_at,
    )


class _Answered(msgspec.Struct, frozen=True):
    transaction: TransactionOut


def _translated(request: AnyRequest, answer: Answer) -> Response[Any]:
    """Say an answer of ours as the till reads it; a repeat of it is the same, word for word."""
    response = respond(answer)
    if answer.status >= 400:
        return with_their_code(response, request.url.path)
    transaction = msgspec.json.decode(answer.body, type=_Answered).transaction
    (payment,) = transaction.payments
    response.content = TillPaymentAnswer(
        success=transaction.status in PAID,
        data=_payment(transaction, payment),
        message=_MESSAGES[transaction.status],
    )
    return response


class _Wish(msgspec.Struct, frozen=True):
    """One payment, read and not yet in a currency."""

    order_id: UUID
    method: str
    amount: Told
    tip: Told | None
    currency: str | None = None
    received: Told | None = None
    change: Told | None = None
    payment_method_ref: str | None = None

    def tender(self, order: Order) -> TenderRequest:
        """Ask for it in minor units; `Invalid` for what does not add up."""
        unit = order.currency
        amount, tip = self.amount.of(unit), self.tip.of(unit) if self.tip else Money(0, unit)
        if amount <= tip:
            raise Invalid.at(self.amount.pointer, "It is above 0, and above the tip in it.")
        tendered = amount if self.method == "cash" else None
        if self.received is not None:
            tendered = self.received.of(unit)
            if tendered < amount:
                raise Invalid.at(self.received.pointer, f"It does not cover the {amount}.")
            if self.change is not None and self.change.of(unit) != tendered - amount:
                raise Invalid.at(self.change.pointer, f"It is {tendered - amount}.")
        return TenderRequest(
            method=self.method,
            amount=(amount - tip).minor,
            tip=tip.minor,
            tendered=None if tendered is None else tendered.minor,
            payment_method_ref=self.payment_method_ref,
        )


@post("/payments/process", status_code=HTTP_200_OK, responses=TILL_ANSWERS, operation_class=Keyed)
async def till_pay(
    request: AnyRequest,
    data: JSONBody[TillPaymentIn],
    caller: Given[Caller],
    ports: Given[PaymentPorts],
) -> Response[TillPaymentAnswer]:
    """Pay an order, or a part of it, in one way. Safe to repeat with its key.

    202 is no success: the money is not there, and may not be charged again.
    """
    named = (data.metadata or {}).get("payment_method")
    method = named if isinstance(named, str) else "card"
    wish = _Wish(
        order_id=data.order_id,
        method=METHODS.get(method, method),
        amount=read(data.amount, "/amount"),
        tip=read_if_told(data.tip_amount, "/tip_amount"),
        currency=data.currency,
        payment_method_ref=data.payment_method_id,
    )
    head = await command(request, caller.merchant_id, "transactions.process", device=caller.device)
    return _translated(request, await _pay(ports, caller, head, wish))


@post("/payments/cash", status_code=HTTP_200_OK, responses=SIGNED_IN, operation_class=Keyed)
async def till_pay_cash(
    request: AnyRequest,
    data: JSONBody[TillCashIn],
    caller: Given[Caller],
    ports: Given[PaymentPorts],
) -> Response[TillPaymentAnswer]:
    """Take cash for an order, into the open drawer. Safe to repeat with its key."""
    wish = _Wish(
        order_id=data.order_id,
        method="cash",
        amount=read(data.amount, "/amount"),
        tip=read_if_told(data.tip_amount, "/tip_amount"),
        received=read(data.received_amount, "/received_amount"),
        change=read_if_told(data.change_amount, "/change_amount"),
    )
    head = await command(request, caller.merchant_id, "transactions.process", device=caller.device)
    return _translated(request, await _pay(ports, caller, head, wish))


async def _pay(ports: PaymentPorts, caller: Caller, head: Command, wish: _Wish) -> Answer:
    """Take the payment, which fixes a draft as well: the till has no call for that."""
    order_id = OrderId(wish.order_id)
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.PAYMENTS_PROCESS, ports.clock.now())
        order = await orders.read(tx, order_id)
        open_drawer = await drawers.open_session(tx, actor.staff_id, actor.register_id)
    tender = wish.tender(order)
    session_id = None
    if wish.method == "cash" and order.register_id is None and open_drawer is not None:
        session_id = open_drawer.session.id
    with pointing_at("/payments/0", ""):
        return await process(ports, caller, head, _request(head, wish, tender, session_id))


def _request(
    head: Command, wish: _Wish, tender: TenderRequest, session_id: DrawerSessionId | None
) -> TransactionRequest:
    return TransactionRequest(
        id=TransactionId(head.id),
        order_id=OrderId(wish.order_id),
        payments=(tender,),
        currency=wish.currency,
        drawer_session_id=session_id,
        fixes_draft=True,
    )


@get("/payments/methods", responses=SIGNED_IN)
async def till_methods(caller: Given[Caller], ports: Given[PaymentPorts]) -> TillMethodsAnswer:
    """List the ways of paying that the shop takes."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, None, ports.clock.now())
        found = await queries.methods(tx, enabled=True)
    data = [
        TillMethod(one.code, one.name, one.type, one.enabled, one.requires_reference)
        for one in found
    ]
    return TillMethodsAnswer(success=True, data=data)


@get("/payments/order/{order_id:uuid}", responses=SIGNED_IN)
async def payments_of_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[PaymentPorts]
) -> TillPaymentsAnswer:
    """List the payments of an order, newest first: a hundred transactions at most."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.ORDERS_READ, ports.clock.now())
        order = await orders.read(tx, OrderId(order_id))
        found = await queries.transactions(
            tx, queries.TransactionFilter(order_id=order.id), LIMIT_MAX
        )
    data: list[TillPayment] = []
    for one, due in found:
        transaction = transaction_out(one, Money(due, order.currency))
        data += [_payment(transaction, payment) for payment in transaction.payments]
    return TillPaymentsAnswer(success=True, data=data)


HANDLERS: Final = (till_pay, till_pay_cash, till_methods, payments_of_order)
