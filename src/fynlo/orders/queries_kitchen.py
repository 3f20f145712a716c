"""What the kitchen, and whoever sends it something, reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import LineId, LocationId, OrderId, ProductId, StaffId, StationId, TicketId
from fynlo.orders.following import summed
from fynlo.orders.kitchen import (
    LIVE,
    Key,
    Standing,
    Ticket,
    TicketEvent,
    TicketLine,
    TicketMove,
    TicketState,
    Told,
)
from fynlo.staff import Role

if TYPE_CHECKING:
    from datetime import datetime, time

    from fynlo.orders.model import Order
    from fynlo.platform.database import Row, Tx
    from fynlo.staff import Actor


class _ChosenRow(msgspec.Struct, frozen=True):
    name: str


class _StandingRow(msgspec.Struct, frozen=True):
    id: UUID
    product_id: UUID
    name: str
    modifiers: list[_ChosenRow]
    quantity_milli: int
    note: str | None
    needs_preparation: bool
    prep_minutes: int
    station_id: UUID | None


class _ToldRow(msgspec.Struct, frozen=True):
    line_id: UUID
    product_id: UUID
    name: str
    modifiers: str
    quantity_milli: int
    note: str | None
    station_id: UUID | None
    station_is_used: bool


class _LineRow(msgspec.Struct, frozen=True):
    line_id: UUID
    product_id: UUID
    name: str
    modifiers: str
    quantity_milli: int
    note: str | None
    is_moved: bool


_standing: Final = msgspec.json.Decoder(list[_StandingRow])
_told: Final = msgspec.json.Decoder(list[_ToldRow])
_lines: Final = msgspec.json.Decoder(list[_LineRow])


async def sends_unpaid(tx: Tx, location_id: LocationId) -> bool:
    """Read whether orders go to the kitchen there before they are paid."""
    allowed: bool = await tx.fetchval(
        """
        select send_unpaid_orders_to_kitchen from rules
        where merchant_id = $1 and location_id = $2
        """,
        *(tx.merchant_id, location_id),
    )
    return allowed


@dataclass(frozen=True, slots=True)
class Due:
    """All that decides what the kitchen gets of an order now."""

    standing: tuple[Standing, ...]
    told: tuple[Told, ...]
    last_round: int
    timezone: str
    day_cutoff: time


async def due(tx: Tx, of: Order) -> Due:
    """Read a locked order's lines, and what the kitchen was told of it, in one round trip.

    A line goes to the oldest station in use there that has its category.
    """
    row = await tx.fetchrow(
        """
        select p.timezone, p.day_cutoff,
          (select json_agg(json_build_object(
              'id', l.id, 'product_id', l.product_id, 'name', l.name,
              'modifiers', l.modifiers, 'quantity_milli', l.quantity_milli, 'note', l.note,
              'needs_preparation', l.needs_preparation, 'prep_minutes', l.prep_minutes,
              'station_id', (
                select s.id from stations s
                join products g on g.merchant_id = $1 and g.id = l.product_id
                where s.merchant_id = $1 and s.location_id = $3 and s.active
                  and g.category_id = any (s.category_ids)
                order by s.created_at, s.id limit 1)
            ) order by l.position)
            from order_lines l where l.merchant_id = $1 and l.order_id = $2)::text as standing,
          (select json_agg(json_build_object(
              'line_id', l.line_id, 'product_id', l.product_id, 'name', l.name,
              'modifiers', l.modifiers, 'quantity_milli', l.quantity_milli, 'note', l.note,
              'station_id', t.station_id, 'station_is_used', coalesce(s.active, true)
            ) order by t.round, t.number, l.position)
            from kitchen_tickets t
            join kitchen_ticket_lines l on l.merchant_id = t.merchant_id and l.ticket_id = t.id
            left join stations s on s.merchant_id = t.merchant_id and s.id = t.station_id
            where t.merchant_id = $1 and t.order_id = $2)::text as told,
          (select coalesce(max(round), 0) from kitchen_tickets
            where merchant_id = $1 and order_id = $2) as last_round
        from locations p where p.merchant_id = $1 and p.id = $3
        """,
        *(tx.merchant_id, of.id, of.location_id),
    )
    assert row is not None
    return Due(
        standing=tuple(_stands(one) for one in _standing.decode(row["standing"] or "[]")),
        told=tuple(_was_told(one) for one in _told.decode(row["told"] or "[]")),
        last_round=row["last_round"],
        timezone=row["timezone"],
        day_cutoff=row["day_cutoff"],
    )


def _stands(row: _StandingRow) -> Standing:
    return Standing(
        line_id=LineId(row.id),
        product_id=ProductId(row.product_id),
        name=row.name,
        modifiers=", ".join(one.name for one in row.modifiers),
        quantity_milli=row.quantity_milli,
        note=row.note,
        needs_preparation=row.needs_preparation,
        prep_minutes=row.prep_minutes,
        station_id=_station(row.station_id),
    )


def _was_told(row: _ToldRow) -> Told:
    return Told(
        key=Key(LineId(row.line_id), ProductId(row.product_id), row.modifiers),
        name=row.name,
        quantity_milli=row.quantity_milli,
        note=row.note,
        station_id=_station(row.station_id),
        station_is_used=row.station_is_used,
    )


def _station(station_id: UUID | None) -> StationId | None:
    return None if station_id is None else StationId(station_id)


_TICKET: Final = """
  select t.*, o.number as order_number, o.table_name,
    (select json_agg(to_jsonb(l) order by l.position) from kitchen_ticket_lines l
      where l.merchant_id = t.merchant_id and l.ticket_id = t.id)::text as lines
  from kitchen_tickets t
  join orders o on o.merchant_id = t.merchant_id and o.id = t.order_id
  where t.merchant_id = $1
"""


def _ticket(row: Row) -> Ticket:
    return Ticket(
        id=TicketId(row["id"]),
        order_id=OrderId(row["order_id"]),
        order_number=row["order_number"],
        table=row["table_name"],
        location_id=LocationId(row["location_id"]),
        station_id=row["station_id"] and StationId(row["station_id"]),
        round=row["round"],
        business_day=row["business_day"],
        number=row["number"],
        state=TicketState(row["state"]),
        priority=row["priority"],
        estimate_minutes=row["estimate_minutes"],
        sent_at=row["sent_at"],
        sent_by=row["sent_by"] and StaffId(row["sent_by"]),
        started_at=row["started_at"],
        ready_at=row["ready_at"],
        served_at=row["served_at"],
        canceled_at=row["canceled_at"],
        version=row["version"],
        lines=summed((_ticket_line(one), one.is_moved) for one in _lines.decode(row["lines"])),
        parted_from=row["parted_from"] and TicketId(row["parted_from"]),
    )


def _ticket_line(row: _LineRow) -> TicketLine:
    return TicketLine(
        line_id=LineId(row.line_id),
        product_id=ProductId(row.product_id),
        name=row.name,
        modifiers=row.modifiers,
        quantity_milli=row.quantity_milli,
        note=row.note,
    )


async def tickets_of(tx: Tx, order_id: OrderId) -> list[Ticket]:
    """Read an order's tickets, oldest first; they change only while the order is locked."""
    rows = await tx.fetch(
        _TICKET + " and t.order_id = $2 order by t.round, t.number", *(tx.merchant_id, order_id)
    )
    return [_ticket(row) for row in rows]


async def ticket(tx: Tx, ticket_id: TicketId) -> Ticket:
    """Read one ticket without a lock; `NotFound` if there is none."""
    row = await tx.fetchrow(_TICKET + " and t.id = $2", *(tx.merchant_id, ticket_id))
    if row is None:
        raise NotFound(f"There is no kitchen ticket {ticket_id}.")
    return _ticket(row)


async def ticket_history(tx: Tx, ticket_id: TicketId) -> list[TicketMove]:
    """Read what happened to a ticket, oldest first."""
    rows = await tx.fetch(
        """
        select event, from_state, to_state, at, by_staff from kitchen_ticket_history
        where merchant_id = $1 and ticket_id = $2 order by version
        """,
        *(tx.merchant_id, ticket_id),
    )
    return [
        TicketMove(
            event=TicketEvent(row["event"]),
            from_state=TicketState(row["from_state"]),
            to_state=TicketState(row["to_state"]),
            at=row["at"],
            by=row["by_staff"] and StaffId(row["by_staff"]),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets to list; no state means all that are not served or canceled.

    `after` is the place after which the page starts: priority, time, number and id.
    """

    location_id: UUID | None = None
    station_id: UUID | None = None
    state: TicketState | None = None
    after: tuple[int, datetime, int, UUID] | None = None


async def tickets(tx: Tx, actor: Actor, wanted: TicketFilter, limit: int) -> list[Ticket]:
    """List the tickets of the reader's places as the kitchen takes them: by priority, then time."""
    priority, sent_at, number, ticket_id = wanted.after or (None, None, None, None)
    states = LIVE if wanted.state is None else (wanted.state,)
    places = None if actor.role is Role.ADMIN else list(actor.location_ids)
    if actor.standing_at is not None:
        places = [actor.standing_at] if actor.works_at(actor.standing_at) else []
    rows = await tx.fetch(
        _TICKET
        + """
          and t.state = any ($2::text[])
          and ($3::uuid is null or t.location_id = $3)
          and ($4::uuid is null or t.station_id = $4)
          and ($5::uuid[] is null or t.location_id = any ($5))
          and ($6::int is null
            or (-t.priority, t.sent_at, t.number, t.id) > (-$6, $7, $8::bigint, $9::uuid))
        order by t.priority desc, t.sent_at, t.number, t.id
        limit $10
        """,
        *(tx.merchant_id, states, wanted.location_id, wanted.station_id, places),
        *(priority, sent_at, number, ticket_id, limit),
    )
    return [_ticket(row) for row in rows]


async def stations(
    tx: Tx, station_id: UUID | None = None, location_id: UUID | None = None
) -> list[Row]:
    """List the stations, all or of a location, or the one."""
    return await tx.fetch(
        """
        select id, location_id, name, category_ids, active, version, created_at
        from stations
        where merchant_id = $1 and ($2::uuid is null or id = $2)
          and ($3::uuid is null or location_id = $3)
        order by created_at, id
        """,
        *(tx.merchant_id, station_id, location_id),
    )
