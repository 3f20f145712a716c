"""Every state answers every event: by the table, or with a refusal."""

from __future__ import annotations

from itertools import product

import pytest

from fynlo.kernel.machine import IllegalTransition
from fynlo.payments.model.machines import (
    OPERATION,
    TENDER,
    OperationEvent,
    OperationState,
    TenderEvent,
    TenderState,
)


@pytest.mark.parametrize(("state", "event"), list(product(TenderState, TenderEvent)))
def test_every_tender_state_answers_every_event(state: TenderState, event: TenderEvent) -> None:
    if event in TENDER.table[state]:
        assert TENDER.next(state, event) in TenderState
    else:
        with pytest.raises(IllegalTransition):
            TENDER.next(state, event)


@pytest.mark.parametrize(("state", "event"), list(product(OperationState, OperationEvent)))
def test_every_operation_state_answers_every_event(
    state: OperationState, event: OperationEvent
) -> None:
    if event in OPERATION.table[state]:
        assert OPERATION.next(state, event) in OperationState
    else:
        with pytest.raises(IllegalTransition):
            OPERATION.next(state, event)


@pytest.mark.parametrize("state", [one for one in TenderState if one is not TenderState.REFUNDED])
def test_money_that_was_taken_is_a_fact_in_every_state(state: TenderState) -> None:
    assert TENDER.next(state, TenderEvent.CAPTURE) is TenderState.CAPTURED


@pytest.mark.parametrize("state", list(TenderState))
def test_a_lost_answer_never_makes_anything_fail(state: TenderState) -> None:
    unasked = {TenderState.PENDING: TenderState.UNKNOWN}

    assert TENDER.next(state, TenderEvent.LOSE_ANSWER) is unasked.get(state, state)


def test_a_captured_tender_is_never_downgraded() -> None:
    reached = {
        TENDER.table[TenderState.CAPTURED][event] for event in TENDER.table[TenderState.CAPTURED]
    }

    assert reached == {TenderState.CAPTURED, TenderState.REFUNDED}
