"""What happens next, decided from the transaction's state alone.

`decide` is the only place that knows the order of things: one provider tender is charged in one
call; several are held first and captured only when every hold stands; whatever fails is undone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fynlo.payments.model.machines import OperationState, TenderEvent, TenderState
from fynlo.payments.model.transaction import FINAL, KEY_LIFETIME, Goal, Kind, Operation, Status

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.payments.model.transaction import Tender, Transaction

TRY_SECONDS_MAX: Final = 3600
"""The longest pause before what was refused is tried again under a new key; it never stops."""

LOOK_SECONDS_MAX: Final = 60
ACTION_LOOK_MIN: Final = timedelta(seconds=5)
ACTION_LOOK_MAX: Final = timedelta(seconds=60)
ATTENTION_AFTER: Final = timedelta(minutes=15)

_UNDONE: Final = {
    Goal.DECLINE: Status.DECLINED,
    Goal.CANCEL: Status.CANCELED,
    Goal.EXPIRE: Status.EXPIRED,
}

_HOLDABLE: Final = {TenderState.AUTHORIZED, TenderState.CAPTURING, TenderState.CAPTURED}


@dataclass(frozen=True, slots=True)
class Decision:
    """The transaction as it now stands, and the new provider calls that follow from it."""

    transaction: Transaction
    sends: tuple[Operation, ...]


def decide(transaction: Transaction, now: datetime, lease: timedelta) -> Decision:
    """Turn the goal if the facts demand it, plan the next calls, and say where that leaves us."""
    transaction = _turn(transaction)
    sends: list[Operation] = []
    for tender in transaction.tenders:
        kind = _next_kind(transaction, tender)
        if kind is None or now < _not_before(transaction, tender, kind, now):
            continue
        operation = transaction.new_operation(tender, kind, now, lease)
        if event := _STARTS.get(kind):
            transaction = transaction.with_tender(tender.happen(event))
        transaction = transaction.with_operation(operation)
        sends.append(operation)
    transaction = _conclude(transaction, now)
    if transaction.needs_attention and not has_loose_ends(transaction):
        transaction = replace(transaction, needs_attention=False)
    return Decision(transaction, tuple(sends))


_STARTS: Final = {Kind.CAPTURE: TenderEvent.START_CAPTURE, Kind.VOID: TenderEvent.START_VOID}


_FAILED: Final = {TenderState.DECLINED, TenderState.VOIDED, TenderState.REFUNDED}


def _turn(transaction: Transaction) -> Transaction:
    """A tender that failed dooms the rest; what was all taken before it could be undone, stands."""
    if transaction.status in FINAL:
        return transaction
    states = {tender.state for tender in transaction.tenders if tender.is_provided}
    if transaction.goal is Goal.COMPLETE and states & _FAILED:
        return replace(transaction, goal=Goal.DECLINE)
    all_taken = states == {TenderState.CAPTURED} and not _awaits(transaction)
    refunding = any(one.kind is Kind.REFUND for one in transaction.operations)
    if transaction.goal is not Goal.COMPLETE and all_taken and not refunding:
        return replace(transaction, goal=Goal.COMPLETE)
    return transaction


def _awaits(transaction: Transaction) -> bool:
    return any(tender.awaits_confirmation for tender in transaction.tenders)


def _next_kind(transaction: Transaction, tender: Tender) -> Kind | None:
    if not tender.is_provided or transaction.live_operation(tender.id):
        return None
    if transaction.goal is Goal.COMPLETE:
        return _towards_completion(transaction, tender)
    return _towards_nothing(transaction, tender)


def _towards_completion(transaction: Transaction, tender: Tender) -> Kind | None:
    provided = [one for one in transaction.tenders if one.is_provided]
    if tender.state is TenderState.PENDING:
        alone = len(provided) == 1 and not _awaits(transaction)
        return Kind.CHARGE if alone else Kind.AUTHORIZE
    every_hold_stands = all(one.state in _HOLDABLE for one in provided)
    if tender.state is TenderState.AUTHORIZED and every_hold_stands and not _awaits(transaction):
        return Kind.CAPTURE
    return None


def _towards_nothing(transaction: Transaction, tender: Tender) -> Kind | None:
    match tender.state:
        case TenderState.AUTHORIZED | TenderState.REQUIRES_ACTION | TenderState.VOIDING:
            return Kind.VOID
        case TenderState.DECLINED if not is_released(transaction, tender):
            return Kind.VOID
        case TenderState.CAPTURED:
            return Kind.REFUND
        case _:
            return None


def _tries(transaction: Transaction, tender: Tender, kind: Kind) -> list[Operation]:
    return [
        one for one in transaction.operations if one.tender_id == tender.id and one.kind is kind
    ]


def _not_before(transaction: Transaction, tender: Tender, kind: Kind, now: datetime) -> datetime:
    """When a call may be made under a new key: at once, then ever later after each refusal."""
    tries = _tries(transaction, tender, kind)
    if not tries:
        return now
    pause = min(TRY_SECONDS_MAX, 2 ** min(len(tries) - 1, 12))
    return max(one.first_sent_at for one in tries) + timedelta(seconds=pause)


def is_released(transaction: Transaction, tender: Tender) -> bool:
    """Whether this tender's money is free, and can never be taken any more."""
    if tender.state in {TenderState.VOIDED, TenderState.REFUNDED}:
        return True
    if tender.state is not TenderState.DECLINED:
        return False
    return tender.provider_reference is None or any(
        one.tender_id == tender.id
        and one.kind is Kind.VOID
        and one.state is OperationState.APPROVED
        for one in transaction.operations
    )


def _may_still_be_taken(transaction: Transaction, tender: Tender) -> bool:
    if tender.state is TenderState.CAPTURED:
        return True
    live = transaction.live_operation(tender.id)
    if live is not None and live.may_take:
        return True
    return tender.exposed and not is_released(transaction, tender)


def _status(transaction: Transaction) -> Status:
    provided = [tender for tender in transaction.tenders if tender.is_provided]
    if transaction.goal is Goal.COMPLETE:
        if all(t.state is TenderState.CAPTURED for t in provided) and not _awaits(transaction):
            return Status.COMPLETED
    elif transaction.goal is Goal.DECLINE:
        if not any(_may_still_be_taken(transaction, tender) for tender in provided):
            return Status.DECLINED
    elif all(is_released(transaction, tender) for tender in provided):
        return _UNDONE[transaction.goal]
    return _open_status(transaction)


def _open_status(transaction: Transaction) -> Status:
    if transaction.needs_attention:
        return Status.NEEDS_ATTENTION
    if any(one.state is OperationState.LOST for one in transaction.operations):
        return Status.CHECKING
    waiting = any(tender.state is TenderState.REQUIRES_ACTION for tender in transaction.tenders)
    if transaction.goal is Goal.COMPLETE and waiting:
        return Status.REQUIRES_ACTION
    return Status.PROCESSING


def _conclude(transaction: Transaction, now: datetime) -> Transaction:
    """Set the status; once it is final, cash and the like stand or fall with the rest."""
    if transaction.status in FINAL:
        return transaction
    status = _status(transaction)
    if status not in FINAL:
        return replace(transaction, status=status)
    event = TenderEvent.CAPTURE if status is Status.COMPLETED else TenderEvent.VOID
    tenders = tuple(
        tender if tender.is_provided else tender.happen(event) for tender in transaction.tenders
    )
    return replace(transaction, status=status, tenders=tenders, completed_at=now)


def has_loose_ends(transaction: Transaction) -> bool:
    """Whether anything is still to be done or found out, whatever the till was told."""
    if any(one.is_live for one in transaction.operations):
        return True
    if transaction.status is Status.COMPLETED:
        return False
    return transaction.status not in FINAL or not all(
        is_released(transaction, tender) for tender in transaction.tenders if tender.is_provided
    )


def due_at(transaction: Transaction, now: datetime) -> datetime | None:
    """When somebody must look again if nobody does before; None when nothing is left to do."""
    if not has_loose_ends(transaction):
        return None
    moments = [
        one.lease_until
        if one.state is OperationState.SENT
        else now + timedelta(seconds=min(LOOK_SECONDS_MAX, 2**one.looks))
        for one in transaction.operations
        if one.is_live
    ]
    if transaction.goal is Goal.COMPLETE and transaction.status not in FINAL:
        moments += [
            _next_look(one, now)
            for one in transaction.operations
            if one.state is OperationState.ACTION
        ]
    moments += [
        _not_before(transaction, tender, kind, now)
        for tender in transaction.tenders
        if (kind := _next_kind(transaction, tender)) is not None
    ]
    if transaction.goal is Goal.COMPLETE and transaction.status not in FINAL:
        moments.append(max(transaction.deadline_at, now + timedelta(seconds=1)))
    return min(moments, default=now + timedelta(seconds=LOOK_SECONDS_MAX))


def _next_look(operation: Operation, now: datetime) -> datetime:
    """When to ask whether a customer has answered their bank: often at first, then ever less."""
    pause = min(max((now - operation.first_sent_at) // 2, ACTION_LOOK_MIN), ACTION_LOOK_MAX)
    return now + pause


def is_wanted(transaction: Transaction, operation: Operation) -> bool:
    """Whether its effect is still what everybody works towards."""
    if operation.kind in {Kind.VOID, Kind.REFUND}:
        return transaction.goal is not Goal.COMPLETE
    return transaction.goal is Goal.COMPLETE


_FIRST_CALLS: Final = {Kind.CHARGE, Kind.AUTHORIZE}


def may_be_sent_again(transaction: Transaction, operation: Operation, now: datetime) -> bool:
    """Whether the same call under the same key is safe: still wanted, and the key not forgotten.

    A first call whose payment is known by its reference was made: that is looked at, by whomever
    it was made, and nothing is charged beside it.
    """
    is_known = transaction.tender(operation.tender_id).provider_reference is not None
    if operation.kind in _FIRST_CALLS and is_known:
        return False
    return is_wanted(transaction, operation) and now < operation.first_sent_at + KEY_LIFETIME


_BEING_TAKEN: Final = {TenderState.CAPTURING, TenderState.CAPTURED}


def expire(transaction: Transaction, now: datetime) -> Transaction:
    """Give up what nobody finished in time; call for a person where that takes too long.

    Nothing is charged any more for a customer who has left, whatever became of the first try. But
    once every hold stood and is being captured, the customer has paid: only the provider is late.
    """
    is_capturing = any(tender.state in _BEING_TAKEN for tender in transaction.tenders)
    is_open = transaction.goal is Goal.COMPLETE and transaction.status not in FINAL
    if is_open and now >= transaction.deadline_at and not is_capturing:
        transaction = replace(transaction, goal=Goal.EXPIRE)
    limit = max(transaction.deadline_at, transaction.started_at + ATTENTION_AFTER)
    late = has_loose_ends(transaction) and now >= limit + ATTENTION_AFTER
    stuck = now >= transaction.started_at + ATTENTION_AFTER and any(
        (one.is_live and one.looks > 0) or one.attempt > 0 for one in transaction.operations
    )
    return replace(transaction, needs_attention=has_loose_ends(transaction) and (late or stuck))
