"""All that we read of Stripe's objects: a field that does not stand here is never kept.

Source: docs/reference/stripe.md §7, §9 and §10.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Wallet(msgspec.Struct, frozen=True):
    """What a card was carried in."""

    type: str | None = None


class Card(msgspec.Struct, frozen=True):
    """What a receipt shows of a card."""

    brand: str | None = None
    last4: str | None = None
    wallet: Wallet | None = None


class Method(msgspec.Struct, frozen=True):
    """What was paid with."""

    card: Card | None = None


class Charge(msgspec.Struct, frozen=True):
    """An expanded charge; amounts in Stripe's units."""

    amount_refunded: int = 0
    refunded: bool = False
    payment_method_details: Method | None = None


class Redirect(msgspec.Struct, frozen=True):
    """Where the bank asks its customer."""

    url: str | None = None


class Action(msgspec.Struct, frozen=True):
    """What the customer must do."""

    type: str | None = None
    redirect_to_url: Redirect | None = None


class Refusal(msgspec.Struct, frozen=True):
    """Why it was declined."""

    code: str | None = None
    decline_code: str | None = None


class Intent(msgspec.Struct, frozen=True):
    """A payment; amounts in Stripe's units. `client_secret` goes to the customer's device only."""

    id: str
    status: str | None = None
    amount: int = 0
    amount_capturable: int = 0
    amount_received: int = 0
    client_secret: str | None = None
    created: int = 0
    currency: str = ""
    last_payment_error: Refusal | None = None
    latest_charge: Charge | str | None = None
    metadata: dict[str, str] | None = None
    next_action: Action | None = None

    def mark(self, name: str) -> str | None:
        """Return what we wrote on it under a name."""
        return (self.metadata or {}).get(name)

    def __repr__(self) -> str:
        """Show which it is, and no secret."""
        return f"Intent({self.id}, {self.status})"


class Refund(msgspec.Struct, frozen=True):
    """Money on its way back; the amount in Stripe's units."""

    id: str = ""
    status: str | None = None
    amount: int = 0
    currency: str = ""
    created: int = 0


class Cause(msgspec.Struct, frozen=True):
    """The call that an event follows from."""

    idempotency_key: str | None = None


class Subject(msgspec.Struct, frozen=True):
    """The intent that an event is about, as it was then."""

    object: Intent


class Event(msgspec.Struct, frozen=True):
    """Something that happened to an intent."""

    id: str
    data: Subject
    created: int = 0
    request: Cause | None = None


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list, newest first."""

    data: list[T]
    has_more: bool = False


class Details(msgspec.Struct, frozen=True):
    """What a refusal says of itself."""

    code: str | None = None
    decline_code: str | None = None
    param: str | None = None
    payment_intent: Intent | None = None
