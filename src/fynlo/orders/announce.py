"""Which events follow from a change of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from fynlo.orders.model import KitchenState, PaymentState, State
from fynlo.platform.outbox import Event, EventType

if TYPE_CHECKING:
    from fynlo.orders.model import Order


class OrderTold(msgspec.Struct, frozen=True):
    """What an event tells of an order: ids, states and sums; the rest is fetched."""

    order_id: UUID
    number: int
    state: State
    payment_state: PaymentState
    kitchen_state: KitchenState
    currency: str
    total: int
    amount_due: int


class OrderMoved(OrderTold, frozen=True):
    """The same, and the state before."""

    previous: State


CREATED: Final = EventType("order.created", OrderTold, "An order was taken.")
UPDATED: Final = EventType("order.updated", OrderTold, "Something of an order changed.")
STATUS_CHANGED: Final = EventType(
    "order.status_changed", OrderMoved, "An order went from one state to another."
)
RECEIVED: Final = EventType(
    "kitchen.order_received", OrderTold, "The kitchen has something to prepare."
)
EVENTS: Final = (CREATED, UPDATED, STATUS_CHANGED, RECEIVED)


def created(order: Order) -> Event:
    """Tell that an order was taken."""
    return Event(CREATED, _rooms(order), OrderTold(**_facts(order)))


def updated(order: Order) -> Event:
    """Tell that something of an order changed."""
    return Event(UPDATED, _rooms(order), OrderTold(**_facts(order)))


def changes(was: Order, after: Order) -> list[Event]:
    """List the events between two states."""
    facts, rooms = _facts(after), _rooms(after)
    events = [updated(after)]
    if after.state is not was.state:
        moved = OrderMoved(**facts, previous=was.state)
        events.append(Event(STATUS_CHANGED, rooms, moved))
    if after.kitchen_state is KitchenState.SENT and was.kitchen_state is KitchenState.NONE:
        kitchen = [*rooms, f"kitchen:{after.location_id}"]
        events.append(Event(RECEIVED, kitchen, OrderTold(**facts)))
    return events


def _rooms(of: Order) -> list[str]:
    """Name who may hear of an order."""
    named = ["merchant", f"location:{of.location_id}", f"order:{of.id}"]
    return named if of.register_id is None else [*named, f"register:{of.register_id}"]


def _facts(of: Order) -> dict[str, Any]:
    return {
        "order_id": of.id,
        "number": of.number,
        "state": of.state,
        "payment_state": of.payment_state,
        "kitchen_state": of.kitchen_state,
        "currency": of.currency.code,
        "total": of.total.minor,
        "amount_due": of.outstanding.minor,
    }
