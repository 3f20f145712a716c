"""Try something; where it needs somebody else's approval, ask for it and say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from fynlo.kernel.ids import ApprovalId, uuid7
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import announce, store_approvals
from fynlo.staff.admit import admit
from fynlo.staff.answers_approvals import told_of
from fynlo.staff.approvals import (
    LIFETIME,
    Approval,
    ApprovalState,
    NeedsApproval,
)
from fynlo.staff.limits import must_ask_no_more
from fynlo.staff.model import ApprovalRequired

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from fynlo.platform.ports import Ports
    from fynlo.staff.approvals import Wish
    from fynlo.staff.model import Caller

T = TypeVar("T")


async def ask(ports: Ports, caller: Caller, attempt: Awaitable[T]) -> T:
    """Do it, or keep the wish for ten minutes and raise `ApprovalRequired` with the approval.

    The attempt was rolled back by then. Asking again for the very same finds the same approval,
    also at the same moment. Raises `TooManyAttempts` while too many of theirs wait. A
    key stands by nothing and has nobody beside it: it is told `Forbidden`, as the attempt said.
    """
    try:
        return await attempt
    except NeedsApproval as need:
        if caller.is_key:
            raise
        wish = need.wish
    approval = await _keep(ports, caller, wish)
    raise ApprovalRequired(
        "Ask somebody who may; then do the same again with its `approval_id`.",
        approval=told_of(approval, approval.requested_at),
        **wish.facts,
    )


async def _keep(ports: Ports, caller: Caller, wish: Wish) -> Approval:
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, now)
        waiting = await store_approvals.lock_asker(tx, actor.staff_id, now)
        known = await store_approvals.find_live(tx, wish, actor.staff_id, now)
        if known is not None:
            return known
        must_ask_no_more(waiting, now)
        made = Approval(
            id=ApprovalId(uuid7(now)),
            wish=wish,
            state=ApprovalState.PENDING,
            requested_by=actor.staff_id,
            requested_at=now,
            expires_at=now + LIFETIME,
        )
        store_approvals.insert(tx, made)
        announce.tell(tx, now, announce.REQUESTED, made)
        audit.record(tx, now, caller, act_of("approval.requested", made))
        return made


def act_of(action: str, approval: Approval) -> Act:
    """Say in the audit trail what happened to an approval."""
    wish = approval.wish
    return Act(
        action,
        wish.target_kind,
        wish.target_id,
        after={
            "permissions": sorted(wish.permissions),
            "amount": wish.amount.minor,
            "currency": wish.amount.currency.code,
            "details": wish.details,
            "requested_by": approval.requested_by,
        },
        reason=approval.reason,
        location_id=wish.location_id,
        approved_by=approval.decided_by if approval.state != ApprovalState.REJECTED else None,
        approval_id=approval.id,
    )
