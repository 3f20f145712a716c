"""What a payment operation may touch, and how patient it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from fynlo.platform.background import Background
from fynlo.platform.ports import Ports
from fynlo.platform.turnstile import Turnstile

if TYPE_CHECKING:
    from fynlo.payments.providers.port import CardProviders


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take (`docs/architecture.md`, Time limits)."""

    answer_seconds: float = 8.0
    """A request is answered within this; what is not finished goes on behind it."""

    cards_at_once: int = 64
    """How many transactions a process has at the card provider: with 0.4 s for a call that is 160
    in a second, more than one process can record. Cash does not stand in this line."""

    queue_seconds: float = 6.0
    """How long a payment by card waits for its turn before the till is asked to come again."""

    release_seconds: float = 1.0
    """How long a decline that is decided waits for the holds beside it to be released."""

    lease: timedelta = timedelta(seconds=10)
    """A call that has no answer after this is somebody else's to finish."""

    poll_seconds: float = 0.02
    """The first wait of a second caller of a running key; it doubles up to half a second."""


@dataclass(frozen=True)
class PaymentPorts(Ports):
    """The database, the clock, the card providers, and work that outlives its request."""

    cards: CardProviders
    background: Background = field(default_factory=Background)
    patience: Patience = field(default_factory=Patience)

    @cached_property
    def cards_at_once(self) -> Turnstile:
        """Return the line in which payments by card wait for their turn in this process."""
        return Turnstile(self.patience.cards_at_once)
