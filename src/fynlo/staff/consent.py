"""Read what a call brings of another person, before anything is locked for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.kernel.ids import uuid7
from fynlo.staff import queries_approvals
from fynlo.staff.admit import admit
from fynlo.staff.approvals import ApprovalInvalid
from fynlo.staff.model import ProofInvalid, normal_email
from fynlo.staff.prove import prove

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller, Permission
    from fynlo.staff.prove import Proven


@dataclass(frozen=True, slots=True)
class Consent:
    """What a call brings of another person: their approval, or proof that they are there."""

    approval_id: UUID | None = None
    proven: Proven | None = None
    knows_no_ids: bool = False


@dataclass(frozen=True, slots=True)
class Stands:
    """Who is said to stand there, by id or e-mail, and their PIN or password."""

    staff_id: UUID | None
    email: str | None
    pin: str | None
    password: str | None


@dataclass(frozen=True, slots=True)
class Brought:
    """What a call says of another person: their approval, or that they stand there.

    A till that `knows_no_ids` of approvals means the one that was given for just what it repeats.
    """

    approval_id: UUID | None = None
    stands: Stands | None = None
    knows_no_ids: bool = False


NOBODY: Final = Brought()
WHOEVER_ALLOWED: Final = Brought(knows_no_ids=True)


async def consent(
    ports: Ports, caller: Caller, permission: Permission, brought: Brought
) -> Consent:
    """Check who is said to stand there, for somebody who is let in and may do the rest of it.

    A failure is counted as one of theirs. Raises `ApprovalInvalid`, whether the person or the
    secret is wrong, `TooManyAttempts`, `Forbidden` for a key, and what `admit` raises.
    """
    stands = brought.stands
    if stands is None:
        return Consent(brought.approval_id, knows_no_ids=brought.knows_no_ids)
    caller.must_be_a_person()
    person_id, now = stands.staff_id, ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        await admit(tx, caller, permission, now)
        if stands.email is not None:
            person_id = await queries_approvals.who_has(tx, normal_email(stands.email))
    try:
        proven = await prove(
            ports,
            caller.merchant_id,
            person_id or uuid7(now),  # Nobody costs as much time as somebody.
            pin=stands.pin,
            password=stands.password,
        )
    except ProofInvalid:
        raise ApprovalInvalid("The person, or their PIN or password, is wrong.") from None
    return Consent(proven=proven)
