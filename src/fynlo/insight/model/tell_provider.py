"""What a provider was asked, what it answered, and what it told by itself, as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.insight.model.evidence import Evidence, Place, Source, Turn
from fynlo.insight.model.words import way
from fynlo.payments.model.machines import OperationState, TenderState
from fynlo.payments.model.notice import Verdict
from fynlo.payments.model.transaction import Kind, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fynlo.insight.model.facts import Story, Told
    from fynlo.payments.model.transaction import Operation, Tender, Transaction


def called(story: Story, transaction: Transaction, episode: int) -> Iterator[Evidence]:
    """Tell every call of a transaction: what was asked, since when, and how it stands.

    A call is one piece, at the time it was first made: when its answer came is not on record.
    """
    for operation in transaction.operations:
        tender = transaction.tender(operation.tender_id)
        state = RELEASED if _came_to_nothing(tender, operation) else operation.state.value
        number = tender.position * _TRIES_MAX + operation.attempt
        yield Evidence(
            at=operation.first_sent_at,
            place=Place(episode, _turn(story, transaction, operation), number),
            source=Source.PROVIDER,
            what=f"{operation.kind}.{state}",
            says=_says(tender, operation, state),
            transaction_id=transaction.id,
            payment_id=tender.id,
            amount=operation.amount,
            reference=tender.provider_reference,
            detail={
                "operation_id": str(operation.id),
                "attempt": operation.attempt + 1,
                "looks": operation.looks,
                "reason": operation.detail,
            },
        )


_TRIES_MAX: Final = 10_000

RELEASED: Final = "released"
"""A call that the customer did not finish, and that was given up before anything was taken."""


def _came_to_nothing(tender: Tender, operation: Operation) -> bool:
    """Whether a first call ended with the payment given up, by whichever road that was heard."""
    if tender.state is not TenderState.VOIDED:
        return False
    if operation.kind is Kind.CHARGE and operation.state is OperationState.APPROVED:
        return True
    is_first = operation.kind in {Kind.CHARGE, Kind.AUTHORIZE}
    return is_first and operation.state is OperationState.DECLINED and operation.detail is None


def _turn(story: Story, transaction: Transaction, operation: Operation) -> Turn:
    tender = transaction.tender(operation.tender_id)
    if operation.kind is Kind.REFUND and tender.id in story.surplus:
        return Turn.SURPLUS_REFUND
    if operation.kind is Kind.VOID and transaction.status is Status.DECLINED and not tender.exposed:
        return Turn.RELEASE  # A decline is told at once, and its holds are released behind it.
    return _TURNS[operation.kind]


_TURNS: Final = {
    Kind.CHARGE: Turn.ASKED,
    Kind.AUTHORIZE: Turn.ASKED,
    Kind.CAPTURE: Turn.CAPTURE,
    Kind.VOID: Turn.UNDO,
    Kind.REFUND: Turn.UNDO,
}
assert set(_TURNS) == set(Kind)

_ASKS: Final = {
    Kind.CHARGE: "charge {}",
    Kind.AUTHORIZE: "hold {}",
    Kind.CAPTURE: "take the {} that are held",
    Kind.VOID: "give up {}",
    Kind.REFUND: "give {} back",
}
assert set(_ASKS) == set(Kind)

_ANSWERS: Final = {
    OperationState.SENT.value: "no answer is here yet",
    OperationState.LOST.value: "its answer is lost",
    OperationState.ACTION.value: "the customer must answer their bank first",
    OperationState.APPROVED.value: "it said yes",
    OperationState.DECLINED.value: "it said no",
    OperationState.BURNED.value: "that never happened, and now it never can",
    RELEASED: "it was given up before anything was taken",
}
assert set(_ANSWERS) == {*OperationState, RELEASED}


def _says(tender: Tender, operation: Operation, state: str) -> str:
    wish = _ASKS[operation.kind].format(operation.amount)
    answer = _ANSWERS[state]
    reason = f" ({operation.detail})" if operation.detail else ""
    looks = f", after {operation.looks} more looks" if operation.looks > 1 else ""
    looks = ", after one more look" if operation.looks == 1 else looks
    return f"The provider was asked to {wish} {way(tender)}; {answer}{reason}{looks}."


def told(one: Told, episode: int) -> Evidence:
    """Tell what the provider told by itself, and what became of it."""
    said = _HANDLED[one.state]
    if one.result is not None:
        said = f"{said}: {_RESULTS.get(one.result, one.result)}"
    return Evidence(
        at=one.at,
        place=Place(episode, Turn.TOLD),
        source=Source.WEBHOOK,
        what=f"notification.{one.state}",
        says=f"The provider told of {one.type}; {said}.",
        transaction_id=one.transaction_id,
        amount=one.amount,
        reference=one.event_id,
        detail={
            "type": one.type,
            "object_id": one.object_id,
            "provider_reference": one.reference,
            "attempts": one.attempts,
            "result": one.result,
            "due_at": None if one.due_at is None else one.due_at.isoformat(),
        },
    )


_HANDLED: Final = {
    "received": "it is not handled yet",
    "processing": "it is being handled",
    "processed": "it was handled",
    "failed": "it could not be handled",
}

_RESULTS: Final = {
    Verdict.NOT_NEEDED.value: "nothing here depends on it",
    Verdict.KNOWN.value: "it was known already",
    Verdict.SETTLED.value: "it was recorded",
    Verdict.NOT_YET.value: "the provider's record does not show it yet",
    Verdict.SILENT.value: "the provider cannot be asked now",
    Verdict.UNMATCHED.value: "nobody here asked for that payment",
}
assert set(_RESULTS) == set(Verdict)
