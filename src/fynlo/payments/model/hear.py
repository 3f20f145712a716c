"""What an answer changes: the operation it is of, the tender, and what a person must see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fynlo.kernel.machine import IllegalTransition
from fynlo.payments.model.exceptions import ExceptionKind
from fynlo.payments.model.machines import OPERATION, OperationEvent, OperationState, TenderState
from fynlo.payments.model.outcomes import (
    AnswerLost,
    Approved,
    Standing,
)
from fynlo.payments.model.transaction import Kind, Status
from fynlo.payments.model.words import is_denied

if TYPE_CHECKING:
    from fynlo.kernel.ids import OperationId, TenderId
    from fynlo.payments.model.outcomes import Found
    from fynlo.payments.model.transaction import Operation, Tender, Transaction


class Oddity(StrEnum):
    """What no rule of ours explains, so that a person must look."""

    CONTRADICTION = ExceptionKind.CONTRADICTION.value
    AMOUNT_DIFFERS = ExceptionKind.AMOUNT_DIFFERS.value
    RETURNED_OUTSIDE = ExceptionKind.RETURNED_OUTSIDE.value


UNMATCHED: Final = "unmatched"
"""The kind of exception that tells of money of which we have no row."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A transaction after an answer, and what is odd about it."""

    transaction: Transaction
    oddity: Oddity | None = None
    detail: str = ""
    tender_id: TenderId | None = None
    """The payment that is odd: what happens to another one is another matter."""


def hear(transaction: Transaction, operation_id: OperationId, found: Found) -> Heard:
    """Record what was said of one operation.

    An answer that contradicts what is known changes nothing but its operation, which stays unknown:
    the answers to the other tenders stand, and a person is told.
    """
    operation = transaction.operation(operation_id)
    tender = transaction.tender(operation.tender_id)
    try:
        heard, after = operation.settle(found), _settled(operation, tender, found)
    except IllegalTransition as contradiction:
        lost = operation.settle(AnswerLost(f"a contradiction: {contradiction}"))
        kept = transaction.with_operation(lost)
        return Heard(
            kept, Oddity.CONTRADICTION, f"{contradiction} Heard: {_said(found)}", tender.id
        )
    if after.state is tender.state and is_denied(operation, tender, found):
        denied = f"A person said that the payment is {tender.state}. Heard: {_said(found)}"
        return Heard(transaction, Oddity.CONTRADICTION, denied, tender.id)
    transaction = transaction.with_operation(heard)
    if isinstance(found, AnswerLost) and found.differs:
        told = transaction.with_tender(after)
        detail = f"payment {tender.id}: {found.reason}"
        return Heard(told, Oddity.AMOUNT_DIFFERS, detail, tender.id)
    if transaction.status is Status.COMPLETED and after.state is TenderState.REFUNDED:
        if tender.state is TenderState.REFUNDED:
            return Heard(transaction)
        return Heard(transaction, Oddity.RETURNED_OUTSIDE, f"payment {tender.id}", tender.id)
    return Heard(_without_waiting(transaction.with_tender(after), after))


def _said(found: Found) -> str:
    """Say what was heard: of which payment, and where it stands, or why nobody knows."""
    facts = [getattr(found, name, None) for name in ("reference", "standing", "code", "reason")]
    return " ".join([type(found).__name__, *(str(one) for one in facts if one is not None)])


def _settled(operation: Operation, tender: Tender, found: Found) -> Tender:
    """Move the tender; that a capture failed and its hold stands, only its own answer says."""
    after = tender.settle(found)
    is_old = after.state is TenderState.AUTHORIZED and operation.kind is not Kind.CAPTURE
    return tender if tender.state is TenderState.CAPTURING and is_old else after


def hear_of(transaction: Transaction, seen: Operation, found: Found) -> Heard:
    """Record what somebody saw who only looked, beside whatever call is under way (ADR 0021).

    `seen` is the tender's latest operation as it was when the look began. If anything has happened
    to it since, what was seen is old, and nothing is recorded.
    """
    if latest_operation(transaction, seen.tender_id) != seen:
        return Heard(transaction)
    if isinstance(found, AnswerLost):
        if not found.differs:
            return Heard(transaction)
        detail = f"payment {seen.tender_id}: {found.reason}"
        return Heard(transaction, Oddity.AMOUNT_DIFFERS, detail, seen.tender_id)
    if seen.is_live and not _is_the_answer(seen.kind, found):
        return Heard(transaction)
    return hear(transaction, seen.id, found)


def latest_operation(transaction: Transaction, tender_id: TenderId) -> Operation:
    """Return the tender's operation that was planned last: the one that is live, if any is."""
    mine = [one for one in transaction.operations if one.tender_id == tender_id]
    return max(mine, key=lambda one: (one.is_live, one.first_sent_at, one.attempt, one.kind))


_ENDS: Final = {
    Kind.CAPTURE: {Standing.CAPTURED, Standing.RETURNED, Standing.RELEASED},
    Kind.VOID: {Standing.CAPTURED, Standing.RETURNED, Standing.RELEASED},
    Kind.REFUND: {Standing.RETURNED},
}
"""Where a call that is under way leaves the money for good. Anywhere else it may not be yet."""


def _is_the_answer(kind: Kind, found: Found) -> bool:
    if kind not in _ENDS:
        return True  # Made and tried in one call: whatever is there to be seen, that call did.
    return isinstance(found, Approved) and found.standing in _ENDS[kind]


_DECIDED: Final = {
    TenderState.CAPTURED: OperationEvent.APPROVE,
    TenderState.DECLINED: OperationEvent.DECLINE,
    TenderState.VOIDED: OperationEvent.DECLINE,
    TenderState.REFUNDED: OperationEvent.DECLINE,
}


def _without_waiting(transaction: Transaction, tender: Tender) -> Transaction:
    """Nobody waits for the customer of a tender that was decided by another road."""
    event = _DECIDED.get(tender.state)
    if event is None:
        return transaction
    for one in transaction.operations:
        if one.tender_id == tender.id and one.state is OperationState.ACTION:
            decided = replace(one, state=OPERATION.next(one.state, event))
            transaction = transaction.with_operation(decided)
    return transaction
