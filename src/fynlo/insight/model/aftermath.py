"""What still goes on behind a verdict: holds to release, money to give back, exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.insight.model.tell_books import about_kind
from fynlo.insight.model.words import joined, way
from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.transaction import FINAL, Status

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.insight.model.facts import Story
    from fynlo.payments.model.transaction import Tender, Transaction


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Clauses without a full stop; what happens next, and when."""

    says: str = ""
    what: str | None = None
    at: datetime | None = None


_HELD: Final = {TenderState.AUTHORIZED, TenderState.CAPTURING, TenderState.VOIDING}
_DARK: Final = {TenderState.UNKNOWN, TenderState.PENDING}


def aftermath(story: Story) -> Aftermath:
    """Say what is left of payments that ended; nothing, in most cases."""
    clauses: list[str] = []
    what, at = None, None
    for transaction in story.transactions:
        if transaction.status not in FINAL or transaction.status is Status.COMPLETED:
            continue
        for tender in transaction.tenders:
            clause = _left(story, transaction, tender)
            if clause is not None:
                clauses.append(clause)
        if transaction.id in story.due:
            what, at = "What is left is given back by itself.", story.due[transaction.id]
    clauses += _people(story)
    return Aftermath("; ".join(clauses), what, at)


def _left(story: Story, transaction: Transaction, tender: Tender) -> str | None:
    sum_of = f"{tender.asked} {way(tender)}"
    if tender.state is TenderState.CAPTURED:
        return f"{sum_of} was taken although nobody owed it any more, and is being given back"
    if tender.state is TenderState.REFUNDED and tender.id in story.surplus:
        return f"{sum_of} was taken although nobody owed it any more, and was given back"
    if transaction.id not in story.due:
        return None
    if tender.state in _HELD:
        return f"the hold of {sum_of} is being released"
    if tender.state in _DARK:
        return f"whether {sum_of} is held is being found out, and if so it is released"
    return None


def _people(story: Story) -> list[str]:
    """Name what waits for a person, apart from what the verdict itself speaks of."""
    undecided = {one.id for one in story.transactions if one.status not in FINAL}
    named = [
        one
        for one in story.waiting
        if one.is_open
        and one.kind != "surplus"
        and not (one.kind == "unresolved" and one.transaction_id in undecided)
    ]
    about = [f"{about_kind(one.kind)} (exception {one.id})" for one in named]
    return [f"a person must look: {joined(about)}"] if about else []
