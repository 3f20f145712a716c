"""What is told of approvals, and how calls bring one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import msgspec

from fynlo.kernel.errors import Invalid
from fynlo.staff.answers import Pin
from fynlo.staff.approvals import ApprovalState
from fynlo.staff.consent import Brought, Stands
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from fynlo.staff.approvals import Approval

GivenPassword = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class StandsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody else who stands here and allows it: who they are, and their PIN or password."""

    staff_id: UUID | None = None
    email: Annotated[str, msgspec.Meta(min_length=3, max_length=254)] | None = None
    pin: Pin | None = None
    password: GivenPassword | None = None


class ApprovalTargetOut(msgspec.Struct, frozen=True):
    """What it is about."""

    kind: str
    id: UUID


class ApprovalOut(msgspec.Struct, frozen=True):
    """What somebody wants to do and may not, and what became of it."""

    id: UUID
    state: ApprovalState
    permissions: list[Permission]
    target: ApprovalTargetOut
    location_id: UUID
    amount: int
    currency: str
    details: dict[str, Any]
    requested_by: UUID
    requested_at: datetime
    expires_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str | None
    in_place: bool
    used_at: datetime | None
    version: int


def approval_out(approval: Approval, now: datetime) -> ApprovalOut:
    """Show an approval as it is at a moment."""
    wish = approval.wish
    return ApprovalOut(
        id=approval.id,
        state=approval.at(now),
        permissions=list(wish.permissions),
        target=ApprovalTargetOut(wish.target_kind, wish.target_id),
        location_id=wish.location_id,
        amount=wish.amount.minor,
        currency=wish.amount.currency.code,
        details=dict(wish.details),
        requested_by=approval.requested_by,
        requested_at=approval.requested_at,
        expires_at=approval.expires_at,
        decided_by=approval.decided_by,
        decided_at=approval.decided_at,
        reason=approval.reason,
        in_place=approval.is_in_place,
        used_at=approval.used_at,
        version=approval.version,
    )


def told_of(approval: Approval, now: datetime) -> dict[str, Any]:
    """Tell in a refusal what was asked for, as plain JSON."""
    plain: dict[str, Any] = msgspec.to_builtins(approval_out(approval, now))
    return plain


def brought(stands: StandsIn | None, approval_id: UUID | None) -> Brought:
    """Read what a call brings of another person; `Invalid` for what says too little or too much."""
    if stands is None:
        return Brought(approval_id)
    if approval_id is not None:
        raise Invalid.at("/approval", "Send an approval_id, or who stands here: not both.")
    if (stands.staff_id is None) is (stands.email is None):
        raise Invalid.at("/approval", "Say who stands here: by staff_id, or by email.")
    if (stands.pin is None) is (stands.password is None):
        raise Invalid.at("/approval", "Send their pin, or their password.")
    return Brought(stands=Stands(stands.staff_id, stands.email, stands.pin, stands.password))
