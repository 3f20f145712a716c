"""What stations and kitchen tickets look like on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from fynlo.orders.kitchen import TicketEvent, TicketState
from fynlo.orders.pricing import show_quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fynlo.orders.kitchen import Ticket, TicketLine, TicketMove


class StationOut(msgspec.Struct, frozen=True):
    """Where part of the menu is prepared; of several for one category the oldest gets it."""

    id: UUID
    location_id: UUID
    name: str
    category_ids: list[UUID]
    active: bool
    version: int
    created_at: datetime


class TicketLineOut(msgspec.Struct, frozen=True):
    """What to make more of; a negative quantity is taken back, zero is another note alone."""

    line_id: UUID
    product_id: UUID
    name: str
    quantity: int | str
    modifiers: str
    note: str | None


class TicketMoveOut(msgspec.Struct, frozen=True):
    """One thing that happened to a ticket, and who did it."""

    event: TicketEvent
    from_: TicketState = msgspec.field(name="from")
    to: TicketState
    at: datetime
    by: UUID | None


class TicketOut(msgspec.Struct, frozen=True):
    """What one station got of an order at one time."""

    id: UUID
    number: int
    business_day: date
    order_id: UUID
    order_number: int
    table: str | None
    location_id: UUID
    station_id: UUID | None
    state: TicketState
    priority: int
    estimate_minutes: int
    lines: list[TicketLineOut]
    sent_at: datetime
    sent_by: UUID | None
    started_at: datetime | None
    ready_at: datetime | None
    served_at: datetime | None
    canceled_at: datetime | None
    parted_from: UUID | None
    version: int
    history: list[TicketMoveOut]


def station_out(row: Any) -> StationOut:
    """Show a station."""
    return msgspec.convert(dict(row), StationOut)


def ticket_out(ticket: Ticket, history: Sequence[TicketMove]) -> TicketOut:
    """Show a ticket with what happened to it."""
    return TicketOut(
        id=ticket.id,
        number=ticket.number,
        business_day=ticket.business_day,
        order_id=ticket.order_id,
        order_number=ticket.order_number,
        table=ticket.table,
        location_id=ticket.location_id,
        station_id=ticket.station_id,
        state=ticket.state,
        priority=ticket.priority,
        estimate_minutes=ticket.estimate_minutes,
        lines=[_line(one) for one in ticket.lines],
        sent_at=ticket.sent_at,
        sent_by=ticket.sent_by,
        started_at=ticket.started_at,
        ready_at=ticket.ready_at,
        served_at=ticket.served_at,
        canceled_at=ticket.canceled_at,
        parted_from=ticket.parted_from,
        version=ticket.version,
        history=[
            TicketMoveOut(one.event, one.from_state, one.to_state, one.at, one.by)
            for one in history
        ],
    )


def _line(line: TicketLine) -> TicketLineOut:
    return TicketLineOut(
        line_id=line.line_id,
        product_id=line.product_id,
        name=line.name,
        quantity=signed_quantity(line.quantity_milli),
        modifiers=line.modifiers,
        note=line.note,
    )


def signed_quantity(milli: int) -> int | str:
    """Write thousandths, which may be taken back, as the shortest quantity."""
    size = show_quantity(abs(milli))
    if milli >= 0:
        return size
    return -size if isinstance(size, int) else f"-{size}"
