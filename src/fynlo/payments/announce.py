"""Which events follow from a change of a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.transaction import Status
from fynlo.platform.outbox import Event, EventType

if TYPE_CHECKING:
    from fynlo.orders import Order
    from fynlo.payments.model.transaction import Tender, Transaction


class PaymentTold(msgspec.Struct, frozen=True):
    """What an event tells of one payment."""

    payment_id: UUID
    transaction_id: UUID
    order_id: UUID
    amount: int
    currency: str
    status: TenderState
    payment_method: str


class PaymentFailed(PaymentTold, frozen=True):
    """The same, and the code of the decline."""

    error: str | None


class TransactionTold(msgspec.Struct, frozen=True):
    """What an event tells of a transaction."""

    transaction_id: UUID
    order_id: UUID
    status: Status
    currency: str
    total_amount: int
    change_amount: int
    amount_due: int
    payment_methods: list[str]
    payment_count: int


PROCESSED: Final = EventType("payment.processed", PaymentTold, "A payment was taken.")
FAILED: Final = EventType(
    "payment.failed", PaymentFailed, "A payment was declined; nothing was taken with it."
)
REQUIRES_ACTION: Final = EventType(
    "payment.requires_action", PaymentTold, "A payment waits for the customer: 3-D Secure."
)
COMPLETED: Final = EventType(
    "transaction.completed", TransactionTold, "All payments of a transaction stand; it is booked."
)
DECLINED: Final = EventType(
    "transaction.declined", TransactionTold, "A transaction was declined; nothing was taken."
)
NEEDS_ATTENTION: Final = EventType(
    "transaction.needs_attention",
    TransactionTold,
    "A transaction could not be finished automatically; a person must look.",
)
EVENTS: Final = (PROCESSED, FAILED, REQUIRES_ACTION, COMPLETED, DECLINED, NEEDS_ATTENTION)

_OF_STATUS: Final = {
    Status.COMPLETED: COMPLETED,
    Status.DECLINED: DECLINED,
    Status.NEEDS_ATTENTION: NEEDS_ATTENTION,
}
_OF_TENDER: Final = {
    TenderState.CAPTURED: PROCESSED,
    TenderState.DECLINED: FAILED,
    TenderState.REQUIRES_ACTION: REQUIRES_ACTION,
}


def changes(before: Transaction | None, after: Transaction, order: Order) -> list[Event]:
    """List the events between two states, tenders first."""
    rooms = [f"order:{order.id}", f"location:{order.location_id}"]
    if order.register_id is not None:
        rooms.append(f"register:{order.register_id}")
    events = [
        Event(_OF_TENDER[tender.state], rooms, _payment(after, tender))
        for tender in after.tenders
        if tender.state in _OF_TENDER
        and (before is None or before.tender(tender.id).state is not tender.state)
    ]
    if after.status in _OF_STATUS and (before is None or before.status is not after.status):
        events.append(Event(_OF_STATUS[after.status], rooms, _transaction(after, order)))
    return events


def _payment(transaction: Transaction, tender: Tender) -> PaymentTold:
    facts: dict[str, Any] = {
        "payment_id": tender.id,
        "transaction_id": transaction.id,
        "order_id": transaction.order_id,
        "amount": tender.amount.minor,
        "currency": transaction.currency.code,
        "status": tender.state,
        "payment_method": tender.method,
    }
    if tender.state is TenderState.DECLINED:
        return PaymentFailed(**facts, error=tender.decline_code)
    return PaymentTold(**facts)


def _transaction(transaction: Transaction, order: Order) -> TransactionTold:
    return TransactionTold(
        transaction_id=transaction.id,
        order_id=transaction.order_id,
        status=transaction.status,
        currency=transaction.currency.code,
        total_amount=transaction.amount.minor,
        change_amount=transaction.change.minor if transaction.status is Status.COMPLETED else 0,
        amount_due=order.outstanding.minor,
        payment_methods=[tender.method for tender in transaction.tenders],
        payment_count=len(transaction.tenders),
    )
