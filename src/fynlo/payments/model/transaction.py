"""A transaction: several tenders for one order, with one answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from fynlo.kernel.ids import OperationId, derive
from fynlo.kernel.money import Money, total
from fynlo.payments.model.machines import (
    OPERATION,
    TENDER,
    OperationEvent,
    OperationState,
    TenderEvent,
    TenderState,
)
from fynlo.payments.model.outcomes import (
    NOT_CARRIED_OUT,
    ActionRequired,
    AnswerLost,
    Approved,
    Burned,
    CardFacts,
    Declined,
    Found,
    Standing,
)

if TYPE_CHECKING:
    from fynlo.kernel.ids import DrawerSessionId, OrderId, StaffId, TenderId, TransactionId
    from fynlo.kernel.money import Currency

KEY_LIFETIME: Final = timedelta(hours=23)
"""How long we trust the provider to remember a key (it promises 24 h)."""


class TenderType(StrEnum):
    """How a tender's money is moved, whatever the merchant calls the method."""

    CASH = "cash"
    CARD = "card"
    MANUAL = "manual"


class Kind(StrEnum):
    """What a provider operation does."""

    CHARGE = "charge"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class Goal(StrEnum):
    """What everybody is working towards: to complete the transaction, or to undo it, and why."""

    COMPLETE = "complete"
    DECLINE = "decline"
    CANCEL = "cancel"
    EXPIRE = "expire"


class Status(StrEnum):
    """The one answer of a transaction (`docs/reference/api.md`, Transactions)."""

    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    CHECKING = "checking"
    COMPLETED = "completed"
    DECLINED = "declined"
    CANCELED = "canceled"
    EXPIRED = "expired"
    NEEDS_ATTENTION = "needs_attention"


DECLINE_NOTED: Final = "payment declined"
"""How a line of an order's history begins that tells of a declined transaction."""
FINAL: Final = frozenset({Status.COMPLETED, Status.DECLINED, Status.CANCELED, Status.EXPIRED})


@dataclass(frozen=True, slots=True)
class Operation:
    """One provider call of one tender, journaled before it is made and never deleted."""

    id: OperationId
    tender_id: TenderId
    kind: Kind
    attempt: int
    state: OperationState
    amount: Money  # What the provider is asked for: the tender's amount and its tip.
    first_sent_at: datetime
    lease_until: datetime
    looks: int = 0
    detail: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether its answer is still owed to us."""
        return self.state in {OperationState.SENT, OperationState.LOST}

    @property
    def may_take(self) -> bool:
        """Whether its answer, once known, could be that money was taken."""
        return self.is_live and self.kind in {Kind.CHARGE, Kind.CAPTURE}

    def settle(self, outcome: Found) -> Operation:
        """Record what was said of this very call."""
        event, detail = _operation_event(self.kind, outcome)
        return replace(self, state=OPERATION.next(self.state, event), detail=detail)


def _operation_event(kind: Kind, outcome: Found) -> tuple[OperationEvent, str | None]:
    match outcome:
        case Approved(_, standing) if kind in _GOES_FOR and standing not in _GOES_FOR[kind]:
            # The money stands elsewhere, so this call was not carried out, or came too late.
            return OperationEvent.DECLINE, standing
        case Approved():
            return OperationEvent.APPROVE, None
        case Declined(_, code, _):
            return OperationEvent.DECLINE, code
        case ActionRequired():
            return OperationEvent.ACT, None
        case AnswerLost(reason=reason):
            return OperationEvent.LOSE, reason
        case Burned():
            return OperationEvent.BURN, None
    assert_never(outcome)


_GOES_FOR: Final = {
    Kind.CAPTURE: {Standing.CAPTURED, Standing.RETURNED},
    Kind.VOID: {Standing.RELEASED},
    Kind.REFUND: {Standing.RETURNED},
}
"""Where the money stands once such a call was carried out; the first calls may find it anywhere."""

_STANDING_EVENT: Final = {
    Standing.HELD: TenderEvent.AUTHORIZE,
    Standing.CAPTURED: TenderEvent.CAPTURE,
    Standing.RELEASED: TenderEvent.VOID,
    Standing.RETURNED: TenderEvent.REFUND,
}


@dataclass(frozen=True, slots=True)
class Tender:
    """One way of paying, for one part of the order. On the wire it is called a payment."""

    id: TenderId
    position: int
    method: str
    type: TenderType
    state: TenderState
    amount: Money
    tip: Money
    tendered: Money | None = None
    change: Money | None = None
    reference: str | None = None
    single_use_reference: bool = False
    needs_confirmation: bool = False
    confirmed_by: StaffId | None = None
    provider: str | None = None
    provider_account: str | None = None  # Whose key its calls are made with, by a mark of it.
    return_url: str | None = None  # Where its customer comes back to from the bank; None: in-app.
    provider_reference: str | None = None
    payment_method_ref: str | None = None
    exposed: bool = False  # The customer's device was given the means to pay by itself.
    action_type: str | None = None
    card: CardFacts | None = None
    decline_code: str | None = None
    decline_message: str | None = None

    @property
    def asked(self) -> Money:
        """What the provider is asked for: the amount and the tip."""
        return self.amount + self.tip

    @property
    def is_provided(self) -> bool:
        """Whether a provider moves its money."""
        return self.type is TenderType.CARD

    @property
    def awaits_confirmation(self) -> bool:
        """Whether a person must still say that the money is there."""
        return self.needs_confirmation and self.confirmed_by is None

    def happen(self, event: TenderEvent) -> Tender:
        """Follow the table by one event."""
        return replace(self, state=TENDER.next(self.state, event))

    def settle(self, outcome: Found) -> Tender:
        """Record what the provider said of this tender's money."""
        match outcome:
            case Approved(reference, standing, _, card):
                return replace(
                    self.happen(_STANDING_EVENT[standing]),
                    provider_reference=reference,
                    card=card or self.card,
                )
            case Declined(reference, code, message):
                after = self.happen(TenderEvent.DECLINE)
                if after.state is not TenderState.DECLINED:
                    return after
                return replace(
                    after,
                    provider_reference=reference or self.provider_reference,
                    decline_code=code,
                    decline_message=message,
                )
            case ActionRequired(reference, action_type):
                return replace(
                    self.happen(TenderEvent.REQUIRE_ACTION),
                    provider_reference=reference,
                    exposed=True,
                    action_type=action_type,
                )
            case AnswerLost():
                return self.happen(TenderEvent.LOSE_ANSWER)
            case Burned():
                return replace(
                    self.happen(TenderEvent.VOID),
                    decline_code=NOT_CARRIED_OUT.code,
                    decline_message=NOT_CARRIED_OUT.message,
                )
        assert_never(outcome)


@dataclass(frozen=True, slots=True)
class Transaction:
    """All tenders of one answer, with every operation journaled for them."""

    id: TransactionId
    order_id: OrderId
    currency: Currency
    goal: Goal
    status: Status
    tenders: tuple[Tender, ...]
    operations: tuple[Operation, ...]
    drawer_session_id: DrawerSessionId | None
    staff_id: StaffId
    started_at: datetime
    deadline_at: datetime
    completed_at: datetime | None = None
    cancel_reason: str | None = None
    needs_attention: bool = False

    @property
    def amount(self) -> Money:
        """What goes towards the order: every tender's amount, tips apart."""
        return total((tender.amount for tender in self.tenders), self.currency)

    @property
    def tip(self) -> Money:
        """All tips."""
        return total((tender.tip for tender in self.tenders), self.currency)

    @property
    def change(self) -> Money:
        """What goes back to the customer from the drawer once it is completed."""
        return total((t.change for t in self.tenders if t.change is not None), self.currency)

    @property
    def cash_tendered(self) -> Money:
        """The cash that lies beside the drawer until it is decided."""
        return total((t.tendered for t in self.tenders if t.tendered is not None), self.currency)

    @property
    def reserved(self) -> Money:
        """What it keeps from being paid by anybody else, as long as it is not decided."""
        return Money(0, self.currency) if self.status in FINAL else self.amount

    def tender(self, tender_id: TenderId) -> Tender:
        """Return one of its tenders."""
        return next(tender for tender in self.tenders if tender.id == tender_id)

    def operation(self, operation_id: OperationId) -> Operation:
        """Return one of its operations."""
        return next(one for one in self.operations if one.id == operation_id)

    def live_operation(self, tender_id: TenderId) -> Operation | None:
        """Return the tender's call whose answer is owed; there is at most one."""
        live = [one for one in self.operations if one.tender_id == tender_id and one.is_live]
        assert len(live) <= 1
        return live[0] if live else None

    def with_tender(self, tender: Tender) -> Transaction:
        """Replace one tender."""
        return replace(
            self, tenders=tuple(tender if t.id == tender.id else t for t in self.tenders)
        )

    def with_operation(self, operation: Operation) -> Transaction:
        """Replace or add one operation."""
        others = tuple(one for one in self.operations if one.id != operation.id)
        return replace(self, operations=(*others, operation))

    def new_operation(
        self, tender: Tender, kind: Kind, now: datetime, lease: timedelta
    ) -> Operation:
        """Plan a call; its id, and so its provider key, follows from tender, kind and attempt."""
        attempt = sum(one.tender_id == tender.id and one.kind is kind for one in self.operations)
        return Operation(
            id=OperationId(derive(tender.id, f"{kind}:{attempt}")),
            tender_id=tender.id,
            kind=kind,
            attempt=attempt,
            state=OperationState.SENT,
            amount=tender.asked,
            first_sent_at=now,
            lease_until=now + lease,
        )
