"""An answer is recorded, or it is odd: then the others stand, and a person is told."""

from __future__ import annotations

from dataclasses import replace

from fynlo.payments.model.hear import Oddity, hear
from fynlo.payments.model.machines import OperationState, TenderState
from fynlo.payments.model.outcomes import ActionRequired, Approved, Declined, Standing
from fynlo.payments.model.plan import decide
from fynlo.payments.model.transaction import Goal, Status, Transaction
from tests.payments.shapes import LEASE, NOW, card, opened

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
