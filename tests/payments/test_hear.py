"""An answer is recorded, or it is odd: then the others stand, and a person is told."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from fynlo.payments.model.hear import Heard, Oddity, hear, hear_of
from fynlo.payments.model.machines import OperationState, TenderEvent, TenderState
from fynlo.payments.model.outcomes import (
    ActionRequired,
    AnswerLost,
    Approved,
    Burned,
    Declined,
    Standing,
)
from fynlo.payments.model.plan import decide
from fynlo.payments.model.transaction import Goal, Kind, Operation, Status, Transaction
from tests.payments.shapes import LEASE, NOW, card, opened

if TYPE_CHECKING:
    from fynlo.payments.model.outcomes import Found

CAPTURED = Approved("pi", Standing.CAPTURED, 1000)
RETURNED = Approved("pi", Standing.RETURNED, 1000)
RELEASED = Approved("pi", Standing.RELEASED, 0)


def asked() -> Transaction:
    return decide(opened(card(1000)), NOW, LEASE).transaction


def test_an_answer_changes_its_operation_and_its_tender() -> None:
    (charge,) = asked().operations

    heard = hear(asked(), charge.id, CAPTURED)

    assert heard.oddity is None
    assert heard.transaction.operations[0].state is OperationState.APPROVED
    assert heard.transaction.tenders[0].state is TenderState.CAPTURED


def test_a_contradiction_changes_nothing_but_its_call_which_stays_unknown() -> None:
    (charge,) = asked().operations
    taken = hear(asked(), charge.id, CAPTURED).transaction
    again = taken.with_operation(replace(charge, state=OperationState.SENT))

    heard = hear(again, charge.id, RELEASED)

    assert heard.oddity is Oddity.CONTRADICTION
    assert "void" in heard.detail
    assert heard.transaction.tenders == taken.tenders
    (lost,) = heard.transaction.operations
    assert lost.state is OperationState.LOST
    assert lost.detail is not None
    assert lost.detail.startswith("a contradiction: ")


def test_nobody_waits_for_a_customer_whose_payment_was_decided_by_another_road() -> None:
    (charge,) = asked().operations
    waiting = hear(asked(), charge.id, ActionRequired("pi", "redirect_to_url")).transaction
    given_up = decide(replace(waiting, goal=Goal.CANCEL), NOW, LEASE).transaction
    void = given_up.live_operation(charge.tender_id)
    assert void is not None

    paid = hear(given_up, void.id, CAPTURED).transaction
    released = hear(given_up, void.id, RELEASED).transaction

    assert paid.operation(charge.id).state is OperationState.APPROVED
    assert released.operation(charge.id).state is OperationState.DECLINED


def test_a_completed_sale_stays_one_when_its_money_is_given_back_elsewhere() -> None:
    (charge,) = asked().operations
    done = decide(hear(asked(), charge.id, CAPTURED).transaction, NOW, LEASE).transaction
    assert done.status is Status.COMPLETED
    looked_at = done.with_operation(replace(charge, state=OperationState.SENT))

    heard = hear(looked_at, charge.id, RETURNED)

    assert heard.oddity is Oddity.RETURNED_OUTSIDE
    assert str(charge.tender_id) in heard.detail
    assert heard.transaction.tenders[0].state is TenderState.CAPTURED
    assert heard.transaction.operations[0].state is OperationState.APPROVED


def test_a_refund_of_a_completed_sale_is_told_once() -> None:
    (charge,) = asked().operations
    returned = hear(asked(), charge.id, RETURNED).transaction
    done = replace(returned, status=Status.COMPLETED).with_operation(
        replace(charge, state=OperationState.SENT)
    )

    heard = hear(done, charge.id, RETURNED)

    assert heard.oddity is None
    assert heard.transaction.tenders == returned.tenders


def test_a_first_answer_that_it_was_given_back_undoes_the_transaction() -> None:
    (charge,) = asked().operations

    after = decide(hear(asked(), charge.id, RETURNED).transaction, NOW, LEASE).transaction

    assert (after.goal, after.status) == (Goal.DECLINE, Status.DECLINED)
    assert after.tenders[0].state is TenderState.REFUNDED


def test_a_decline_of_a_captured_payment_changes_nothing() -> None:
    (charge,) = asked().operations
    taken = hear(asked(), charge.id, CAPTURED).transaction

    heard = hear(taken, charge.id, Declined("pi", "card_declined", "The card was declined."))

    assert heard.oddity is None
    assert heard.transaction.tenders[0].state is TenderState.CAPTURED
    assert heard.transaction.tenders[0].decline_code is None


def test_a_hold_that_is_told_again_while_it_is_captured_is_older_news() -> None:
    """Its notification was faster than its answer, and the capture is under way by now."""
    capturing, capture = leased(Kind.CAPTURE, OperationState.SENT)
    (authorize,) = [one for one in capturing.operations if one.id != capture.id]

    again = hear(capturing, authorize.id, HELD).transaction
    refused = hear(again, capture.id, NO)
    failed = hear(again, capture.id, HELD).transaction

    assert again.tenders[0].state is TenderState.CAPTURING
    assert (refused.oddity, refused.transaction.tenders[0].state) == (None, TenderState.DECLINED)
    assert failed.tenders[0].state is TenderState.AUTHORIZED


def leased(kind: Kind, state: OperationState) -> tuple[Transaction, Operation]:
    """Return a transaction whose latest call is of this kind and in this state."""
    start = asked()
    charge = start.operations[0]
    if kind is Kind.CHARGE:
        one = replace(charge, state=state)
        return start.with_operation(one), one
    held = Approved("pi", Standing.HELD, 1000)
    known = held if kind is not Kind.REFUND else CAPTURED
    after = hear(start, charge.id, known).transaction
    tender = after.tenders[0]
    if event := {Kind.CAPTURE: TenderEvent.START_CAPTURE, Kind.VOID: TenderEvent.START_VOID}.get(
        kind
    ):
        tender = tender.happen(event)
    one = replace(after.new_operation(tender, kind, NOW, LEASE), state=state)
    return after.with_tender(tender).with_operation(one), one


HELD = Approved("pi", Standing.HELD, 1000)
ACTION = ActionRequired("pi", "redirect_to_url")
NO = Declined("pi", "card_declined", "No.")
SEEN = {"held": HELD, "captured": CAPTURED, "released": RELEASED, "returned": RETURNED}
WORDS = {
    Kind.CHARGE: {"held", "captured", "released", "returned"},
    Kind.CAPTURE: {"captured", "released", "returned"},
    Kind.VOID: {"captured", "released", "returned"},
    Kind.REFUND: {"returned"},
}


@pytest.mark.parametrize("state", [OperationState.SENT, OperationState.LOST])
@pytest.mark.parametrize(("kind", "seen"), list(product(WORDS, SEEN)))
def test_a_look_decides_about_a_call_under_way_only_by_what_can_never_change(
    kind: Kind, seen: str, state: OperationState
) -> None:
    transaction, one = leased(kind, state)

    heard = hear_of(transaction, one, SEEN[seen])

    assert (heard.transaction != transaction) is (seen in WORDS[kind])
    assert heard.transaction.operation(one.id).is_live is (seen not in WORDS[kind])
    assert heard.oddity is None


@pytest.mark.parametrize("kind", [Kind.CAPTURE, Kind.VOID, Kind.REFUND])
@pytest.mark.parametrize("seen", [ACTION, NO, Burned()])
def test_not_there_yet_is_no_refusal_of_a_call_under_way(kind: Kind, seen: Found) -> None:
    transaction, one = leased(kind, OperationState.SENT)

    assert hear_of(transaction, one, seen) == Heard(transaction)


@pytest.mark.parametrize("seen", [ACTION, NO])
def test_what_the_first_call_led_to_is_its_answer(seen: Found) -> None:
    transaction, one = leased(Kind.CHARGE, OperationState.SENT)

    assert not hear_of(transaction, one, seen).transaction.operation(one.id).is_live


def test_a_look_that_is_older_than_the_next_call_counts_for_nothing() -> None:
    transaction, one = leased(Kind.CAPTURE, OperationState.SENT)
    before = next(other for other in transaction.operations if other.id != one.id)

    assert hear_of(transaction, before, RELEASED) == Heard(transaction)
    assert hear_of(transaction, replace(one, looks=1), CAPTURED) == Heard(transaction)


def test_a_look_that_learned_nothing_changes_nothing() -> None:
    transaction, one = leased(Kind.CHARGE, OperationState.LOST)

    assert hear_of(transaction, one, AnswerLost("silence")) == Heard(transaction)


@pytest.mark.parametrize("state", [OperationState.SENT, OperationState.APPROVED])
def test_another_amount_is_told_to_a_person_and_changes_nothing(state: OperationState) -> None:
    transaction, one = leased(Kind.CHARGE, state)
    differs = AnswerLost("amount differs: 1001", differs=True)

    looked, answered = hear_of(transaction, one, differs), hear(transaction, one.id, differs)

    assert looked.oddity is answered.oddity is Oddity.AMOUNT_DIFFERS
    assert looked.detail == f"payment {one.tender_id}: amount differs: 1001"
    assert looked.transaction == transaction
    assert answered.transaction.tenders[0].state is not TenderState.CAPTURED
