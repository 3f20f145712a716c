"""What is due to the kitchen: each change once, exactly, and how long it takes."""

from __future__ import annotations

from collections import Counter
from typing import Final
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.ids import LineId, OrderId, ProductId, StationId
from fynlo.orders.answers_kitchen import signed_quantity
from fynlo.orders.kitchen import (
    Delta,
    Key,
    Standing,
    TicketLine,
    Told,
    by_station,
    changes,
    estimate,
    known,
    ticket_id,
)

GRILL: Final = StationId(UUID(int=71))
BAR: Final = StationId(UUID(int=72))


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
def test_tr91_the_estimate_is_five_minutes_and_the_work_and_at_least_ten(
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


def test_an_order_as_it_stands_has_one_ticket_for_each_station() -> None:
    order = OrderId(UUID(int=9))
    ids = {ticket_id(order, version, None) for version in (1, 2)}
    ids |= {ticket_id(order, 1, GRILL), ticket_id(order, 1, BAR)}

    assert len(ids) == 4
    assert ticket_id(order, 1, GRILL) in ids


def test_quantities_are_shown_with_their_sign() -> None:
    assert [signed_quantity(milli) for milli in (2000, 0, -1000, 1500, -1500, -1)] == [
        *(2, 0, -1, "1.5", "-1.5", "-0.001"),
    ]
