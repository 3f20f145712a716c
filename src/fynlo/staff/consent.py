"""Read what a call brings of another person, before anything is locked for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.staff import queries_approvals
from fynlo.staff.approvals import ApprovalInvalid
from fynlo.staff.model import ProofInvalid, normal_email
from fynlo.staff.prove import prove

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.kernel.ids import MerchantId
    from fynlo.platform.ports import Ports
    from fynlo.staff.prove import Proven


@dataclass(frozen=True, slots=True)
class Consent:
    """What a call brings of another person: their approval, or proof that they are there."""

    approval_id: UUID | None = None
    proven: Proven | None = None


@dataclass(frozen=True, slots=True)
class Stands:
    """Who is said to stand there, by id or e-mail, and their PIN or password."""

    staff_id: UUID | None
    email: str | None
    pin: str | None
    password: str | None


@dataclass(frozen=True, slots=True)
class Brought:
    """What a call says of another person: their approval, or that they stand there."""

    approval_id: UUID | None = None
    stands: Stands | None = None


NOBODY: Final = Brought()


async def consent(ports: Ports, merchant_id: MerchantId, brought: Brought) -> Consent:
    """Check who is said to stand there; a failure is counted as one of theirs to sign in.

    Raises `ApprovalInvalid`, whether the person or the secret is wrong, and `TooManyAttempts`.
    """
    stands = brought.stands
    if stands is None:
        return Consent(brought.approval_id)
    person_id = stands.staff_id
    if person_id is None:
        assert stands.email is not None, "The wire asks for one of them."
        email = normal_email(stands.email)
        async with ports.db.transaction(merchant_id) as tx:
            person_id = await queries_approvals.who_has(tx, email)
    if person_id is None:
        raise ApprovalInvalid("The person, or their PIN or password, is wrong.")
    try:
        proven = await prove(
            ports, merchant_id, person_id, pin=stands.pin, password=stands.password
        )
    except ProofInvalid:
        raise ApprovalInvalid("The person, or their PIN or password, is wrong.") from None
    return Consent(proven=proven)
