"""Approvals: one person asks, another allows it, and it is done once, as it was asked for.

An approval is bound to what may be done (its permissions), to what (its target), to how much, to
every detail of the wish, to who asked and to ten minutes. Whoever changes any of that asks again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import rfc8785

from fynlo.kernel.errors import DomainError, Forbidden, Kind, Retry
from fynlo.kernel.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import ApprovalId, LocationId, StaffId
    from fynlo.kernel.money import Money
    from fynlo.staff.model import Actor, Permission

LIFETIME: Final = timedelta(minutes=10)
PENDING_MAX: Final = 32
"""How many wishes of one person may wait at a time: nobody would read more."""


class ApprovalState(StrEnum):
    """How far it has come; `expired` is what time makes of one that nobody used."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    USED = "used"
    EXPIRED = "expired"


class ApprovalEvent(StrEnum):
    """What can happen to it."""

    APPROVE = "approve"
    REJECT = "reject"
    USE = "use"


_S = ApprovalState
_E = ApprovalEvent

APPROVAL: Final = Machine(
    "approval",
    {
        _S.PENDING: {_E.APPROVE: _S.APPROVED, _E.REJECT: _S.REJECTED},
        _S.APPROVED: {_E.USE: _S.USED, _E.REJECT: _S.REJECTED},
        _S.REJECTED: {},
        _S.USED: {},
        _S.EXPIRED: {},
    },
)


class ApprovalInvalid(DomainError):
    """This approval does not stand for this: another wish, another person, too late, or wrong."""

    kind = Kind.FORBIDDEN
    code = "approval-invalid"
    title = "This approval does not hold for this."
    retry = Retry.NEW_KEY


class SelfApproval(DomainError):
    """Nobody stands by their own act."""

    kind = Kind.FORBIDDEN
    code = "self-approval"
    title = "Somebody else must allow what you ask for."
    retry = Retry.NEW_KEY


class NeedsApproval(Forbidden):
    """Who asks may not do it by themselves. Whoever can wait for somebody else asks for it."""

    def __init__(self, wish: Wish, besides: str = "") -> None:
        names = [one.value for one in wish.permissions]
        needs = f"This needs the permission {' and '.join(names)}.{besides}"
        super().__init__(needs, permission=names[0])
        self.wish = wish


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do and may not: `details` is plain JSON, for people to read.

    `facts` is what its refusal tells beside the approval. `not_by` is who did what it is about,
    and so may not allow it, nor anybody behind them. Both follow from what it is bound to, and are
    no part of it.
    """

    permissions: tuple[Permission, ...]
    target_kind: str
    target_id: UUID
    location_id: LocationId
    amount: Money
    details: Mapping[str, Any]
    not_by: frozenset[StaffId] = frozenset()
    facts: Mapping[str, int] = field(default_factory=dict)

    @property
    def bound_hash(self) -> bytes:
        """SHA-256 of all that an approval of it is bound to."""
        bound: Any = {
            "permissions": sorted(self.permissions),
            "target": [self.target_kind, str(self.target_id)],
            "location_id": str(self.location_id),
            "amount": [str(self.amount.minor), self.amount.currency.code],
            "details": dict(self.details),
        }
        return hashlib.sha256(rfc8785.dumps(bound)).digest()


@dataclass(frozen=True, slots=True)
class Approval:
    """A wish that was asked for, or allowed by somebody who stood there."""

    id: ApprovalId
    wish: Wish
    state: ApprovalState
    requested_by: StaffId
    requested_at: datetime
    expires_at: datetime
    decided_by: StaffId | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    is_in_place: bool = False
    used_at: datetime | None = None
    version: int = 1

    def at(self, now: datetime) -> ApprovalState:
        """Tell its state at a moment: what was not used in time holds no more."""
        is_open = self.state in {ApprovalState.PENDING, ApprovalState.APPROVED}
        return ApprovalState.EXPIRED if is_open and now >= self.expires_at else self.state

    def decide(
        self, event: ApprovalEvent, by: Actor, now: datetime, reason: str | None = None
    ) -> Approval:
        """Allow or refuse it. Raises `IllegalTransition`, `SelfApproval`, `Forbidden`.

        Who asked may take it back, and so may whoever could have allowed it.
        """
        is_own = by.staff_id == self.requested_by
        if event is ApprovalEvent.APPROVE and is_own:
            raise SelfApproval("You asked for this.")
        if not is_own:
            must_allow(by, self.wish)
        state = APPROVAL.next(self.at(now), event)
        return replace(
            self,
            state=state,
            decided_by=by.staff_id,
            decided_at=now,
            reason=reason,
            version=self.version + 1,
        )

    def use(self, wish: Wish, by: StaffId, now: datetime) -> Approval:
        """Take it for this wish, once. Raises `ApprovalInvalid`."""
        state = self.at(now)
        if self.requested_by != by or self.wish.bound_hash != wish.bound_hash:
            raise ApprovalInvalid("It was asked for by somebody else, or for something else.")
        if not APPROVAL.allows(state, ApprovalEvent.USE):
            raise ApprovalInvalid(f"It is {state}.", state=state.value)
        return replace(self, state=ApprovalState.USED, used_at=now, version=self.version + 1)


def must_allow(actor: Actor, wish: Wish) -> None:
    """Refuse those who could not do it themselves, there: also because it is about their own act.

    Where a wish names whose act that is, the actor's keys must have been read.
    """
    if wish.not_by and actor.is_behind(wish.not_by):
        raise SelfApproval("It is about what you did yourself.")
    for permission in wish.permissions:
        actor.must(permission)
    actor.must_work_at(wish.location_id)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Who stands by what is done, and the approval that says so."""

    by: StaffId
    approval_id: ApprovalId
