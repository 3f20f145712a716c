"""What is said of a payment that is not decided yet: who must do what, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.insight.model.words import joined, moment, paying
from fynlo.payments.model.transaction import FINAL, Goal, Status

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.insight.model.facts import Story
    from fynlo.payments.model.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Undecided:
    """A clause without its full stop, and what happens next and when."""

    says: str
    what: str
    at: datetime | None


_URGENCY: Final = (
    Status.NEEDS_ATTENTION,
    Status.CHECKING,
    Status.REQUIRES_ACTION,
    Status.PROCESSING,
)


def undecided(story: Story) -> Undecided | None:
    """Speak of the most urgent payment that is not decided; None if all are."""
    waiting = [one for one in story.transactions if one.status not in FINAL]
    if not waiting:
        return None
    first = min(waiting, key=lambda one: _URGENCY.index(_status(one)))
    said = _of(story, first)
    due = story.order.outstanding
    if not due:
        return said
    return Undecided(f"{said.says}; {due} more is due", said.what, said.at)


def _status(transaction: Transaction) -> Status:
    return Status.NEEDS_ATTENTION if transaction.needs_attention else transaction.status


def _of(story: Story, transaction: Transaction) -> Undecided:
    payments = joined([paying(one) for one in transaction.tenders])
    look = story.due.get(transaction.id)
    match _status(transaction):
        case Status.NEEDS_ATTENTION:
            return _attention(story, transaction, payments)
        case Status.CHECKING:
            return _checking(story, transaction, payments)
        case _ if transaction.goal is not Goal.COMPLETE:
            says = f"{payments} is being given up, and stays reserved until that is certain"
            return Undecided(says, "It is given up by itself; wait for it.", look)
        case Status.REQUIRES_ACTION:
            until = moment(story, transaction.deadline_at)
            says = f"{payments} waits for the customer to answer their bank, until {until}"
            return Undecided(says, "The customer answers; the provider is asked by itself.", look)
        case _:
            return _processing(story, transaction, payments)


def _processing(story: Story, transaction: Transaction, payments: str) -> Undecided:
    awaited = [one for one in transaction.tenders if one.awaits_confirmation]
    if awaited and not any(one.is_live for one in transaction.operations):
        named = joined([paying(one) for one in awaited])
        until = moment(story, transaction.deadline_at)
        says = f"{payments} waits for a person to confirm {named}, until {until}"
        return Undecided(says, f"Confirm {named} once it is there.", transaction.deadline_at)
    look = story.due.get(transaction.id)
    says = f"{payments} is being paid right now"
    return Undecided(says, "The provider answers, or is asked again by itself.", look)


def _checking(story: Story, transaction: Transaction, payments: str) -> Undecided:
    look = story.due.get(transaction.id)
    when = "" if look is None else f"; the next look is {_when(story, look)}"
    wish = "" if transaction.goal is Goal.COMPLETE else " and is to be given up"
    says = (
        f"Do not charge again: {payments} is being checked{wish}, because an answer of the "
        f"provider was lost{when}"
    )
    return Undecided(says, "The provider is asked again by itself.", look)


def _when(story: Story, look: datetime) -> str:
    return "due now" if look <= story.now else f"at {moment(story, look)}"


def _attention(story: Story, transaction: Transaction, payments: str) -> Undecided:
    found = next(
        (
            one
            for one in story.waiting
            if one.is_open and one.transaction_id == transaction.id and one.kind == "unresolved"
        ),
        None,
    )
    named = "" if found is None else f" (exception {found.id})"
    says = (
        f"Do not charge again: {payments} could not be finished by itself, and a person must "
        f"find out from the provider whether it was taken{named}"
    )
    what = "Somebody who may resolve exceptions looks again, or says that it was taken or not."
    return Undecided(says, what, None)
