"""What an explanation looks like on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from fynlo.insight.model.evidence import Source
from fynlo.orders.model import PaymentState, State

if TYPE_CHECKING:
    from fynlo.insight.explain import Explanation
    from fynlo.insight.model.evidence import Evidence
    from fynlo.insight.model.facts import Story


class PersonOut(msgspec.Struct, frozen=True):
    """Somebody of the shop."""

    id: UUID
    name: str


class NextOut(msgspec.Struct, frozen=True):
    """What happens next, or what somebody does next; and when, if that is known."""

    what: str
    at: datetime | None


class EvidenceOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is on record; `amount` in minor units of the order's currency."""

    at: datetime
    source: Source
    what: str
    says: str
    transaction_id: UUID | None = None
    payment_id: UUID | None = None
    amount: int | None = None
    by: PersonOut | None = None
    reference: str | None = None
    detail: dict[str, Any] | None = None


class ExplanationOut(msgspec.Struct, frozen=True):
    """Why an order is (not) paid, with the evidence; amounts in minor units of `currency`."""

    order_id: UUID
    number: int
    state: State
    payment_state: PaymentState
    currency: str
    total: int
    amount_paid: int
    amount_reserved: int
    amount_due: int
    verdict: str
    next: NextOut | None
    evidence: list[EvidenceOut]
    evidence_cut: bool


def explanation_out(found: Explanation) -> ExplanationOut:
    """Show an explanation."""
    order, then = found.story.order, found.verdict.then
    return ExplanationOut(
        order_id=order.id,
        number=order.number,
        state=order.state,
        payment_state=order.payment_state,
        currency=order.currency.code,
        total=order.total.minor,
        amount_paid=order.paid.minor,
        amount_reserved=order.reserved.minor,
        amount_due=order.outstanding.minor,
        verdict=found.verdict.says,
        next=None if then is None else NextOut(then.what, then.at),
        evidence=[_evidence(found.story, one) for one in found.evidence],
        evidence_cut=found.is_cut,
    )


def _evidence(story: Story, one: Evidence) -> EvidenceOut:
    return EvidenceOut(
        at=one.at,
        source=one.source,
        what=one.what,
        says=one.says,
        transaction_id=one.transaction_id,
        payment_id=one.payment_id,
        amount=None if one.amount is None else one.amount.minor,
        by=None if one.by is None else PersonOut(one.by, story.name(one.by)),
        reference=one.reference,
        detail=None if one.detail is None else dict(one.detail),
    )
