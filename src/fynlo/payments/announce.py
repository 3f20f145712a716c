"""Which events follow from a change of a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.transaction import Status
from fynlo.platform.outbox import Event

if TYPE_CHECKING:
    from fynlo.orders import Order
    from fynlo.payments.model.transaction import Tender, Transaction

_OF_STATUS: Final = {
    Status.COMPLETED: "transaction.completed",
    Status.DECLINED: "transaction.declined",
    Status.NEEDS_ATTENTION: "transaction.needs_attention",
}


def changes(before: Transaction | None, after: Transaction, order: Order) -> list[Event]:
    """List the events between two states, tenders first."""
    rooms = [f"order:{order.id}", f"location:{order.location_id}"]
    if order.register_id is not None:
        rooms.append(f"register:{order.register_id}")
    events = [
        Event(_TENDER_EVENTS[tender.state], rooms, _payment(after, tender))
        for tender in after.tenders
        if tender.state in _TENDER_EVENTS
        and (before is None or before.tender(tender.id).state is not tender.state)
    ]
    if after.status in _OF_STATUS and (before is None or before.status is not after.status):
        events.append(Event(_OF_STATUS[after.status], rooms, _transaction(after, order)))
    return events


_TENDER_EVENTS: Final = {
    TenderState.CAPTURED: "payment.processed",
    TenderState.DECLINED: "payment.failed",
    TenderState.REQUIRES_ACTION: "payment.requires_action",
}


def _payment(transaction: Transaction, tender: Tender) -> dict[str, object]:
    shown = {
        "payment_id": str(tender.id),
        "transaction_id": str(transaction.id),
        "order_id": str(transaction.order_id),
        "amount": tender.amount.minor,
        "currency": transaction.currency.code,
        "status": tender.state.value,
        "payment_method": tender.method,
    }
    if tender.state is TenderState.DECLINED:
        shown["error"] = tender.decline_code
    return shown


def _transaction(transaction: Transaction, order: Order) -> dict[str, object]:
    return {
        "transaction_id": str(transaction.id),
        "order_id": str(transaction.order_id),
        "status": transaction.status.value,
        "currency": transaction.currency.code,
        "total_amount": transaction.amount.minor,
        "change_amount": transaction.change.minor,
        "amount_due": order.outstanding.minor,
        "payment_methods": [tender.method for tender in transaction.tenders],
        "payment_count": len(transaction.tenders),
    }
