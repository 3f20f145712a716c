"""What happens next, explored: every order of every answer that a provider can give.

A small world stands for the provider: it knows the truth of each tender's money, and each of our
calls may be carried out or not, answered or not. From every state that can be reached the same
promises must hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest

from fynlo.kernel.money import Money
from fynlo.payments.model.hear import hear as heard
from fynlo.payments.model.machines import OPERATION, OperationEvent, OperationState, TenderState
from fynlo.payments.model.outcomes import (
    ActionRequired,
    AnswerLost,
    Approved,
    Burned,
    Declined,
    Found,
    Standing,
)
from fynlo.payments.model.plan import (
    TRY_SECONDS_MAX,
    decide,
    due_at,
    expire,
    has_loose_ends,
    is_wanted,
)
from fynlo.payments.model.transaction import (
    FINAL,
    Goal,
    Kind,
    Operation,
    Status,
    TenderType,
    Transaction,
)
from tests.payments.shapes import GBP, LEASE, NOW, card, cash, opened

if TYPE_CHECKING:
    from fynlo.kernel.ids import TenderId

SHAPES = {
    "one card": (card(1000),),
    "cash and card": (cash(500), card(500)),
    "two cards": (card(500), card(500)),
    "three tenders": (cash(100), card(450), card(450)),
}


@dataclass(frozen=True)
class World:
    """What we believe, and what the provider knows: where each tender's money really stands."""

    transaction: Transaction
    truth: tuple[Standing | None, ...]


def start(shape: str) -> World:
    """Journal the transaction; the provider knows nothing yet."""
    transaction = decide(opened(*SHAPES[shape]), NOW, LEASE).transaction
    return World(transaction, (None,) * len(transaction.tenders))


def hear(world: World, operation: Operation, found: Found, truth: Standing | None) -> World:
    """Tell our side what was said, and keep what is true."""
    position = world.transaction.tender(operation.tender_id).position
    after = heard(world.transaction, operation.id, found)
    assert after.oddity is None, after
    known = list(world.truth)
    known[position] = truth
    return World(decide(after.transaction, NOW, LEASE).transaction, tuple(known))


_DONE = {
    Kind.CHARGE: Standing.CAPTURED,
    Kind.AUTHORIZE: Standing.HELD,
    Kind.CAPTURE: Standing.CAPTURED,
    Kind.VOID: Standing.RELEASED,
    Kind.REFUND: Standing.RETURNED,
}


def answers(world: World, operation: Operation) -> list[World]:
    """List the worlds after one call that is made now: carried out or not, answered or lost."""
    truth = world.truth[world.transaction.tender(operation.tender_id).position]
    done = _DONE[operation.kind]
    after: list[World] = [hear(world, operation, AnswerLost("reset before"), truth)]
    if operation.kind is Kind.VOID and truth in {Standing.CAPTURED, Standing.RETURNED}:
        after.append(hear(world, operation, _approved(operation, truth), truth))
        return after
    if operation.kind in {Kind.VOID, Kind.REFUND} and operation.attempt == 0:
        after.append(hear(world, operation, Declined("pi", "provider_refused", ""), truth))
    after.append(hear(world, operation, _approved(operation, done), done))
    after.append(hear(world, operation, AnswerLost("reset after"), done))
    if operation.kind in {Kind.CHARGE, Kind.AUTHORIZE}:
        after.append(hear(world, operation, Declined("pi", "card_declined", ""), None))
        after.append(hear(world, operation, ActionRequired("pi", "redirect_to_url"), None))
    if operation.kind is Kind.CAPTURE:
        lapsed = Standing.RELEASED
        after.append(hear(world, operation, Declined("pi", "authorization_expired", ""), lapsed))
    return after


def found(world: World, operation: Operation) -> World:
    """Return the world after a look: the truth, or the certainty that it never happened."""
    truth = world.truth[world.transaction.tender(operation.tender_id).position]
    if truth is None:
        return hear(world, operation, Burned(), None)
    return hear(world, operation, _approved(operation, truth), truth)


def _approved(operation: Operation, standing: Standing) -> Approved:
    return Approved("pi", standing, operation.amount.minor)


def steps(world: World) -> list[World]:
    """List every world that can follow: calls, resends, looks, the customer, a cancellation."""
    after: list[World] = []
    transaction = world.transaction
    for operation in transaction.operations:
        if operation.state is OperationState.SENT:
            after += answers(world, operation)
        elif operation.state is OperationState.LOST:
            if is_wanted(transaction, operation):
                state = OPERATION.next(operation.state, OperationEvent.SEND)
                after.append(replace_operation(world, replace(operation, state=state)))
            else:
                after.append(found(world, operation))
        elif operation.state is OperationState.ACTION:
            after += customer(world, operation)
    if transaction.goal is Goal.COMPLETE and transaction.status not in FINAL:
        given_up = replace(transaction, goal=Goal.CANCEL)
        after.append(World(decide(given_up, NOW, LEASE).transaction, world.truth))
    if not any(one.is_live for one in transaction.operations):
        after += later(world)
    return after


def later(world: World) -> list[World]:
    """Let so much time pass that what was refused is tried again."""
    after = decide(world.transaction, NOW + timedelta(seconds=TRY_SECONDS_MAX), LEASE)
    return [World(after.transaction, world.truth)] if after.sends else []


def replace_operation(world: World, operation: Operation) -> World:
    """Put one operation in another state."""
    return World(world.transaction.with_operation(operation), world.truth)


def customer(world: World, operation: Operation) -> list[World]:
    """The customer answers the bank, and somebody looks."""
    tender = world.transaction.tender(operation.tender_id)
    if tender.state is not TenderState.REQUIRES_ACTION:
        return []
    done = _DONE[operation.kind]
    return [
        hear(world, operation, _approved(operation, done), done),
        hear(world, operation, Declined("pi", "authentication_failed", ""), None),
    ]


@cache
def explore(shape: str) -> dict[World, int]:
    """Visit every world that can be reached, and count how many can follow it."""
    seen: dict[World, int] = {}
    waiting = [start(shape)]
    while waiting:
        world = waiting.pop()
        key = normal(world)
        if key in seen:
            continue
        after = steps(world)
        seen[key] = len(after)
        waiting += after
    return seen


def normal(world: World) -> World:
    """Forget what does not decide anything, so that the number of worlds is finite."""
    operations = [
        one if one.detail is None else replace(one, detail=None)
        for one in world.transaction.operations
    ]
    ordered = tuple(sorted(operations, key=lambda one: one.id))
    return replace(world, transaction=replace(world.transaction, operations=ordered))


@pytest.fixture(scope="module", params=["one card", "cash and card", "two cards"])
def worlds(request: pytest.FixtureRequest) -> dict[World, int]:
    """Return all worlds of a shape, and how many can follow each of them."""
    return explore(request.param)


def test_completed_means_that_the_provider_has_taken_every_card(worlds: dict[World, int]) -> None:
    completed = [one for one in worlds if one.transaction.status is Status.COMPLETED]

    assert completed
    for world in completed:
        for tender, truth in zip(world.transaction.tenders, world.truth, strict=True):
            assert tender.state is TenderState.CAPTURED
            assert tender.type is TenderType.CASH or truth is Standing.CAPTURED


def test_given_up_means_that_nothing_was_taken_and_nothing_can_be(worlds: dict[World, int]) -> None:
    undone = [one for one in worlds if one.transaction.status in FINAL - {Status.COMPLETED}]

    assert undone
    for world in undone:
        assert Standing.CAPTURED not in world.truth
        assert world.transaction.reserved == Money(0, GBP)


def test_whatever_is_not_final_keeps_its_money_reserved(worlds: dict[World, int]) -> None:
    for world in worlds:
        if world.transaction.status not in FINAL:
            assert world.transaction.reserved == world.transaction.amount


def test_nobody_is_told_of_a_decline_while_money_may_have_been_taken(
    worlds: dict[World, int],
) -> None:
    for world in worlds:
        if Standing.CAPTURED in world.truth:
            assert world.transaction.status not in {Status.DECLINED, Status.CANCELED}


def test_what_is_not_finished_has_somebody_who_looks_again(worlds: dict[World, int]) -> None:
    for world in worlds:
        moment = due_at(world.transaction, NOW)
        assert (moment is not None) == has_loose_ends(world.transaction)


def test_every_world_has_a_way_to_its_end(worlds: dict[World, int]) -> None:
    for world, following in worlds.items():
        if has_loose_ends(world.transaction):
            assert following, world


def test_a_tender_never_has_two_calls_under_way(worlds: dict[World, int]) -> None:
    for world in worlds:
        for tender in world.transaction.tenders:
            world.transaction.live_operation(tender.id)


def test_nothing_is_captured_before_every_hold_stands(worlds: dict[World, int]) -> None:
    for world in worlds:
        kinds = {one.kind for one in world.transaction.operations}
        if Kind.CAPTURE in kinds:
            authorized = [one for one in world.transaction.operations if one.kind is Kind.AUTHORIZE]
            cards = [one for one in world.transaction.tenders if one.is_provided]
            assert len(authorized) == len(cards)
            assert all(one.state is OperationState.APPROVED for one in authorized)


def test_one_card_is_charged_in_one_call_and_two_are_held_first() -> None:
    assert [one.kind for one in start("cash and card").transaction.operations] == [Kind.CHARGE]
    assert [one.kind for one in start("two cards").transaction.operations] == [Kind.AUTHORIZE] * 2


def test_an_unfinished_card_expires_at_its_deadline_whether_its_answer_is_lost_or_not() -> None:
    world = start("one card")
    operation = world.transaction.operations[0]
    asked = hear(world, operation, ActionRequired("pi", "redirect_to_url"), None).transaction
    lost = hear(world, operation, AnswerLost("reset"), None).transaction

    assert expire(asked, NOW + timedelta(seconds=899)).goal is Goal.COMPLETE
    assert expire(asked, NOW + timedelta(seconds=900)).goal is Goal.EXPIRE
    assert expire(lost, NOW + timedelta(seconds=900)).goal is Goal.EXPIRE


def test_what_is_being_captured_when_the_deadline_comes_is_captured() -> None:
    world = start("two cards")
    for operation in world.transaction.operations:
        world = hear(world, operation, _approved(operation, Standing.HELD), Standing.HELD)
    capture = world.transaction.operations[-1]
    lost = hear(world, capture, AnswerLost("reset"), Standing.HELD).transaction

    assert capture.kind is Kind.CAPTURE
    assert expire(lost, NOW + timedelta(hours=2)).goal is Goal.COMPLETE


def test_what_stays_unanswered_for_a_quarter_of_an_hour_needs_a_person() -> None:
    world = start("one card")
    lost = hear(world, world.transaction.operations[0], AnswerLost("reset"), None).transaction
    looked = lost.with_operation(replace(lost.operations[0], looks=3))

    assert not expire(looked, NOW + timedelta(seconds=899)).needs_attention
    assert expire(looked, NOW + timedelta(seconds=900)).needs_attention


def test_what_was_lost_but_looked_for_by_nobody_yet_is_not_a_persons_business() -> None:
    world = start("one card")
    lost = hear(world, world.transaction.operations[0], AnswerLost("reset"), None).transaction

    assert not expire(lost, NOW + timedelta(seconds=900)).needs_attention


def stubborn(kind: Kind) -> tuple[World, TenderId]:
    """Decline one of two cards, and refuse to undo the other one for the first time."""
    world = start("two cards")
    first, second = world.transaction.operations
    standing = {Kind.VOID: Standing.HELD, Kind.REFUND: Standing.CAPTURED}[kind]
    world = hear(world, first, _approved(first, standing), standing)
    world = hear(world, second, Declined(None, "card_declined", ""), None)
    tender_id = world.transaction.tenders[0].id
    return refuse(world, tender_id), tender_id


def refuse(world: World, tender_id: TenderId) -> World:
    live = world.transaction.live_operation(tender_id)
    assert live is not None
    truth = world.truth[world.transaction.tender(tender_id).position]
    return hear(world, live, Declined("pi", "provider_refused", ""), truth)


@pytest.mark.parametrize("kind", [Kind.VOID, Kind.REFUND])
def test_what_cannot_be_undone_is_tried_again_ever_later_and_never_given_up(kind: Kind) -> None:
    world, tender_id = stubborn(kind)
    now, pauses = NOW, []
    for _ in range(20):
        assert world.transaction.live_operation(tender_id) is None
        due = due_at(world.transaction, now)
        assert due is not None
        assert decide(world.transaction, due - timedelta(microseconds=1), LEASE).sends == ()
        decision = decide(world.transaction, due, LEASE)
        assert [one.kind for one in decision.sends] == [kind]
        pauses.append((due - now).total_seconds())
        now, world = due, refuse(World(decision.transaction, world.truth), tender_id)

    assert pauses[:6] == [1, 2, 4, 8, 16, 32]
    assert set(pauses[12:]) == {TRY_SECONDS_MAX}
    assert len({one.id for one in world.transaction.operations}) == 2 + 21
    assert has_loose_ends(world.transaction)


def test_what_cannot_be_undone_for_a_quarter_of_an_hour_needs_a_person_until_it_is() -> None:
    world, tender_id = stubborn(Kind.VOID)
    again = decide(world.transaction, NOW + timedelta(seconds=1), LEASE).transaction
    late = NOW + timedelta(minutes=15)

    assert not expire(again, late - timedelta(seconds=1)).needs_attention
    flagged = expire(again, late)
    assert flagged.needs_attention

    live = flagged.live_operation(tender_id)
    assert live is not None
    released = heard(flagged, live.id, _approved(live, Standing.RELEASED)).transaction
    assert not decide(released, late, LEASE).transaction.needs_attention


def test_a_call_that_is_owed_an_answer_is_a_loose_end_of_a_completed_transaction() -> None:
    world = start("one card")
    (charge,) = world.transaction.operations
    asked = hear(world, charge, ActionRequired("pi", "redirect_to_url"), None).transaction
    given_up = decide(replace(asked, goal=Goal.CANCEL), NOW, LEASE).transaction
    void = given_up.live_operation(charge.tender_id)
    assert void is not None

    paid = heard(given_up, charge.id, _approved(charge, Standing.CAPTURED)).transaction
    completed = decide(paid, NOW, LEASE).transaction

    assert completed.status is Status.COMPLETED
    assert has_loose_ends(completed)
    assert due_at(completed, NOW) == NOW + LEASE
    done = heard(completed, void.id, _approved(void, Standing.CAPTURED)).transaction
    assert due_at(decide(done, NOW, LEASE).transaction, NOW) is None
