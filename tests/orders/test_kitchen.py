"""Where the kitchen's tickets can go, and their orders with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import LocationId, OrderId, TicketId
from fynlo.kernel.machine import IllegalTransition
from fynlo.orders.kitchen import (
    LIVE,
    TICKET,
    Ticket,
    TicketEvent,
    TicketState,
    after_move,
    cancel_all,
    kitchen_of,
    moves_of_all,
    must_be_categories,
    tickets_after,
)
from fynlo.orders.model import KITCHEN, KitchenEvent, KitchenState

NOON: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)
LATER: Final = NOON + timedelta(minutes=7)

#           start      bump   recall     serve   prioritize  cancel
TICKETS: Final = """
sent        preparing  ready  -          -       sent        canceled
preparing   -          ready  -          -       preparing   canceled
ready       -          -      preparing  served  ready       canceled
served      -          -      -          -       -           -
canceled    -          -      -          -       -           -
"""


def a_ticket(state: TicketState = TicketState.SENT, number: int = 1) -> Ticket:
    return Ticket(
        id=TicketId(UUID(int=number)),
        order_id=OrderId(UUID(int=9)),
        order_number=1,
        table=None,
        location_id=LocationId(UUID(int=8)),
        station_id=None,
        round=number,
        business_day=date(2026, 3, 4),
        number=number,
        state=state,
        priority=0,
        estimate_minutes=10,
        sent_at=NOON,
        sent_by=None,
    )


def tickets_in(states: list[TicketState]) -> list[Ticket]:
    return [a_ticket(state, number) for number, state in enumerate(states, 1)]


def test_tr85_each_ticket_event_leads_where_the_table_says_or_nowhere() -> None:
    rows = [line.split() for line in TICKETS.strip().splitlines()]
    assert [row[0] for row in rows] == [state.value for state in TicketState]

    for name, *cells in rows:
        ticket = a_ticket(TicketState(name))
        for event, cell in zip(TicketEvent, cells, strict=True):
            assert TICKET.allows(ticket.state, event) is (cell != "-")
            if cell != "-":
                assert ticket.move(event, LATER).state is TicketState(cell)
                continue
            with pytest.raises(IllegalTransition) as refusal:
                ticket.move(event, LATER)
            assert refusal.value.facts == {
                "machine": "kitchen ticket",
                "from": name,
                "event": event.value,
            }


def test_a_ticket_keeps_the_time_of_each_move() -> None:
    sent = a_ticket()

    started = sent.move(TicketEvent.START, LATER)
    bumped = started.move(TicketEvent.BUMP, LATER + timedelta(minutes=1))
    recalled = bumped.move(TicketEvent.RECALL, LATER + timedelta(minutes=2))
    again = recalled.move(TicketEvent.BUMP, LATER + timedelta(minutes=3))
    served = again.move(TicketEvent.SERVE, LATER + timedelta(minutes=4))
    canceled = sent.move(TicketEvent.CANCEL, LATER)

    assert (started.started_at, bumped.ready_at) == (LATER, LATER + timedelta(minutes=1))
    assert (recalled.started_at, recalled.ready_at) == (LATER, None)
    assert (again.ready_at, served.served_at) == (
        LATER + timedelta(minutes=3),
        LATER + timedelta(minutes=4),
    )
    assert canceled == replace(sent, state=TicketState.CANCELED, canceled_at=LATER, version=2)
    assert served.version == 6


def test_the_same_priority_again_is_no_change_and_what_is_gone_has_none() -> None:
    ticket = a_ticket()

    first = ticket.prioritize(9, LATER)

    assert first == replace(ticket, priority=9, version=2)
    assert first.prioritize(9, LATER) is first
    for state in set(TicketState) - set(LIVE):
        with pytest.raises(IllegalTransition):
            a_ticket(state).prioritize(0, LATER)


SENT, PREPARING, READY, SERVED, CANCELED = TicketState


@pytest.mark.parametrize(
    ("states", "kitchen"),
    [
        ([], KitchenState.NONE),
        ([CANCELED], KitchenState.NONE),
        ([SENT, SENT], KitchenState.SENT),
        ([SERVED, SENT], KitchenState.SENT),
        ([SENT, PREPARING], KitchenState.PREPARING),
        ([SENT, READY], KitchenState.PREPARING),
        ([SERVED, PREPARING], KitchenState.PREPARING),
        ([READY, READY], KitchenState.READY),
        ([READY, SERVED], KitchenState.READY),
        ([SERVED, SERVED], KitchenState.SERVED),
        ([SERVED, CANCELED], KitchenState.SERVED),
    ],
)
def test_tr91_an_order_stands_where_its_tickets_stand_in_the_same_words(
    states: list[TicketState], kitchen: KitchenState
) -> None:
    assert kitchen_of(states) is kitchen


COUNTED: Final = st.lists(st.sampled_from([SENT, PREPARING, READY, SERVED]), max_size=5)


@given(COUNTED, st.sampled_from(KitchenEvent))
def test_a_whole_order_moves_as_its_table_says_whatever_its_tickets(
    states: list[TicketState], event: KitchenEvent
) -> None:
    before, tickets = kitchen_of(states), tickets_in(states)

    if event is KitchenEvent.SEND:
        assert kitchen_of([*states, SENT]) is KITCHEN.next(before, event)
        return
    after = tickets_after(tickets, moves_of_all(tickets, event, LATER))
    if KITCHEN.allows(before, event):
        assert after_move(before, event, after) is KITCHEN.next(before, event)
        return
    with pytest.raises(IllegalTransition):
        after_move(before, event, after)


@pytest.mark.parametrize(("state", "event"), list(product(KitchenState, KitchenEvent)))
def test_an_order_that_is_older_than_tickets_moves_by_its_table_alone(
    state: KitchenState, event: KitchenEvent
) -> None:
    if KITCHEN.allows(state, event):
        assert after_move(state, event, []) is KITCHEN.next(state, event)
        return
    with pytest.raises(IllegalTransition):
        after_move(state, event, [])


def test_completing_marks_ready_on_the_way_and_canceling_leaves_what_was_served() -> None:
    tickets = tickets_in([SENT, PREPARING, READY, SERVED])

    steps = moves_of_all(tickets, KitchenEvent.COMPLETE, LATER)
    canceled = tickets_after(tickets, cancel_all(tickets, LATER))

    assert [step.event.value for step in steps] == ["bump", "serve", "bump", "serve", "serve"]
    done = tickets_after(tickets, steps)
    assert [one.state for one in done] == [SERVED] * 4
    assert [one.ready_at for one in done] == [LATER, LATER, None, None]
    assert [one.state for one in canceled] == [CANCELED] * 3 + [SERVED]


def test_a_station_is_only_for_parts_of_the_menu_that_exist() -> None:
    there = [UUID(int=1), UUID(int=2)]

    must_be_categories(there, there)
    with pytest.raises(Invalid) as refusal:
        must_be_categories([UUID(int=2), UUID(int=3)], there)
    assert refusal.value.facts["errors"] == [
        {
            "pointer": "/category_ids/1",
            "detail": "There is no category 00000000-0000-0000-0000-000000000003.",
        }
    ]
