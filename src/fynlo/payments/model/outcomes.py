"""The outside world is a value: what a provider said, in our words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias


class Standing(StrEnum):
    """Where the customer's money stands with the provider."""

    HELD = "held"  # Authorised; not taken.
    CAPTURED = "captured"  # Taken.
    RELEASED = "released"  # Given up: never taken, and never can be.
    RETURNED = "returned"  # Taken, and refunded in full.


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What may be known of a card: never more than a receipt shows."""

    brand: str | None
    last4: str | None
    wallet: str | None


@dataclass(frozen=True, slots=True)
class Approved:
    """The provider says where the money stands. `amount_minor` is what it counts, tip included."""

    reference: str
    standing: Standing
    amount_minor: int
    card: CardFacts | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """An explicit no. `reference` is the intent that must be given up, if one was made."""

    reference: str | None
    code: str
    message: str


NOT_CARRIED_OUT: Final = Declined(
    None, "not_carried_out", "The payment did not go through. The card was not charged."
)
"""It never happened, and never will."""


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The customer must answer their bank. How is read from the provider: it leads to secrets."""

    reference: str
    type: str


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """Nobody knows yet. Not a failure: the money stays reserved until the truth is found.

    `is_last_word`: the provider has finished with this key and will only ever repeat its error,
    so what its records show now is the truth. `is_key_taken`: the key belongs to another call than
    this one, so that call was heard, and its answer is kept. `differs`: it did answer, of another
    amount or currency than was asked for; a person must see that. `is_seen`: the provider showed
    the payment, and nothing is decided there yet; silence is another thing.
    """

    reason: str
    is_last_word: bool = False
    is_key_taken: bool = False
    differs: bool = False
    is_seen: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class NextAction:
    """How the customer's device goes on. Never stored: whoever has it acts as the customer."""

    client_secret: str | None
    redirect_url: str | None


@dataclass(frozen=True, slots=True)
class Burned:
    """The operation was never carried out, and its key is spent: it never can be."""

    reference: str | None = None


Outcome: TypeAlias = Approved | Declined | ActionRequired | AnswerLost
Found: TypeAlias = Outcome | Burned
