"""Which events follow from a change of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from fynlo.orders.kitchen import TicketState
from fynlo.orders.model import KitchenState, PaymentState, State
from fynlo.platform.outbox import Event, EventType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.kernel.ids import LocationId
    from fynlo.orders.kitchen import Ticket
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


class OrderSent(OrderTold, frozen=True):
    """The same, and the tickets that were made, by their ids."""

    ticket_ids: list[UUID]


class TicketTold(msgspec.Struct, frozen=True):
    """What an event tells of a kitchen ticket; its lines are fetched."""

    ticket_id: UUID
    order_id: UUID
    station_id: UUID | None
    number: int
    state: TicketState
    priority: int


CREATED: Final = EventType("order.created", OrderTold, "An order was taken.")
UPDATED: Final = EventType("order.updated", OrderTold, "Something of an order changed.")
STATUS_CHANGED: Final = EventType(
    "order.status_changed", OrderMoved, "An order went from one state to another."
)
RECEIVED: Final = EventType(
    "kitchen.order_received", OrderSent, "The kitchen got new tickets of an order."
)
READY: Final = EventType(
    "kitchen.order_ready", OrderTold, "All that the kitchen has of an order is ready."
)
TICKET_CHANGED: Final = EventType(
    "kitchen.ticket_changed", TicketTold, "A kitchen ticket moved on, or in the queue."
)
EVENTS: Final = (CREATED, UPDATED, STATUS_CHANGED, RECEIVED, READY, TICKET_CHANGED)


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
    is_ready = after.kitchen_state is KitchenState.READY
    if is_ready and was.kitchen_state is not KitchenState.READY:
        events.append(Event(READY, [*rooms, _kitchen(after.location_id)], OrderTold(**facts)))
    return events


def received(order: Order, tickets: Sequence[Ticket]) -> Event:
    """Tell the kitchen that it got tickets."""
    rooms = [*_rooms(order), _kitchen(order.location_id)]
    return Event(
        RECEIVED, rooms, OrderSent(**_facts(order), ticket_ids=[one.id for one in tickets])
    )


def ticket_changed(ticket: Ticket) -> Event:
    """Tell the kitchen, and whoever waits for the order, that a ticket moved."""
    told = TicketTold(
        ticket_id=ticket.id,
        order_id=ticket.order_id,
        station_id=ticket.station_id,
        number=ticket.number,
        state=ticket.state,
        priority=ticket.priority,
    )
    place = ticket.location_id
    rooms = [f"location:{place}", f"order:{ticket.order_id}", _kitchen(place)]
    return Event(TICKET_CHANGED, rooms, told)


def _kitchen(location_id: LocationId) -> str:
    return f"kitchen:{location_id}"


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
