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

TENDERS = """
pending: authorize=authorized capture=captured decline=declined require_action=requires_action
    lose_answer=unknown void=voided refund=refunded
unknown: authorize=authorized capture=captured decline=declined require_action=requires_action
    lose_answer=unknown void=voided refund=refunded
requires_action: authorize=authorized capture=captured decline=declined
    require_action=requires_action lose_answer=requires_action start_void=voiding void=voided
    refund=refunded
authorized: authorize=authorized start_capture=capturing capture=captured
    require_action=authorized lose_answer=authorized start_void=voiding void=voided
    refund=refunded
capturing: authorize=authorized capture=captured decline=declined require_action=capturing
    lose_answer=capturing void=voided refund=refunded
captured: authorize=captured capture=captured decline=captured require_action=captured
    lose_answer=captured refund=refunded
declined: authorize=authorized capture=captured decline=declined require_action=declined
    lose_answer=declined start_void=declined void=declined refund=refunded
voiding: authorize=voiding capture=captured decline=voiding require_action=voiding
    lose_answer=voiding start_void=voiding void=voided refund=refunded
voided: authorize=authorized capture=captured decline=voided require_action=voided
    lose_answer=voided void=voided refund=refunded
refunded: authorize=refunded capture=refunded decline=refunded require_action=refunded
    lose_answer=refunded refund=refunded
"""

OPERATIONS = """
sent: send=sent lose=lost act=action approve=approved decline=declined burn=burned
lost: send=sent lose=lost act=action approve=approved decline=declined burn=burned
action: lose=action act=action approve=approved decline=declined
approved: lose=approved act=approved approve=approved decline=approved
declined: lose=declined act=declined approve=approved decline=declined
burned: send=burned lose=burned act=burned approve=approved decline=burned burn=burned
"""


def spelled_out(table: str) -> dict[tuple[str, str], str]:
    """Read `state: event=next …`, a state after the other."""
    cells: dict[tuple[str, str], str] = {}
    state = ""
    for word in table.split():
        if word.endswith(":"):
            state = word[:-1]
        else:
            event, _, after = word.partition("=")
            cells[state, event] = after
    return cells


@pytest.mark.parametrize(("state", "event"), list(product(TenderState, TenderEvent)))
def test_every_tender_state_answers_every_event(state: TenderState, event: TenderEvent) -> None:
    expected = spelled_out(TENDERS).get((state.value, event.value))

    if expected is None:
        with pytest.raises(IllegalTransition):
            TENDER.next(state, event)
    else:
        assert TENDER.next(state, event) == expected


@pytest.mark.parametrize(("state", "event"), list(product(OperationState, OperationEvent)))
def test_every_operation_state_answers_every_event(
    state: OperationState, event: OperationEvent
) -> None:
    expected = spelled_out(OPERATIONS).get((state.value, event.value))

    if expected is None:
        with pytest.raises(IllegalTransition):
            OPERATION.next(state, event)
    else:
        assert OPERATION.next(state, event) == expected


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
