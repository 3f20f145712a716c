"""What the kitchen gets: each change once, exactly; and where its tickets, and orders, can go."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Final
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import LineId, LocationId, OrderId, ProductId, StationId, TicketId
from fynlo.kernel.machine import IllegalTransition
from fynlo.orders.answers_kitchen import signed_quantity
from fynlo.orders.kitchen import (
    LIVE,
    TICKET,
    Delta,
    Key,
    Standing,
    Ticket,
    TicketEvent,
    TicketLine,
    TicketState,
    Told,
    after_move,
    by_station,
    cancel_all,
    changes,
    estimate,
    kitchen_of,
    known,
    moves_of_all,
    must_be_categories,
    ticket_id,
    tickets_after,
)
from fynlo.orders.model import KITCHEN, KitchenEvent, KitchenState

NOON: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)
LATER: Final = NOON + timedelta(minutes=7)
GRILL: Final = StationId(UUID(int=71))
BAR: Final = StationId(UUID(int=72))

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
def test_an_order_stands_where_its_tickets_stand(
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


def standing(
    line: int,
    quantity: int = 1000,
    *,
    dish: int = 1,
    modifiers: str = "",
    note: str | None = None,
    needs_preparation: bool = True,
    station_id: StationId | None = None,
) -> Standing:
    return Standing(
        line_id=LineId(UUID(int=line)),
        product_id=ProductId(UUID(int=100 + dish)),
        name=f"Dish {dish}",
        modifiers=modifiers,
        quantity_milli=quantity,
        note=note,
        needs_preparation=needs_preparation,
        prep_minutes=3,
        station_id=station_id,
    )


def told(deltas: list[Delta], *, station_is_used: bool = True) -> list[Told]:
    """Let the kitchen read a ticket."""
    return [
        Told(
            key=Key(one.line.line_id, one.line.product_id, one.line.modifiers),
            name=one.line.name,
            quantity_milli=one.line.quantity_milli,
            note=one.line.note,
            station_id=one.station_id,
            station_is_used=station_is_used,
        )
        for one in deltas
    ]


def shown(deltas: list[Delta]) -> list[tuple[int, str, int, str | None]]:
    return [
        (one.line.line_id.int, one.line.name, one.line.quantity_milli, one.line.note)
        for one in deltas
    ]


def test_a_ticket_says_what_is_new_more_less_gone_or_noted_otherwise() -> None:
    first = changes(
        [
            standing(1, 2000),
            standing(2, dish=2),
            standing(3, 1500, dish=3, note="rare"),
            standing(4, dish=4),
            standing(5, needs_preparation=False, dish=5),
        ],
        {},
    )
    second = changes(
        [
            standing(1, 3000),
            standing(3, 500, dish=3, note="rare"),
            standing(4, dish=4, note="no salt"),
            standing(6, dish=6),
        ],
        known(told(first)),
    )

    assert shown(first) == [
        (1, "Dish 1", 2000, None),
        (2, "Dish 2", 1000, None),
        (3, "Dish 3", 1500, "rare"),
        (4, "Dish 4", 1000, None),
    ]
    assert shown(second) == [
        (2, "Dish 2", -1000, None),
        (1, "Dish 1", 1000, None),
        (3, "Dish 3", -1000, "rare"),
        (4, "Dish 4", 0, "no salt"),
        (6, "Dish 6", 1000, None),
    ]


def test_another_dish_or_other_modifiers_on_a_line_take_the_old_back() -> None:
    first = changes([standing(1), standing(2, dish=2, modifiers="extra cheese")], {})
    second = changes([standing(1, dish=7), standing(2, dish=2)], known(told(first)))

    assert [(line[1], line[2]) for line in shown(second)] == [
        ("Dish 1", -1000),
        ("Dish 2", -1000),
        ("Dish 7", 1000),
        ("Dish 2", 1000),
    ]
    assert second[1].line.modifiers == "extra cheese"


def test_what_the_kitchen_once_made_stays_its_business() -> None:
    first = changes([standing(1, 2000)], {})

    less = changes([standing(1, 1000, needs_preparation=False)], known(told(first)))

    assert shown(less) == [(1, "Dish 1", -1000, None)]


def test_a_change_goes_where_the_line_went_as_long_as_that_is_in_use() -> None:
    first = changes([standing(1, station_id=GRILL), standing(2, station_id=GRILL)], {})
    now = [standing(1, 2000, station_id=BAR)]

    in_use = changes(now, known(told(first)))
    closed = changes(now, known(told(first, station_is_used=False)))

    assert [one.station_id for one in in_use] == [GRILL, GRILL]
    assert [one.station_id for one in closed] == [None, BAR]


def test_each_station_gets_its_own_in_the_order_of_the_lines() -> None:
    deltas = changes(
        [standing(1, station_id=BAR), standing(2), standing(3, station_id=BAR)],
        {},
    )

    assert {key: shown(part) for key, part in by_station(deltas).items()} == {
        BAR: [(1, "Dish 1", 1000, None), (3, "Dish 1", 1000, None)],
        None: [(2, "Dish 1", 1000, None)],
    }


LINES: Final = st.dictionaries(
    st.integers(1, 4),
    st.builds(
        lambda quantity, dish, modifiers, note, prepared: (
            quantity,
            dish,
            modifiers,
            note,
            prepared,
        ),
        st.integers(1, 3000),
        st.integers(1, 3),
        st.sampled_from(["", "hot"]),
        st.sampled_from([None, "no salt"]),
        st.booleans(),
    ),
    max_size=4,
)


@given(st.lists(st.tuples(LINES, st.booleans()), max_size=8))
def test_m08_the_sum_of_all_tickets_is_what_stood_at_the_last_send(
    steps: list[tuple[dict[int, tuple[int, int, str, str | None, bool]], bool]],
) -> None:
    history: list[Told] = []
    last: list[Standing] = []

    for lines, is_sent in steps:
        if not is_sent:
            continue
        last = [
            standing(
                line, quantity, dish=dish, modifiers=how, note=note, needs_preparation=prepared
            )
            for line, (quantity, dish, how, note, prepared) in lines.items()
        ]
        new = changes(last, known(history))
        assert all(one.quantity_milli or one.key in known(history) for one in told(new))
        history += told(new)
        assert changes(last, known(history)) == []  # Sent again at once, there is nothing new.

    sums: Counter[Key] = Counter()
    for one in history:
        sums[one.key] += one.quantity_milli
    wanted = {one.key: one for one in last if one.needs_preparation or one.key in sums}
    assert {key: total for key, total in sums.items() if total} == {
        key: one.quantity_milli for key, one in wanted.items()
    }
    notes = {key: one.note for key, one in known(history).items() if one.quantity_milli}
    assert notes == {key: one.note for key, one in wanted.items()}


@pytest.mark.parametrize(
    ("work", "minutes"),
    [
        ([], 0),
        ([(3, -1000), (3, 0)], 0),
        ([(0, 1000)], 10),
        ([(5, 1000)], 10),
        ([(5, 1001)], 11),
        ([(15, 2000), (7, 1500), (60, -1000)], 46),
    ],
)
def test_m08_the_estimate_is_five_minutes_and_the_work_and_at_least_ten(
    work: list[tuple[int, int]], minutes: int
) -> None:
    deltas = [
        Delta(
            None,
            TicketLine(LineId(uuid4()), ProductId(uuid4()), "Dish", "", quantity, None),
            prep_minutes,
        )
        for prep_minutes, quantity in work
    ]

    assert estimate(deltas) == minutes


def test_a_round_has_one_ticket_for_each_station() -> None:
    order = OrderId(UUID(int=9))
    ids = {ticket_id(order, round_, None) for round_ in (1, 2)}
    ids |= {ticket_id(order, 1, GRILL), ticket_id(order, 1, BAR)}

    assert len(ids) == 4
    assert ticket_id(order, 1, GRILL) in ids


def test_quantities_are_shown_with_their_sign() -> None:
    assert [signed_quantity(milli) for milli in (2000, 0, -1000, 1500, -1500, -1)] == [
        *(2, 0, -1, "1.5", "-1.5", "-0.001"),
    ]


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
