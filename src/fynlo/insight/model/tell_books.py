"""What was booked, and what people must see or have decided, as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.insight.model.evidence import Evidence, Place, Source, Turn
from fynlo.insight.model.facts import SURPLUS_TAKEN
from fynlo.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from fynlo.insight.model.episodes import Episodes
    from fynlo.insight.model.facts import Booked, Story, Waiting
    from fynlo.payments.model.transaction import Transaction


def booked(story: Story, one: Booked, episodes: Episodes) -> Evidence:
    """Tell what one cause booked, as one sum with its postings."""
    unit = story.order.currency
    amount = Money(sum(minor for _, _, minor in one.postings), unit)
    payer = next(
        (each.id for each in story.transactions if _made(each, one.cause_id)),
        None,
    )
    return Evidence(
        at=one.at,
        place=Place(episodes.of_booking(one), _TURNS.get(one.recipe, Turn.TAKEN)),
        source=Source.LEDGER,
        what=f"ledger.{one.recipe.replace(' ', '_')}",
        says=f"Booked: {one.recipe} {amount.decimal()}.",
        transaction_id=payer,
        payment_id=None if payer is None else one.cause_id,
        amount=amount,
        detail={
            "postings": [
                {"debit": debit, "credit": credit, "amount": minor}
                for debit, credit, minor in one.postings
            ]
        },
    )


def _made(transaction: Transaction, cause_id: UUID) -> bool:
    return any(tender.id == cause_id for tender in transaction.tenders)


_TURNS: Final = {
    "order paid": Turn.SOLD,
    "card returned": Turn.RETURNED,
    SURPLUS_TAKEN: Turn.SURPLUS_TAKEN,
    "surplus returned": Turn.SURPLUS_RETURNED,
}


def person(story: Story, one: Waiting, episode: int) -> Iterator[Evidence]:
    """Tell that something waits for a person, and what became of it."""
    about = about_kind(one.kind)
    yield Evidence(
        at=one.opened_at,
        place=Place(episode, Turn.OPENED),
        source=Source.PEOPLE,
        what="exception.opened",
        says=f"A person must look: {about}.",
        transaction_id=one.transaction_id,
        payment_id=one.tender_id,
        reference=str(one.id),
        detail={"kind": one.kind, **(one.detail if story.in_full else {})},
    )
    if one.resolved_at is None:
        return
    who = "It ended by itself"
    if one.resolved_by is not None:
        who = f"{story.subject(one.resolved_by)} saw to it"
    told = one.note if story.in_full else None
    note = f": {told}" if told else "."
    yield Evidence(
        at=one.resolved_at,
        place=Place(episode, Turn.RESOLVED),
        source=Source.PEOPLE,
        what="exception.resolved",
        says=f"{who} ({one.action}){note}",
        transaction_id=one.transaction_id,
        payment_id=one.tender_id,
        by=one.resolved_by,
        reference=str(one.id),
        detail={"kind": one.kind, "action": one.action, "note": told},
    )


_ABOUT: Final = {
    "unresolved": "the payment could not be finished by itself",
    "contradiction": "two answers of the provider cannot both be true",
    "amount_differs": "the provider counts another amount than it was asked for",
    "returned_outside": "money of a completed payment was given back, not by this system",
    "return_failed": "what was given back came back: the customer's bank could not post it",
    "surplus": "money was taken after the till was told that none was; it goes back by itself",
    "unmatched": "there is money of a payment that nobody here asked for",
    "notification_failed": "what the provider told could not be handled",
    "payments_failing": "payments of the order were declined again and again",
}


def about_kind(kind: str) -> str:
    """Say what an exception of this kind is about."""
    return _ABOUT.get(kind, kind.replace("_", " "))
