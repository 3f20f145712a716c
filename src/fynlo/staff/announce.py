"""Which events follow from what people ask each other to allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo.platform import outbox
from fynlo.platform.outbox import Event, EventType
from fynlo.staff.approvals import ApprovalState
from fynlo.staff.model import Permission

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.platform.database import Tx
    from fynlo.staff.approvals import Approval


class ApprovalTold(msgspec.Struct, frozen=True):
    """What an event tells of an approval; the details are fetched by who may see them."""

    approval_id: UUID
    permissions: list[Permission]
    target_kind: str
    target_id: UUID
    amount: int
    currency: str
    state: ApprovalState
    requested_by: UUID
    decided_by: UUID | None


REQUESTED: Final = EventType("approval.requested", ApprovalTold, "Somebody asks to be allowed.")
DECIDED: Final = EventType("approval.decided", ApprovalTold, "It was allowed, or refused.")
EVENTS: Final = (REQUESTED, DECIDED)


def tell(tx: Tx, now: datetime, kind: EventType, approval: Approval) -> None:
    """Queue the news of an approval, for its location."""
    wish = approval.wish
    told = ApprovalTold(
        approval_id=approval.id,
        permissions=list(wish.permissions),
        target_kind=wish.target_kind,
        target_id=wish.target_id,
        amount=wish.amount.minor,
        currency=wish.amount.currency.code,
        state=approval.state,
        requested_by=approval.requested_by,
        decided_by=approval.decided_by,
    )
    outbox.append(tx, now, Event(kind, [f"location:{wish.location_id}"], told))
