"""Let somebody do what they may not do alone: because another person stands by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import ApprovalId, uuid7
from fynlo.platform import audit
from fynlo.staff import queries_approvals, store_approvals
from fynlo.staff.answers_approvals import told_of
from fynlo.staff.approvals import (
    LIFETIME,
    Allowed,
    Approval,
    ApprovalInvalid,
    ApprovalState,
    NeedsApproval,
    SelfApproval,
    must_allow,
)
from fynlo.staff.ask import act_of
from fynlo.staff.model import ApprovalRequired, ProofInvalid
from fynlo.staff.queries_access import with_keys
from fynlo.staff.vouch import vouch

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Tx
    from fynlo.staff.approvals import Wish
    from fynlo.staff.consent import Consent
    from fynlo.staff.model import Caller
    from fynlo.staff.prove import Proven


async def allow(tx: Tx, caller: Caller, wish: Wish, consent: Consent, now: datetime) -> Allowed:
    """Take the consent for this wish, in the commit of what it allows: so it is used once.

    Raises `NeedsApproval` where there is none, `ApprovalRequired` while nobody has decided,
    `ApprovalInvalid` for one that was meant for anything else, is over, or whose giver may not do
    it any more, `SelfApproval`, and `Forbidden` for somebody who may not do it either. A key has
    nobody beside it: else whoever answers for it would allow what they themselves ask for.
    """
    if caller.is_key:
        raise NeedsApproval(wish)
    if consent.proven is not None:
        used = await _in_place(tx, caller, wish, consent.proven, now)
        store_approvals.insert(tx, used)
    else:
        approval_id = consent.approval_id
        if consent.knows_no_ids:
            approval_id = await store_approvals.find_approved(tx, wish, caller.staff_id, now)
        if approval_id is None:
            raise NeedsApproval(wish)
        used = await _from_afar(tx, caller, wish, approval_id, now)
        store_approvals.save(tx, used)
    audit.record(tx, now, caller, act_of("approval.used", used))
    assert used.decided_by is not None
    return Allowed(used.decided_by, used.id)


async def _in_place(tx: Tx, caller: Caller, wish: Wish, proven: Proven, now: datetime) -> Approval:
    if proven.staff_id == caller.staff_id:
        raise SelfApproval("Somebody else must stand by it.")
    try:
        actor = await vouch(tx, proven, None)
    except ProofInvalid:
        raise ApprovalInvalid("The PIN or password is not theirs any more.") from None
    must_allow(await with_keys(tx, actor), wish)
    return Approval(
        id=ApprovalId(uuid7(now)),
        wish=wish,
        state=ApprovalState.USED,
        requested_by=caller.staff_id,
        requested_at=now,
        expires_at=now + LIFETIME,
        decided_by=actor.staff_id,
        decided_at=now,
        is_in_place=True,
        used_at=now,
    )


async def _from_afar(
    tx: Tx, caller: Caller, wish: Wish, approval_id: UUID, now: datetime
) -> Approval:
    try:
        known = await store_approvals.lock(tx, approval_id)
    except NotFound:
        raise ApprovalInvalid("There is no such approval.") from None
    is_meant = known.requested_by == caller.staff_id and known.wish.bound_hash == wish.bound_hash
    if is_meant and known.at(now) is ApprovalState.PENDING:
        told = told_of(known, now)
        raise ApprovalRequired("Nobody has allowed it yet.", approval=told, **wish.facts)
    used = known.use(wish, caller.staff_id, now)
    assert used.decided_by is not None
    actor = await queries_approvals.actor(tx, used.decided_by)
    if actor is None:
        raise ApprovalInvalid("Who allowed it does not work here any more.")
    must_allow(await with_keys(tx, actor), wish)
    return used
