"""What the kitchen was told of a line follows the line, to the last thousandth."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.ids import LineId, LocationId, OrderId, ProductId, TicketId
from fynlo.orders.following import Leaving, follow, summed
from fynlo.orders.kitchen import Key, Ticket, TicketLine, TicketState

NOW: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)


def line(number: int) -> LineId:
    return LineId(UUID(int=number))


def told(number: int, milli: int, note: str | None = None, dish: int = 1) -> TicketLine:
    return TicketLine(line(number), ProductId(UUID(int=dish)), "Dish", "", milli, note)


def ticket(number: int, *lines: TicketLine) -> Ticket:
    return Ticket(
        id=TicketId(UUID(int=number)),
        order_id=OrderId(UUID(int=1)),
        order_number=1,
        table=None,
        location_id=LocationId(UUID(int=2)),
        station_id=None,
        round=number,
        business_day=date(2026, 3, 4),
        number=number,
        state=TicketState.SENT,
        priority=0,
        estimate_minutes=10,
        sent_at=NOW,
        sent_by=None,
        lines=lines,
    )


def a_part(number: int, milli: int, to: int, dish: int = 1) -> dict[LineId, Leaving]:
    key = Key(line(number), ProductId(UUID(int=dish)), "")
    return {line(number): Leaving(line(to), key, milli)}


def gone(lines: tuple[TicketLine, ...]) -> list[tuple[int, int, str | None]]:
    return [(one.line_id.int, one.quantity_milli, one.note) for one in lines]


def test_a_whole_line_takes_all_that_was_told_of_it_with_it() -> None:
    first = ticket(1, told(1, 2000), told(2, 1000))
    second = ticket(2, told(1, -1000), told(1, 500, dish=2))
    noted = ticket(3, told(1, 0, "no salt"))
    other = ticket(4, told(2, 1000))

    found = follow([first, second, noted, other], {line(1): Leaving(line(1))})

    assert [(one.ticket, one.is_whole) for one in found] == [
        (first, False),
        (second, True),
        (noted, True),
    ]
    assert [gone(one.come) for one in found] == [
        [(1, 2000, "no salt")],  # What is told anew is told with its last note.
        [(1, -1000, "no salt"), (1, 500, None)],
        [(1, 0, "no salt")],
    ]
    assert [one.renamed for one in found] == [[], [], []]
    assert gone(found[0].left) == [(2, 1000, None)]


def test_a_part_takes_what_was_told_first_and_no_more_than_was_told() -> None:
    first, second = ticket(1, told(1, 1000)), ticket(2, told(1, 2000), told(2, 1000))

    one, more = follow([first, second], a_part(1, 1500, to=9))
    (all_of_it, rest) = follow([first, second], a_part(1, 9000, to=9))
    none = follow([ticket(1, told(1, 1000, dish=2), told(1, -500))], a_part(1, 500, to=9))

    assert (one.is_whole, gone(one.gone), gone(one.come)) == (
        True,
        [(1, 1000, None)],
        [(9, 1000, None)],
    )
    assert one.renamed == [(one.gone[0], one.come[0])]
    assert (more.is_whole, gone(more.gone)) == (False, [(1, 500, None)])
    assert gone(more.left) == [(1, 1500, None), (2, 1000, None)]
    assert [gone(each.gone)[0][1] for each in (all_of_it, rest)] == [1000, 2000]
    assert none == []  # Another dish on the line, and one that was taken back.


def test_what_moved_away_altogether_is_gone_from_a_ticket_and_a_note_alone_is_not() -> None:
    lines = [
        *((told(1, 2000), False), (told(2, 0, "late"), False), (told(3, 1000), False)),
        *((told(1, -500), True), (told(3, -1000), True), (told(4, 1000), False)),
    ]

    assert gone(summed(lines)) == [(1, 1500, None), (2, 0, "late"), (4, 1000, None)]


tickets = st.lists(
    st.lists(
        st.builds(told, st.integers(1, 3), st.integers(-2000, 3000), dish=st.integers(1, 2)),
        min_size=1,
        max_size=3,
        unique_by=lambda one: one.key,
    ),
    max_size=5,
).map(lambda found: [ticket(number, *lines) for number, lines in enumerate(found, 1)])
leavings = st.dictionaries(
    st.integers(1, 3), st.tuples(st.booleans(), st.integers(1, 4000)), max_size=3
)


@given(tickets, leavings)
def test_nothing_is_cooked_twice_and_nothing_is_taken_back(
    found: list[Ticket], wish: dict[int, tuple[bool, int]]
) -> None:
    leaving: dict[LineId, Leaving] = {}
    for number, (is_whole, milli) in wish.items():
        if is_whole:
            leaving[line(number)] = Leaving(line(number))
        else:
            leaving |= a_part(number, milli, to=number + 10)
    before: Counter[tuple[int, ProductId]] = Counter()
    after: Counter[tuple[int, ProductId]] = Counter()
    came: Counter[Key] = Counter()

    followed = follow(found, leaving)

    stays = {one.ticket.id: one.left for one in followed}
    for each in found:
        for one in each.lines:
            before[one.line_id.int % 10, one.product_id] += one.quantity_milli
        for one in stays.get(each.id, each.lines):
            after[one.line_id.int % 10, one.product_id] += one.quantity_milli
    for moved in followed:
        assert moved.is_whole == (not moved.left)
        for one in moved.come:
            came[one.key] += one.quantity_milli
            after[one.line_id.int % 10, one.product_id] += one.quantity_milli
    assert {key: milli for key, milli in after.items() if milli} == {
        key: milli for key, milli in before.items() if milli
    }
    for key, milli in came.items():
        if key.line_id.int > 10:
            assert 0 < milli <= leaving[line(key.line_id.int - 10)].milli
