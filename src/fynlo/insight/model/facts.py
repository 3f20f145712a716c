"""What is on record of one order, as it was read in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from fynlo.kernel.ids import TransactionId
    from fynlo.kernel.money import Money
    from fynlo.orders.model import Change, Order
    from fynlo.payments.model.transaction import Transaction

SURPLUS_TAKEN: Final = "surplus taken"
"""The recipe of money that was taken when nobody owed it any more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command: what somebody asked for, and the status of the final answer, if it has one."""

    id: UUID
    kind: str
    target_id: UUID | None
    by: UUID
    status: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A notification: what the provider told, and what became of it."""

    event_id: str
    type: str
    object_id: str
    reference: str | None
    amount: Money | None
    at: datetime
    state: str
    attempts: int
    due_at: datetime | None
    result: str | None
    transaction_id: UUID | None


@dataclass(frozen=True, slots=True)
class Booked:
    """What one cause booked under one recipe: debit, credit and amount of each posting."""

    cause_id: UUID
    recipe: str
    at: datetime
    postings: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the exceptions queue: what a person must see, or has seen."""

    id: UUID
    kind: str
    transaction_id: UUID | None
    tender_id: UUID | None
    detail: Mapping[str, object]
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: UUID | None
    action: str | None
    note: str | None

    @property
    def is_open(self) -> bool:
        """Whether nobody has resolved it."""
        return self.resolved_at is None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything on record of one order; lists are in the order in which it happened."""

    order: Order
    history: tuple[Change, ...]
    transactions: tuple[Transaction, ...]
    due: Mapping[TransactionId, datetime]  # When somebody looks again, where something is open.
    asked: tuple[Asked, ...]
    told: tuple[Told, ...]
    booked: tuple[Booked, ...]
    waiting: tuple[Waiting, ...]
    names: Mapping[UUID, str]
    zone: ZoneInfo
    now: datetime
    in_full: bool = True  # Whether the reader may see what people wrote about exceptions.

    @property
    def surplus(self) -> frozenset[UUID]:
        """The payments that were taken when nobody owed them any more."""
        return frozenset(one.cause_id for one in self.booked if one.recipe == SURPLUS_TAKEN)

    def name(self, staff_id: UUID | None) -> str:
        """Name a person, in the middle of a sentence."""
        return "somebody" if staff_id is None else self.names.get(staff_id, "somebody")

    def subject(self, staff_id: UUID | None) -> str:
        """Name a person who begins a sentence."""
        name = self.name(staff_id)
        return name[:1].upper() + name[1:]
