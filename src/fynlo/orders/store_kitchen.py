"""All writing SQL of the kitchen: stations, tickets, their moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from fynlo.kernel.ids import LocationId, StaffId, TicketId
    from fynlo.orders.kitchen import Step, Ticket, TicketLine
    from fynlo.platform.database import Row, Tx


async def insert_station(tx: Tx, station_id: UUID, wish: Mapping[str, Any], now: datetime) -> bool:
    """Insert a station; False if its id is taken."""
    inserted = await tx.fetchval(
        """
        insert into stations (merchant_id, id, location_id, name, category_ids, created_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (merchant_id, id) do nothing
        returning true
        """,
        *(tx.merchant_id, station_id, wish["location_id"], wish["name"], wish["category_ids"], now),
    )
    return inserted is not None


async def lock_station(tx: Tx, station_id: UUID) -> Row:
    """Read a station in order to change it; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from stations where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, station_id),
    )
    if row is None:
        raise NotFound(f"There is no station {station_id}.")
    return row


async def save_station(tx: Tx, after: Mapping[str, Any]) -> Row:
    """Write a station as its next version; it stays at its location."""
    row = await tx.fetchrow(
        """
        update stations set name = $3, category_ids = $4, active = $5, version = version + 1
        where merchant_id = $1 and id = $2
        returning *
        """,
        *(tx.merchant_id, after["id"], after["name"], after["category_ids"], after["active"]),
    )
    assert row is not None
    return row


async def take_numbers(tx: Tx, location_id: LocationId, day: date, count: int) -> int:
    """Take so many of the day's next ticket numbers, and return the first of them."""
    last: int = await tx.fetchval(
        """
        insert into ticket_numbers as n (merchant_id, location_id, business_day, last_number)
        values ($1, $2, $3, $4)
        on conflict (merchant_id, location_id, business_day)
          do update set last_number = n.last_number + $4
        returning last_number
        """,
        *(tx.merchant_id, location_id, day, count),
    )
    return last - count + 1


def insert_ticket(tx: Tx, ticket: Ticket) -> None:
    """Queue a ticket with its lines; two of one round for one station fail at their key."""
    tx.write(
        """
        insert into kitchen_tickets (
          merchant_id, id, order_id, location_id, station_id, round, business_day, number, state,
          estimate_minutes, sent_at, sent_by, priority, started_at, ready_at, served_at, parted_from
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        """,
        *(tx.merchant_id, ticket.id, ticket.order_id, ticket.location_id, ticket.station_id),
        *(ticket.round, ticket.business_day, ticket.number, ticket.state),
        *(ticket.estimate_minutes, ticket.sent_at, ticket.sent_by, ticket.priority),
        *(ticket.started_at, ticket.ready_at, ticket.served_at, ticket.parted_from),
    )
    append_lines(tx, ticket.id, ticket.lines)


def append_lines(
    tx: Tx, ticket_id: TicketId, come: Sequence[TicketLine], gone: Sequence[TicketLine] = ()
) -> None:
    """Queue lines behind those that a ticket has: what moved away is told less, then what came."""
    lines = [*gone, *come]
    quantities = [-one.quantity_milli for one in gone] + [one.quantity_milli for one in come]
    tx.write(
        """
        insert into kitchen_ticket_lines (
          merchant_id, ticket_id, position, line_id, product_id, name, modifiers, quantity_milli,
          note, is_moved
        )
        select $1, $2, l.position + (
            select coalesce(max(k.position), 0) from kitchen_ticket_lines k
            where k.merchant_id = $1 and k.ticket_id = $2),
          l.line_id, l.product_id, l.name, l.modifiers, l.quantity, l.note, l.position <= $9
        from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::text[])
          with ordinality as l (line_id, product_id, name, modifiers, quantity, note, position)
        """,
        *(tx.merchant_id, ticket_id),
        [line.line_id for line in lines],
        [line.product_id for line in lines],
        [line.name for line in lines],
        [line.modifiers for line in lines],
        quantities,
        [line.note for line in lines],
        len(gone),
        rows=len(lines),
    )


def give(tx: Tx, after: Ticket, *, was: Ticket) -> None:
    """Queue that a ticket is another order's now, compare and swap on its version."""
    tx.write(
        """
        update kitchen_tickets set order_id = $4, round = $5, version = $6
        where merchant_id = $1 and id = $2 and version = $3
        """,
        *(tx.merchant_id, after.id, was.version, after.order_id, after.round, after.version),
        row=after.id,
    )


def save(tx: Tx, after: Ticket, *, was: Ticket) -> None:
    """Queue what changed of a ticket, compare and swap on its version."""
    tx.write(
        """
        update kitchen_tickets
        set state = $4, priority = $5, started_at = $6, ready_at = $7, served_at = $8,
            canceled_at = $9, version = $10
        where merchant_id = $1 and id = $2 and version = $3
        """,
        *(tx.merchant_id, after.id, was.version, after.state, after.priority, after.started_at),
        *(after.ready_at, after.served_at, after.canceled_at, after.version),
        row=after.id,
    )


def save_steps(tx: Tx, steps: Iterable[Step], now: datetime, by: StaffId | None) -> None:
    """Queue the moves of tickets, with a line of history for each."""
    for step in steps:
        save(tx, step.after, was=step.was)
        tx.write(
            """
            insert into kitchen_ticket_history (
              merchant_id, ticket_id, version, event, from_state, to_state, at, by_staff
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            *(tx.merchant_id, step.after.id, step.after.version, step.event, step.was.state),
            *(step.after.state, now, by),
        )
