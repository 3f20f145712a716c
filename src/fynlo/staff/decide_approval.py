"""Allow what somebody asks for, or refuse it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from fynlo.kernel.errors import Invalid
from fynlo.platform import audit, commands
from fynlo.platform.commands import Answer
from fynlo.staff import announce, queries_approvals, store_approvals
from fynlo.staff.admit import admit
from fynlo.staff.answers_approvals import approval_out
from fynlo.staff.approvals import ApprovalEvent, ApprovalInvalid, ApprovalState
from fynlo.staff.ask import act_of
from fynlo.staff.model import ProofInvalid
from fynlo.staff.prove import prove
from fynlo.staff.queries_access import with_keys
from fynlo.staff.vouch import vouch

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.commands import Command
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller
    from fynlo.staff.prove import Proven


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody says of an approval: allowing takes a PIN or password, refusing a reason."""

    event: ApprovalEvent
    pin: str | None = None
    password: str | None = None
    reason: str | None = None


async def decide_approval(
    ports: Ports, caller: Caller, command: Command, approval_id: UUID, decision: Decision
) -> Answer:
    """Decide it, once. A till that somebody left open is not enough to allow anything.

    Raises `NotFound` for one that they may not see, `Invalid` where there is not one proof,
    `SelfApproval`, `ApprovalInvalid` for a wrong
    PIN or password, `Forbidden`, and `IllegalTransition` for what was decided or is over.
    """
    caller.must_be_a_person()
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await queries_approvals.approval(tx, await admit(tx, caller, None, now), approval_id)
    proven = await _proven(ports, caller, decision)
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, now)
        await queries_approvals.approval(tx, actor, approval_id)
        was = await store_approvals.lock(tx, approval_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        if proven is not None:
            await vouch(tx, proven, None)
        actor = await with_keys(tx, actor)
        after = was.decide(decision.event, actor, now, decision.reason)
        store_approvals.save(tx, after)
        announce.tell(tx, now, announce.DECIDED, after)
        is_allowed = after.state is ApprovalState.APPROVED
        action = "approval.approved" if is_allowed else "approval.rejected"
        audit.record(tx, now, caller, act_of(action, after))
        answer = Answer(200, msgspec.json.encode({"approval": approval_out(after, now)}))
        commands.finish(tx, command.id, answer)
        return answer


async def _proven(ports: Ports, caller: Caller, decision: Decision) -> Proven | None:
    if decision.event is not ApprovalEvent.APPROVE:
        return None
    if (decision.pin is None) is (decision.password is None):
        raise Invalid.at("", "Send your pin, or your password.")
    try:
        return await prove(
            *(ports, caller.merchant_id, caller.staff_id),
            pin=decision.pin,
            password=decision.password,
        )
    except ProofInvalid:
        raise ApprovalInvalid("This is not your PIN or password.") from None
