"""Write what changed of an order, and give the kitchen what follows from it, in the same commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.orders import announce, kitchen, queries_kitchen, store, store_kitchen
from fynlo.orders.kitchen import Ticket, TicketState
from fynlo.orders.model import KITCHEN, KitchenEvent, KitchenState, Stage
from fynlo.platform import outbox

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import StaffId
    from fynlo.orders.model import Order
    from fynlo.orders.store import Saved
    from fynlo.platform.database import Tx
    from fynlo.platform.outbox import Event


async def save(
    tx: Tx,
    after: Order,
    *,
    was: Order,
    now: datetime,
    by: StaffId | None,
    reason: str | None = None,
    is_sent: bool = False,
) -> Saved:
    """Save a locked order; what becomes paid, or is sent, goes to the kitchen as far as it is new.

    What is given up is taken back from it. The order's lines stand as they will be committed.
    """
    events: list[Event] = []
    is_paid_now = after.is_paid and not was.is_paid
    if after.stage is Stage.CANCELED and was.kitchen_state is not KitchenState.NONE:
        after, events = await _take_back(tx, after, now, by)
    elif is_sent or (is_paid_now and after.kitchen_state is not KitchenState.NONE):
        after, events = await _send(tx, after, now, by)
    saved = store.save(tx, after, was=was, now=now, by=by, reason=reason)
    outbox.append(tx, now, *events)
    return saved


async def _send(
    tx: Tx, order: Order, now: datetime, by: StaffId | None
) -> tuple[Order, list[Event]]:
    """Make a ticket for each station that has something new; the order's lock makes it once."""
    due = await queries_kitchen.due(tx, order)
    stations = kitchen.by_station(kitchen.changes(due.standing, kitchen.known(due.told)))
    if not stations:
        return order.in_kitchen(order.kitchen_state), []
    day = staff.business_day(now, due.timezone, due.day_cutoff)
    first = await store_kitchen.take_numbers(tx, order.location_id, day, len(stations))
    tickets = [
        Ticket(
            id=kitchen.ticket_id(order.id, order.version, station_id),
            order_id=order.id,
            order_number=order.number,
            table=order.table,
            location_id=order.location_id,
            station_id=station_id,
            round=due.last_round + 1,
            business_day=day,
            number=first + index,
            state=TicketState.SENT,
            priority=0,
            estimate_minutes=kitchen.estimate(deltas),
            sent_at=now,
            sent_by=by,
            lines=tuple(one.line for one in deltas),
        )
        for index, (station_id, deltas) in enumerate(stations.items())
    ]
    for ticket in tickets:
        store_kitchen.insert_ticket(tx, ticket)
    # An order that is older than tickets begins with its first one.
    before = order.kitchen_state if due.last_round else KitchenState.NONE
    sent = order.in_kitchen(KITCHEN.next(before, KitchenEvent.SEND))
    return sent, [announce.received(sent, tickets)]


async def _take_back(
    tx: Tx, order: Order, now: datetime, by: StaffId | None
) -> tuple[Order, list[Event]]:
    """Cancel what was not served yet."""
    tickets = await queries_kitchen.tickets_of(tx, order.id)
    steps = kitchen.cancel_all(tickets, now)
    store_kitchen.save_steps(tx, steps, now, by)
    left = kitchen.tickets_after(tickets, steps)
    state = kitchen.kitchen_of(one.state for one in left)
    return order.in_kitchen(state), [announce.ticket_changed(step.after) for step in steps]
