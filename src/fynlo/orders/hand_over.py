"""Hand the kitchen's tickets over with the lines that go to another order."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from fynlo.kernel.ids import TicketId, derive
from fynlo.orders import announce, queries, queries_kitchen, store_kitchen
from fynlo.orders.following import follow
from fynlo.orders.kitchen import kitchen_of
from fynlo.platform import outbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from fynlo.kernel.ids import LineId
    from fynlo.orders.following import Followed, Leaving
    from fynlo.orders.kitchen import Ticket
    from fynlo.orders.model import Order
    from fynlo.platform.database import Tx


async def hand_over(
    tx: Tx, giver: Order, taker: Order, leaving: Mapping[LineId, Leaving], now: datetime
) -> tuple[Order, Order]:
    """Let the tickets of one locked order follow its lines to another; return where both stand.

    A ticket of which everything leaves goes as it is, with its number. Of another, what leaves
    becomes a ticket of its own in the same state: nothing is sent again, nothing is taken back.
    """
    tickets = {one.id: one for one in await queries_kitchen.tickets_of(tx, giver.id)}
    followed = follow(list(tickets.values()), leaving)
    if not followed:
        return giver, taker
    there = await queries_kitchen.tickets_of(tx, taker.id)
    rounds = sorted({one.ticket.round for one in followed})
    first = 1 + max((one.round for one in there), default=0)
    day = await queries.business_day(tx, taker.location_id, now)
    numbers = await _numbers(tx, taker, day, sum(not one.is_whole for one in followed))
    for one in followed:
        was = one.ticket
        at = replace(
            was,
            order_id=taker.id,
            order_number=taker.number,
            table=taker.table,
            round=first + rounds.index(was.round),
            version=was.version + 1,
            lines=one.come,
        )
        if one.is_whole:
            del tickets[was.id]
            _give(tx, one, at)
        else:
            at = replace(
                at,
                id=TicketId(derive(was.id, f"parted:{taker.id}")),
                business_day=day,
                number=next(numbers),
                version=1,
                parted_from=was.id,
            )
            tickets[was.id] = replace(was, version=was.version + 1, lines=one.left)
            _part(tx, one, tickets[was.id], at)
            outbox.append(tx, now, announce.ticket_changed(tickets[was.id]))
        outbox.append(tx, now, announce.ticket_changed(at))
        there.append(at)
    return (
        giver.in_kitchen(kitchen_of(one.state for one in tickets.values())),
        taker.in_kitchen(kitchen_of(one.state for one in there)),
    )


async def _numbers(tx: Tx, taker: Order, day: date, parts: int) -> Iterator[int]:
    """Take a number for each ticket that is made of a part of another."""
    if not parts:
        return iter(())
    return count(await store_kitchen.take_numbers(tx, taker.location_id, day, parts))


def _give(tx: Tx, followed: Followed, at: Ticket) -> None:
    """Queue that a ticket goes as a whole, by whatever name its lines have there."""
    store_kitchen.give(tx, at, was=followed.ticket)
    if pairs := followed.renamed:
        gone, come = zip(*pairs, strict=True)
        store_kitchen.append_lines(tx, at.id, come, gone)


def _part(tx: Tx, followed: Followed, left: Ticket, at: Ticket) -> None:
    """Queue what leaves a ticket as a ticket of its own."""
    store_kitchen.save(tx, left, was=followed.ticket)
    store_kitchen.append_lines(tx, left.id, (), followed.gone)
    store_kitchen.insert_ticket(tx, at)
