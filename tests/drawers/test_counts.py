"""Counts by themselves: which one stands, who may count again, and who approves a difference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.drawers.model.counts import Approval, Count, Counted, CountKind, opening_difference
from fynlo.drawers.model.errors import (
    CashPending,
    DrawerCounted,
    DrawerCountMismatch,
    DrawerCountRequired,
)
from fynlo.drawers.model.session import DrawerState, approve
from fynlo.drawers.wishes import wish_to_close
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import CommandId, StaffId
from fynlo.kernel.machine import IllegalTransition
from fynlo.staff.model import Permission, Role
from tests.drawers.shapes import NOON, OPENER, SOMEBODY, THIRD, counting, gbp, opened, person

if TYPE_CHECKING:
    from fynlo.drawers.model.session import DrawerSession
    from fynlo.staff.model import Actor

CASHIER = person(OPENER, Role.CASHIER)
MANAGER = person(SOMEBODY, Role.MANAGER)
OWNER = person(THIRD, Role.ADMIN)
TOLERANCE = 100
TOLD = {"left_in_drawer": 0, "deposit": 0, "reason": None}


def at_opening(expected: int | None, counted: int = 10_000) -> Count:
    return Count(
        id=CommandId(UUID(int=3)),
        number=1,
        kind=CountKind.OPENING,
        counted=gbp(counted),
        expected=None if expected is None else gbp(expected),
        denominations=None,
        movements=1,
        counted_by=OPENER,
        counted_at=NOON,
    )


def rung(session: DrawerSession, kind: str = "paid_in", minor: int = 0) -> DrawerSession:
    """Let one movement pass."""
    return replace(session.move(kind, gbp(minor)), movements=session.movements + 1)


def test_pieces_of_every_value_multiply_exactly() -> None:
    assert Counted.of_pieces({2000: 3, 500: 1, 1: 7, 100: 0}) == Counted(
        6_507, {2000: 3, 500: 1, 1: 7, 100: 0}
    )
    assert Counted.of_pieces({}).minor == 0


@given(st.dictionaries(st.integers(1, 9_999_999), st.integers(0, 1_000_000), max_size=15))
def test_pieces_are_a_sum_without_a_lost_unit(pieces: dict[int, int]) -> None:
    by_hand = 0
    for value, many in pieces.items():
        by_hand += value * many

    assert Counted.of_pieces(pieces).minor == by_hand


@pytest.mark.parametrize(
    ("left", "difference"), [(None, None), (10_000, 0), (10_001, -1), (0, 10_000)]
)
def test_an_opening_differs_from_what_was_left(left: int | None, difference: int | None) -> None:
    found = opening_difference([at_opening(left)])

    assert found == (None if difference is None else gbp(difference))
    assert opening_difference([]) is None


def test_a_count_remembers_what_was_there_and_who_saw_it() -> None:
    session = rung(opened(10_000), minor=500)

    (first, count) = counting(session, [at_opening(None)], 10_450, CASHIER)

    assert first == at_opening(None)
    assert (count.number, count.kind, count.movements) == (2, CountKind.CLOSING, 2)
    assert (count.counted, count.expected, count.variance) == (gbp(10_450), gbp(10_500), gbp(-50))
    assert (count.counted_by, count.id) == (OPENER, UUID(int=102))


@pytest.mark.parametrize(("kind", "minor"), [("paid_in", 1), ("drop", 1), ("no_sale", 0)])
def test_a_count_stands_until_anything_moves(kind: str, minor: int) -> None:
    session = opened()
    counts = counting(session, [at_opening(None)], 10_000, CASHIER)

    assert session.standing([]) is None
    assert session.standing(counts[:1]) is None
    assert session.standing(counts) is counts[1]
    moved = rung(session, kind, minor)
    assert moved.standing(counts) is None
    again = counting(moved, counts, 10_000, CASHIER)
    assert moved.standing(again) is again[2]


def test_cash_that_goes_back_to_its_customer_leaves_the_count_standing() -> None:
    session = opened()
    counts = counting(session, [], 10_000, CASHIER)

    given_back = session.hold(gbp(500)).release(gbp(500))

    assert given_back.standing(counts) is counts[0]


def test_a_drawer_with_cash_beside_it_is_not_counted_and_not_closed() -> None:
    session = opened()
    counts = counting(session, [], 10_000, CASHIER)
    holding = session.hold(gbp(500))

    with pytest.raises(CashPending, match=r"5\.00 GBP lies beside the drawer") as refusal:
        counting(holding, [], 10_000, CASHIER)
    assert refusal.value.facts == {"held": 500}
    with pytest.raises(CashPending):
        holding.close(counts, gbp(10_000), gbp(0))


@pytest.mark.parametrize("again", [CASHIER, person(OPENER, Role.ADMIN), MANAGER])
def test_who_counted_or_opened_does_not_count_a_standing_count_away(again: Actor) -> None:
    session = opened()
    counts = counting(session, [], 9_000, CASHIER if again is not MANAGER else MANAGER)

    with pytest.raises(DrawerCounted, match="Its count stands"):
        counting(session, counts, 10_000, again)


def test_the_opener_does_not_count_somebody_elses_count_away() -> None:
    session = opened()
    counts = counting(session, [], 9_000, MANAGER)

    with pytest.raises(DrawerCounted):
        counting(session, counts, 10_000, person(OPENER, Role.MANAGER))


def test_somebody_else_who_may_approve_counts_again_once_and_both_are_kept() -> None:
    session = opened()
    counts = counting(session, [], 9_000, CASHIER)

    both = counting(session, counts, 10_000, MANAGER)

    assert [one.counted for one in both] == [gbp(9_000), gbp(10_000)]
    assert session.standing(both) is both[1]
    with pytest.raises(DrawerCounted):
        counting(session, both, 9_999, MANAGER)
    assert len(counting(session, both, 9_999, OWNER)) == 3


@pytest.mark.parametrize(
    ("counted", "variance"), [(10_000, 0), (9_999, -1), (10_001, 1), (0, -10_000)]
)
def test_a_count_differs_by_what_is_over_or_short(counted: int, variance: int) -> None:
    session = opened(10_000)

    closed = session.close(counting(session, [], counted, CASHIER), gbp(counted), gbp(0))

    assert closed.state is DrawerState.CLOSED
    assert (closed.counted, closed.variance) == (gbp(counted), gbp(variance))
    assert (closed.expected, closed.movements) == (gbp(10_000), 2)


def test_nothing_differs_before_anybody_counted() -> None:
    with pytest.raises(AssertionError):
        _ = opened().variance
    with pytest.raises(AssertionError):
        _ = at_opening(None).variance


def test_a_drawer_closes_only_on_a_count_that_stands() -> None:
    session = opened()
    counts = counting(session, [at_opening(None)], 10_000, CASHIER)

    with pytest.raises(DrawerCountRequired, match="Nobody counted"):
        session.close(counts[:1], gbp(10_000), gbp(0))
    with pytest.raises(DrawerCountRequired, match="It moved after it was counted"):
        rung(session, "no_sale").close(counts, gbp(10_000), gbp(0))


@pytest.mark.parametrize(("left", "deposit"), [(10_000, 1), (9_999, 0), (0, 0)])
def test_what_stays_and_what_goes_is_what_was_counted(left: int, deposit: int) -> None:
    session = opened()
    counts = counting(session, [], 10_000, CASHIER)

    with pytest.raises(DrawerCountMismatch, match=r"are not the 100\.00 GBP counted") as refusal:
        session.close(counts, gbp(left), gbp(deposit))
    assert refusal.value.facts == {"counted": 10_000}


def test_a_closed_drawer_neither_moves_nor_is_counted_nor_closes_again() -> None:
    session = opened(0)
    counts = counting(session, [], 0, CASHIER)
    closed = session.close(counts, gbp(0), gbp(0))

    with pytest.raises(IllegalTransition, match="The drawer is closed; it cannot move"):
        closed.move("paid_in", gbp(1))
    with pytest.raises(IllegalTransition, match="The drawer is closed; it cannot count"):
        counting(closed, counts, 0, MANAGER)
    with pytest.raises(IllegalTransition, match="The drawer is closed; it cannot close"):
        closed.close(counts, gbp(0), gbp(0))


@pytest.mark.parametrize("counted", [9_900, 10_000, 10_100])
def test_a_difference_that_is_tolerated_needs_nobody(counted: int) -> None:
    session = opened()
    counts = counting(session, [at_opening(5)], counted, CASHIER)

    assert wish_to_close(session, counts, TOLERANCE, CASHIER, TOLD) is None
    assert approve(counts, TOLERANCE, CASHIER.staff_id, None) == Approval(None, None)
    assert approve(counts, TOLERANCE, CASHIER.staff_id, "A coin.") == Approval(None, "A coin.")


@pytest.mark.parametrize("counted", [9_899, 10_101])
def test_a_greater_difference_is_approved_by_somebody_else_with_a_reason(counted: int) -> None:
    session = opened()
    counts = counting(session, [], counted, CASHIER)

    for involved in (CASHIER, person(OPENER, Role.ADMIN), person(SOMEBODY, Role.CASHIER)):
        wish = wish_to_close(session, counts, TOLERANCE, involved, TOLD)
        assert wish is not None
        assert (wish.permissions, wish.target_id) == ((Permission.DRAWER_APPROVE,), session.id)
        assert (wish.amount, wish.facts) == (gbp(counted), {"tolerance": TOLERANCE})
        assert wish.details == {"count": counts[-1].number, "tolerance": TOLERANCE, **TOLD}
        assert wish.not_by == {session.opened_by, CASHIER.staff_id}
    with pytest.raises(Invalid) as missing:
        approve(counts, TOLERANCE, SOMEBODY, None)
    assert missing.value.facts["errors"] == [
        {"pointer": "/reason", "detail": "Say why the difference is approved."}
    ]
    assert wish_to_close(session, counts, TOLERANCE, MANAGER, TOLD) is None
    assert approve(counts, TOLERANCE, MANAGER.staff_id, "Seen.") == Approval(SOMEBODY, "Seen.")


def test_what_a_key_counted_or_opened_is_approved_by_nobody_who_answered_for_it() -> None:
    session, key = opened(), StaffId(UUID(int=77))
    counts = counting(session, [], 0, person(key, Role.CASHIER))
    behind = person(SOMEBODY, Role.MANAGER, StaffId(UUID(int=78)), key)

    for drawer, found in ((session, counts), (replace(session, opened_by=key), counts)):
        assert wish_to_close(drawer, found, TOLERANCE, behind, TOLD) is not None
        with pytest.raises(DrawerCounted):
            counting(drawer, found, 10_000, behind)
        assert wish_to_close(drawer, found, TOLERANCE, OWNER, TOLD) is None
        assert approve(found, TOLERANCE, OWNER.staff_id, "Seen.") == Approval(THIRD, "Seen.")


def test_who_is_to_be_independent_is_asked_for_their_keys() -> None:
    unread = replace(MANAGER, keys=None)

    with pytest.raises(AssertionError, match="Read the keys"):
        wish_to_close(opened(), counting(opened(), [], 0, CASHIER), TOLERANCE, unread, TOLD)


def test_nobody_approves_the_difference_of_their_own_count() -> None:
    session = opened()
    counts = counting(session, [], 0, MANAGER)

    assert wish_to_close(session, counts, TOLERANCE, MANAGER, TOLD) is not None
    assert wish_to_close(session, counts, TOLERANCE, OWNER, TOLD) is None
    assert approve(counts, TOLERANCE, OWNER.staff_id, "Seen.") == Approval(THIRD, "Seen.")


def test_a_count_that_differed_too_much_is_approved_whatever_was_counted_after_it() -> None:
    session = opened()
    counts = counting(session, [], 2_000, CASHIER)
    fits = rung(session, "paid_out", 8_000)
    counts = counting(fits, counts, 2_000, CASHIER)

    assert counts[-1].variance == gbp(0)
    assert wish_to_close(fits, counts, TOLERANCE, CASHIER, TOLD) is not None
    assert wish_to_close(fits, counts, TOLERANCE, MANAGER, TOLD) is None
    assert approve(counts, TOLERANCE, MANAGER.staff_id, "Seen.") == Approval(SOMEBODY, "Seen.")


def test_who_counted_again_and_found_it_right_approves_the_first_count() -> None:
    session = opened()
    counts = counting(session, counting(session, [], 1_000, CASHIER), 10_000, MANAGER)

    assert wish_to_close(session, counts, TOLERANCE, MANAGER, TOLD) is None
    assert approve(counts, TOLERANCE, MANAGER.staff_id, "A typo.") == Approval(SOMEBODY, "A typo.")
    assert wish_to_close(session, counts, TOLERANCE, CASHIER, TOLD) is not None
