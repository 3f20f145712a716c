"""Which try a record belongs to: what happened at one moment is told try by try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.orders.model import State
from fynlo.payments.model.transaction import Status

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.insight.model.facts import Asked, Booked, Story, Told
    from fynlo.orders.model import Change

BEFORE: Final = -1
"""The order itself, before anybody tried to pay it."""


class Episodes:
    """The tries of one order, numbered as they began; `after` is behind all of them."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._numbers: dict[UUID | str, int] = {}
        for number, transaction in enumerate(story.transactions):
            self._numbers[transaction.id] = number
            for tender in transaction.tenders:
                self._numbers[tender.id] = number
                if tender.provider_reference is not None:
                    self._numbers[tender.provider_reference] = number
        self._after = len(story.transactions)

    def of(self, *names: UUID | str | None) -> int:
        """Find the try that the first known of these names belongs to."""
        known = [
            self._numbers[name] for name in names if name is not None and name in self._numbers
        ]
        return known[0] if known else self._after

    def of_command(self, asked: Asked) -> int:
        """Find the try that a command began, or was about."""
        return self.of(asked.id, asked.target_id)

    def of_notification(self, told: Told) -> int:
        """Find the try that a notification is about."""
        return self.of(told.transaction_id, told.reference)

    def of_booking(self, booked: Booked) -> int:
        """Find the try that was booked; the sale itself belongs to the one that paid the rest."""
        if booked.cause_id == self._story.order.id:
            return self._last_completed_at(booked.at)
        return self.of(booked.cause_id)

    def of_change(self, change: Change) -> int:
        """Find the try that changed the order's state, if one did."""
        if change.to_state is State.CANCELED:
            return self._after
        if change.to_state in {State.DRAFT, State.VALIDATED}:
            return BEFORE
        return self._last_completed_at(change.at)

    def _last_completed_at(self, at: datetime) -> int:
        completed = [
            number
            for number, one in enumerate(self._story.transactions)
            if one.status is Status.COMPLETED and one.completed_at == at
        ]
        return completed[-1] if completed else BEFORE
