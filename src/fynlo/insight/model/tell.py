"""Turn what is on record of an order into evidence, and put it in order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fynlo.insight.model.episodes import Episodes
from fynlo.insight.model.evidence import Evidence, Place, Source, Turn, in_order
from fynlo.insight.model.tell_books import booked, person
from fynlo.insight.model.tell_provider import called, told
from fynlo.insight.model.words import joined, paying
from fynlo.orders.model import State
from fynlo.payments.model.transaction import DECLINE_NOTED, FINAL, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fynlo.insight.model.facts import Asked, Story
    from fynlo.orders.model import Change
    from fynlo.payments.model.transaction import Tender, Transaction


def evidence(story: Story) -> list[Evidence]:
    """Tell everything, in order of time; causes before effects."""
    episodes = Episodes(story)
    pieces = [*_history(story, episodes)]
    for number, transaction in enumerate(story.transactions):
        pieces += [*_tried(transaction, number), *called(story, transaction, number)]
        pieces += _vouched(story, transaction, number)
    pieces += [_asked(story, one, episodes.of_command(one)) for one in story.asked]
    pieces += [told(one, episodes.of_notification(one)) for one in story.told]
    pieces += [booked(story, one, episodes) for one in story.booked]
    for waiting in story.waiting:
        pieces += person(story, waiting, episodes.of(waiting.transaction_id))
    return in_order(pieces)


def _history(story: Story, episodes: Episodes) -> Iterator[Evidence]:
    for number, change in enumerate(story.history):
        stays = change.from_state is change.to_state
        if stays and (change.reason or "").startswith(DECLINE_NOTED):
            continue  # The transaction itself tells of it.
        state = _became(change)
        says = _OF_STATE[state]
        yield Evidence(
            at=change.at,
            place=Place(episodes.of_change(change), Turn.HISTORY, number),
            source=Source.API,
            what=f"order.{state}",
            says=f"{says}: {change.reason}" if change.reason else f"{says}.",
            amount=story.order.total if state in _PAID else None,
            by=change.by,
        )


def _became(change: Change) -> str:
    """Name what a line of history tells of; one that stays where it stands gave or got lines."""
    if change.from_state is None:
        return "created"
    return "moved" if change.from_state is change.to_state else change.to_state.value


_PAID: Final = {State.PAID.value, State.DONE.value}

_OF_STATE: Final = {
    "created": "The order was taken",
    "moved": "Lines went to or came from another order",
    State.DRAFT.value: "The order became a draft again",
    State.VALIDATED.value: "The order was fixed, so that it can be paid",
    State.PARTIALLY_PAID.value: "A part of the order was paid",
    State.PAID.value: "The order was paid, and goes to the kitchen",
    State.PREPARING.value: "The kitchen began with the order",
    State.READY.value: "The kitchen is done with the order",
    State.DONE.value: "The order is done",
    State.INVOICED.value: "The order was invoiced",
    State.CANCELED.value: "The order was canceled",
}


def _asked(story: Story, asked: Asked, episode: int) -> Evidence:
    wish = _WISHES.get(asked.kind, f"asked for {asked.kind}")
    answer = "has no final answer yet" if asked.status is None else f"was answered {asked.status}"
    transaction = next((one for one in story.transactions if one.id == asked.id), None)
    of = transaction or next((one for one in story.transactions if one.id == asked.target_id), None)
    return Evidence(
        at=asked.at,
        place=Place(episode, Turn.COMMAND if transaction else _TURNS.get(asked.kind, Turn.HISTORY)),
        source=Source.TILL,
        what=asked.kind,
        says=f"{story.subject(asked.by)} {wish}; the call {answer}.",
        transaction_id=None if of is None else of.id,
        amount=None if transaction is None else transaction.amount,
        by=asked.by,
        reference=str(asked.id),
        detail={"status": asked.status},
    )


_WISHES: Final = {
    "transactions.process": "asked for a payment",
    "transactions.confirm": "asked to look again",
    "transactions.cancel": "asked to give the payment up",
    "orders.cancel": "asked to cancel the order",
    "orders.add_lines": "asked for more lines",
    "orders.split": "asked to split the order",
    "orders.merge": "asked for other orders to come to this one",
    "exceptions.resolve": "asked to resolve an exception",
    "exceptions.attach": "decided about money that nobody here had asked for",
}
_TURNS: Final = {
    "transactions.confirm": Turn.ASKED_LATER,
    "transactions.cancel": Turn.ASKED_LATER,
    "orders.cancel": Turn.COMMAND,
    "exceptions.resolve": Turn.ASKED_LATER,
}


def _tried(transaction: Transaction, episode: int) -> Iterator[Evidence]:
    started = Evidence(
        at=transaction.started_at,
        place=Place(episode, Turn.STARTED),
        source=Source.API,
        what="transaction.started",
        says=f"A payment began: {joined([paying(one) for one in transaction.tenders])}.",
        transaction_id=transaction.id,
        amount=transaction.amount,
        by=transaction.staff_id,
    )
    yield started
    if transaction.completed_at is None:
        return
    assert transaction.status in FINAL
    yield replace(
        started,
        at=transaction.completed_at,
        place=Place(episode, Turn.ENDED),
        what=f"transaction.{transaction.status}",
        says=_ENDS[transaction.status],
        by=None,
    )


_ENDS: Final = {
    Status.COMPLETED: "Every part of the payment stands; it was booked.",
    Status.DECLINED: "The payment was declined; the till was told that nothing is taken.",
    Status.CANCELED: "The payment was given up; nothing is taken.",
    Status.EXPIRED: "The payment was not finished in time and given up; nothing is taken.",
}
assert set(_ENDS) == FINAL


def _vouched(story: Story, transaction: Transaction, episode: int) -> Iterator[Evidence]:
    """Tell what people said of a transaction: that money is there, or why it was given up."""
    calls = [one for one in story.asked if one.target_id == transaction.id]
    for tender in transaction.tenders:
        confirmed = _call_that_confirmed(transaction, tender, calls)
        if confirmed is not None:
            yield Evidence(
                at=confirmed.at,
                place=Place(episode, Turn.ASKED_LATER, 1 + tender.position),
                source=Source.PEOPLE,
                what="payment.confirmed",
                says=f"{story.subject(confirmed.by)} has seen {paying(tender)}.",
                transaction_id=transaction.id,
                payment_id=tender.id,
                amount=tender.asked,
                by=confirmed.by,
                reference=tender.reference,
            )
    given_up = next((one for one in calls if one.kind == "transactions.cancel"), None)
    if transaction.cancel_reason is not None and given_up is not None:
        yield Evidence(
            at=given_up.at,
            place=Place(episode, Turn.ASKED_LATER, 1),
            source=Source.PEOPLE,
            what="transaction.given_up",
            says=f"{story.subject(given_up.by)} gave it up: {transaction.cancel_reason}",
            transaction_id=transaction.id,
            by=given_up.by,
        )


def _call_that_confirmed(
    transaction: Transaction, tender: Tender, calls: list[Asked]
) -> Asked | None:
    """Find their last call before the end: the row says who vouched, and the calls say when."""
    end = transaction.completed_at
    theirs = [
        one
        for one in calls
        if one.kind == "transactions.confirm"
        and one.by == tender.confirmed_by
        and (end is None or one.at <= end)
    ]
    return theirs[-1] if theirs else None
