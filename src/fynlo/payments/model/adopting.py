"""Money that was taken without us becomes a transaction of ours, as if its answer had been lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fynlo.kernel.ids import TenderId, TransactionId, derive
from fynlo.kernel.money import Money
from fynlo.payments.model.machines import OperationState, TenderEvent, TenderState
from fynlo.payments.model.transaction import (
    Goal,
    Kind,
    Status,
    Tender,
    TenderType,
    Transaction,
)

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.kernel.ids import OrderId, StaffId
    from fynlo.payments.model.opening import CardRules


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A payment that its provider knows and we do not, and what its transaction derives from."""

    exception_id: UUID
    reference: str
    amount: Money

    @property
    def transaction_id(self) -> TransactionId:
        """The transaction that is made of it: the same for everybody, so that it is made once."""
        return TransactionId(derive(self.exception_id, "transaction"))


def adopt(
    payment: Unmatched,
    order_id: OrderId,
    staff_id: StaffId,
    cards: CardRules,
    now: datetime,
    *,
    wanted_for: timedelta | None,
) -> Transaction:
    """Make a transaction of one card whose charge has no answer: the provider is asked for it.

    Wanted, it reserves its amount for so long and completes like any other. Not wanted, it is given
    up from the beginning and reserves nothing, for there may be nothing left to reserve: money that
    is then found taken is surplus and goes back, and a hold is released.
    """
    is_wanted = wanted_for is not None
    tender = Tender(
        id=TenderId(derive(payment.transaction_id, "tender:0")),
        position=0,
        method="card",
        type=TenderType.CARD,
        state=TenderState.PENDING,
        amount=payment.amount,
        tip=Money(0, payment.amount.currency),
        provider=cards.name,
        provider_account=cards.account,
        return_url=cards.return_url,
        provider_reference=payment.reference,
    ).happen(TenderEvent.LOSE_ANSWER)
    opened = Transaction(
        id=payment.transaction_id,
        order_id=order_id,
        currency=payment.amount.currency,
        goal=Goal.COMPLETE if is_wanted else Goal.CANCEL,
        status=Status.CHECKING if is_wanted else Status.CANCELED,
        tenders=(tender,),
        operations=(),
        drawer_session_id=None,
        staff_id=staff_id,
        started_at=now,
        deadline_at=now + (wanted_for or timedelta(0)),
        completed_at=None if is_wanted else now,
    )
    charge = opened.new_operation(tender, Kind.CHARGE, now, timedelta(0))
    return opened.with_operation(replace(charge, state=OperationState.LOST))
