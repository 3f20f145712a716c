"""A drawer session by itself: what moves, what is expected, who may operate it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.drawers.model.errors import DrawerSessionMismatch
from fynlo.drawers.model.session import (
    DIRECTION,
    DRAWER,
    DrawerEvent,
    DrawerState,
    must_be_operated_by,
)
from fynlo.drawers.store import TOTALS
from fynlo.kernel.errors import Forbidden
from fynlo.kernel.ids import RegisterId
from fynlo.kernel.machine import IllegalTransition
from fynlo.kernel.money import Money
from fynlo.staff.model import Role
from tests.drawers.shapes import ELSEWHERE, EUR, GBP, HERE, OPENER, SOMEBODY, gbp, opened, person

MOVING = [kind for kind in DIRECTION if kind not in {"opening", "closing"}]


@pytest.mark.parametrize(("state", "event"), list(product(DrawerState, DrawerEvent)))
def test_only_an_open_drawer_moves_is_counted_and_closes(
    state: DrawerState, event: DrawerEvent
) -> None:
    leads_to = {
        DrawerEvent.MOVE: DrawerState.OPEN,
        DrawerEvent.COUNT: DrawerState.OPEN,
        DrawerEvent.CLOSE: DrawerState.CLOSED,
    }
    if state is DrawerState.OPEN:
        assert DRAWER.next(state, event) is leads_to[event]
    else:
        with pytest.raises(IllegalTransition):
            DRAWER.next(state, event)


def test_a_drawer_that_was_only_opened_should_hold_its_float() -> None:
    assert opened(10_000).expected == gbp(10_000)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *(("tendered", 10_250), ("change", 9_750), ("refund", 9_750), ("paid_in", 10_250)),
        *(("loan", 10_250), ("paid_out", 9_750), ("drop", 9_750), ("pickup", 9_750)),
        ("no_sale", 10_000),
    ],
)
def test_the_type_alone_says_which_way_cash_goes(kind: str, expected: int) -> None:
    moved = opened(10_000).move(kind, gbp(250))

    assert moved.expected == gbp(expected)
    assert moved.totals[kind] == 250


def test_every_type_that_moves_has_its_direction_and_a_running_total() -> None:
    assert {kind for kind, way in DIRECTION.items() if way} == set(TOTALS)


@given(
    st.integers(0, 10**9),
    st.lists(st.tuples(st.sampled_from(MOVING), st.integers(0, 10**9)), max_size=50),
)
def test_what_is_expected_is_the_float_and_every_movement_with_its_sign(
    opening: int, movements: list[tuple[str, int]]
) -> None:
    session, by_hand = opened(opening), opening

    for kind, minor in movements:
        session = session.move(kind, gbp(minor))
        by_hand += {"tendered": 1, "paid_in": 1, "loan": 1, "no_sale": 0}.get(kind, -1) * minor

    assert session.expected == gbp(by_hand)
    assert all(session.totals[kind] >= 0 for kind in session.totals)


def test_a_sale_puts_in_what_was_tendered_and_takes_out_the_change() -> None:
    session = opened(10_000).take(gbp(2_000), gbp(667))

    assert (session.totals["tendered"], session.totals["change"]) == (2_000, 667)
    assert session.expected == gbp(11_333)


def test_the_books_may_say_that_less_than_nothing_is_in_the_drawer() -> None:
    assert opened(0).move("paid_out", gbp(1)).expected == gbp(-1)


def test_no_magnitude_is_negative() -> None:
    with pytest.raises(AssertionError):
        opened().move("paid_in", gbp(-1))


def test_cash_beside_the_drawer_is_not_in_it() -> None:
    session = opened(10_000).hold(gbp(300)).hold(gbp(200))

    assert (session.held, session.expected) == (gbp(500), gbp(10_000))
    assert session.release(gbp(500)) == opened(10_000)


def test_no_more_is_taken_from_beside_the_drawer_than_lies_there() -> None:
    with pytest.raises(AssertionError):
        opened().hold(gbp(100)).release(gbp(101))


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.CASHIER, False), (Role.KITCHEN, False), (Role.MANAGER, True), (Role.ADMIN, True)],
)
def test_a_drawer_is_its_openers_and_theirs_who_may_approve(role: Role, may: bool) -> None:
    session = opened()

    must_be_operated_by(session, person(OPENER, role))
    if may:
        must_be_operated_by(session, person(SOMEBODY, role))
        return
    with pytest.raises(Forbidden, match="Somebody else opened this drawer"):
        must_be_operated_by(session, person(SOMEBODY, role))
    must_be_operated_by(replace(session, opened_by=SOMEBODY), person(SOMEBODY, role))


def test_nobody_operates_a_drawer_where_they_do_not_work_but_an_admin() -> None:
    session = replace(opened(), location_id=ELSEWHERE)

    for role in (Role.CASHIER, Role.MANAGER):
        with pytest.raises(Forbidden, match="You do not work at this location"):
            must_be_operated_by(session, person(OPENER, role))
    must_be_operated_by(session, person(SOMEBODY, Role.ADMIN))


def test_a_drawer_fits_orders_of_its_register_its_location_and_its_currency() -> None:
    session = opened()

    session.must_fit(HERE, None, GBP)
    session.must_fit(HERE, session.register_id, GBP)
    for place, register_id, unit, why in (
        (HERE, RegisterId(UUID(int=9)), GBP, "is of register"),
        (ELSEWHERE, None, GBP, "is at location"),
        (ELSEWHERE, session.register_id, GBP, "is at location"),
        (HERE, None, EUR, "That drawer holds GBP, not EUR"),
    ):
        with pytest.raises(DrawerSessionMismatch, match=why):
            session.must_fit(place, register_id, unit)


@pytest.mark.parametrize("way", ["move", "hold", "release", "take", "give", "close"])
def test_no_other_currency_goes_into_a_drawer_or_out_of_it(way: str) -> None:
    session, euro = opened().hold(gbp(500)), Money(1, EUR)
    ways = {
        "move": lambda: session.move("paid_in", euro),
        "hold": lambda: session.hold(euro),
        "release": lambda: session.release(euro),
        "take": lambda: session.take(euro, gbp(0)),
        "give": lambda: session.take(gbp(1), euro),
        "close": lambda: session.close([], euro, gbp(0)),
    }

    with pytest.raises(AssertionError):
        ways[way]()
