"""What only a person can decide: the kinds of exceptions, and what may be done about each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from fynlo.kernel.errors import DomainError, Invalid, Kind, Retry
from fynlo.kernel.ids import OrderId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from fynlo.kernel.ids import StaffId, TenderId, TransactionId


class ExceptionKind(StrEnum):
    """What happened that no rule explains."""

    UNRESOLVED = "unresolved"  # A transaction could not be finished by itself.
    CONTRADICTION = "contradiction"  # Two answers cannot both be true.
    AMOUNT_DIFFERS = "amount_differs"  # The provider has another amount than was asked for.
    RETURNED_OUTSIDE = "returned_outside"  # A completed payment was given back, not by us.
    RETURN_FAILED = "return_failed"  # A refund of ours that its bank could not post: it is back.
    SURPLUS = "surplus"  # Taken after the till was told that nothing was; it goes back by itself.
    UNMATCHED = "unmatched"  # Money of a payment that there is no row of.
    NOTIFICATION_FAILED = "notification_failed"  # An event could not be handled.
    PAYMENTS_FAILING = "payments_failing"  # An order was declined again and again.


class ExceptionState(StrEnum):
    """Whether somebody must still look."""

    OPEN = "open"
    RESOLVED = "resolved"


class Action(StrEnum):
    """What a person can do about an exception."""

    LOOK_AGAIN = "look_again"
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    ATTACH = "attach"
    REFUND = "refund"
    DISMISS = "dismiss"


FOUND: Final = "found"
"""The action of an exception that ended with what the provider itself said."""

_K = ExceptionKind
_A = Action

ACTIONS: Final[Mapping[ExceptionKind, tuple[Action, ...]]] = {
    _K.UNRESOLVED: (_A.LOOK_AGAIN, _A.TAKEN, _A.NOT_TAKEN),
    _K.CONTRADICTION: (_A.LOOK_AGAIN, _A.DISMISS),
    _K.AMOUNT_DIFFERS: (_A.LOOK_AGAIN, _A.DISMISS),
    _K.RETURNED_OUTSIDE: (_A.DISMISS,),
    _K.RETURN_FAILED: (_A.DISMISS,),
    _K.SURPLUS: (_A.DISMISS,),
    _K.UNMATCHED: (_A.ATTACH, _A.REFUND, _A.DISMISS),
    _K.NOTIFICATION_FAILED: (_A.DISMISS,),  # `fynlo notifications replay` tries it again.
    _K.PAYMENTS_FAILING: (_A.DISMISS,),
}
assert set(ACTIONS) == set(ExceptionKind)

_FIELDS: Final = {
    "payment_id": (frozenset({_A.TAKEN, _A.NOT_TAKEN}), frozenset({_A.TAKEN, _A.NOT_TAKEN})),
    "reference": (frozenset({_A.TAKEN, _A.NOT_TAKEN}), frozenset()),
    "order_id": (frozenset({_A.ATTACH, _A.REFUND}), frozenset()),
}
"""Which actions may have a field, and which must."""


class AlreadyResolved(DomainError):
    """Somebody else, or something else, was faster."""

    kind = Kind.CONFLICT
    code = "already-resolved"
    title = "This exception is resolved."
    retry = Retry.NEVER


class ActionNotPossible(DomainError):
    """This cannot be done about it; `actions` says what can."""

    kind = Kind.REFUSED
    code = "action-not-possible"
    title = "This cannot be done about it."
    retry = Retry.NEW_KEY


class PaymentUnderWay(DomainError):
    """Somebody is asking the provider about this payment at this moment."""

    kind = Kind.CONFLICT
    code = "payment-under-way"
    title = "The provider is being asked about this payment."
    retry = Retry.SAME_KEY


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to do about an exception, and why."""

    action: Action
    note: str
    payment_id: TenderId | None = None
    reference: str | None = None
    order_id: OrderId | None = None

    def must_be_whole(self) -> None:
        """Refuse a wish that lacks what its action needs, or has what it does not know."""
        for name, (may_have, must_have) in _FIELDS.items():
            value = getattr(self, name)
            if value is None and self.action in must_have:
                raise Invalid.at(f"/{name}", f"`{self.action}` needs `{name}`.")
            if value is not None and self.action not in may_have:
                raise Invalid.at(f"/{name}", f"`{self.action}` has no `{name}`.")

    def entry(self, by: StaffId, at: datetime) -> dict[str, object]:
        """Write down who wanted what, when and why."""
        said = {**self._said(by), "at": at}
        return {name: value for name, value in said.items() if value is not None}

    def is_in(self, history: list[dict[str, object]], by: StaffId) -> bool:
        """Whether this very person did this very thing before."""
        mine = self._said(by)
        return any({name: one.get(name) for name in mine} == mine for one in history)

    def _said(self, by: StaffId) -> dict[str, object]:
        return {
            "action": self.action.value,
            "by": str(by),
            "note": self.note,
            "payment_id": self.payment_id and str(self.payment_id),
            "reference": self.reference,
            "order_id": self.order_id and str(self.order_id),
        }


@dataclass(frozen=True, slots=True)
class QueuedException:
    """One thing in the queue, with all that is known of it and what people did about it."""

    id: UUID
    kind: ExceptionKind
    state: ExceptionState
    transaction_id: TransactionId | None
    payment_id: TenderId | None
    order_id: OrderId | None
    detail: Mapping[str, Any]
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: StaffId | None
    action: str | None
    note: str | None

    @property
    def actions(self) -> tuple[Action, ...]:
        """What can be done about it now."""
        if self.state is ExceptionState.RESOLVED:
            return ()
        return tuple(one for one in ACTIONS[self.kind] if self._can_be(one))

    def _can_be(self, action: Action) -> bool:
        return action is not Action.LOOK_AGAIN or self.transaction_id is not None

    @property
    def about_order(self) -> OrderId | None:
        """The order that it is about; a provider's note may name one that there is not."""
        return self.order_id or _order_id(self.detail.get("order_id"))

    @property
    def history(self) -> list[dict[str, object]]:
        """What people did about it since it was opened, oldest first."""
        found: list[dict[str, object]] = self.detail.get("history", [])
        return found

    def must_allow(self, action: Action) -> None:
        """Refuse what cannot be done about it: it is resolved, or of another kind."""
        if self.state is ExceptionState.RESOLVED:
            message = f"It was resolved before: {self.action}."
            raise AlreadyResolved(message, action=self.action)
        if action not in self.actions:
            raise self.refusal(f"`{action}` cannot be done about `{self.kind}`.")

    def refusal(self, message: str) -> ActionNotPossible:
        """Say why something cannot be done, and what can."""
        return ActionNotPossible(message, actions=[one.value for one in self.actions])


def _order_id(note: object) -> OrderId | None:
    """Read what a provider's note says; another system that uses the account writes its own."""
    try:
        return OrderId(UUID(str(note)))
    except ValueError:
        return None
