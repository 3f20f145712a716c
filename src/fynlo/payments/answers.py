"""What a transaction looks like on the wire, and the final answer that every repeat gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo.kernel.errors import Retry
from fynlo.kernel.money import Money, total
from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.transaction import FINAL, Status, TenderType
from fynlo.platform.commands import Answer
from fynlo.platform.problems import Known, problem_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fynlo.kernel.ids import TenderId
    from fynlo.payments.model.outcomes import NextAction
    from fynlo.payments.model.transaction import Tender, Transaction


class CardOut(msgspec.Struct, frozen=True):
    """What a receipt shows of a card."""

    brand: str | None
    last4: str | None
    wallet: str | None


class NextActionOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the customer must do; how is read from the provider, for this answer only."""

    type: str
    client_secret: str | None = None
    redirect_url: str | None = None


class DeclineOut(msgspec.Struct, frozen=True):
    """Why the card was refused, in words that are safe to say aloud."""

    code: str
    message: str


class PaymentOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """One tender; amounts in minor units of the transaction's currency."""

    id: UUID
    method: str
    amount: int
    tip: int
    status: TenderState
    reference: str | None
    tendered: int | None = None
    change: int | None = None
    card: CardOut | None = None
    provider: str | None = None
    provider_reference: str | None = None
    next_action: NextActionOut | None = None
    decline: DeclineOut | None = None


class TransactionOut(msgspec.Struct, frozen=True):
    """Several tenders for one order, and their one answer; amounts in minor units."""

    id: UUID
    order_id: UUID
    status: Status
    currency: str
    total_amount: int
    tip_amount: int
    change_amount: int
    cash_to_return: int
    amount_due: int
    payments: list[PaymentOut]
    started_at: datetime
    completed_at: datetime | None


class TransactionAnswer(msgspec.Struct, frozen=True):
    """The answer of every call about one transaction."""

    transaction: TransactionOut


HTTP_STATUS: Final = {
    Status.COMPLETED: 200,
    Status.CANCELED: 200,
    Status.EXPIRED: 200,
    Status.REQUIRES_ACTION: 202,
    Status.PROCESSING: 202,
    Status.CHECKING: 202,
    Status.NEEDS_ATTENTION: 202,
    Status.DECLINED: 402,
}
assert set(HTTP_STATUS) == set(Status)

DECLINED: Final = Known("payment-declined", 402, "The payment was declined.", Retry.NEW_KEY)

_UNDONE: Final = frozenset({Status.DECLINED, Status.CANCELED, Status.EXPIRED})


def transaction_out(
    transaction: Transaction,
    amount_due: Money,
    actions: Mapping[TenderId, NextAction] | None = None,
) -> TransactionOut:
    """Show a transaction as it stands; `amount_due` is what its order still needs."""
    completed = transaction.status is Status.COMPLETED
    undone = transaction.status in _UNDONE
    return TransactionOut(
        id=transaction.id,
        order_id=transaction.order_id,
        status=public_status(transaction),
        currency=transaction.currency.code,
        total_amount=transaction.amount.minor,
        tip_amount=transaction.tip.minor,
        change_amount=transaction.change.minor if completed else 0,
        cash_to_return=_cash(transaction) if undone else 0,
        amount_due=amount_due.minor,
        payments=[_payment(transaction, one, actions or {}) for one in transaction.tenders],
        started_at=transaction.started_at,
        completed_at=transaction.completed_at,
    )


def public_status(transaction: Transaction) -> Status:
    """Return the status, or that a person is needed although the till has its answer."""
    return Status.NEEDS_ATTENTION if transaction.needs_attention else transaction.status


def _cash(transaction: Transaction) -> int:
    cash = (
        tender.tendered
        for tender in transaction.tenders
        if tender.type is TenderType.CASH and tender.tendered is not None
    )
    return total(cash, transaction.currency).minor


def _payment(
    transaction: Transaction, tender: Tender, actions: Mapping[TenderId, NextAction]
) -> PaymentOut:
    # Change is given once all of it stands, and not before.
    change = tender.change if transaction.status is Status.COMPLETED else None
    return PaymentOut(
        id=tender.id,
        method=tender.method,
        amount=tender.amount.minor,
        tip=tender.tip.minor,
        status=tender.state,
        reference=tender.reference,
        tendered=None if tender.tendered is None else tender.tendered.minor,
        change=None if change is None else change.minor,
        card=CardOut(tender.card.brand, tender.card.last4, tender.card.wallet)
        if tender.card
        else None,
        provider=tender.provider,
        provider_reference=tender.provider_reference,
        next_action=_next_action(tender, actions.get(tender.id)),
        decline=DeclineOut(tender.decline_code, tender.decline_message or "")
        if tender.decline_code
        else None,
    )


def _next_action(tender: Tender, known: NextAction | None) -> NextActionOut | None:
    if tender.state != "requires_action" or tender.action_type is None:
        return None
    if known is None:
        return NextActionOut(tender.action_type)
    return NextActionOut(tender.action_type, known.client_secret, known.redirect_url)


def answer(
    transaction: Transaction,
    amount_due: Money,
    actions: Mapping[TenderId, NextAction] | None = None,
    *,
    is_replay: bool = False,
) -> Answer:
    """Tell a caller where the transaction stands: 200, 202, or the 402 problem."""
    shown = transaction_out(transaction, amount_due, actions)
    status = HTTP_STATUS[transaction.status]
    if transaction.status is not Status.DECLINED:
        return Answer(status, msgspec.json.encode(TransactionAnswer(shown)), is_replay)
    body = problem_body(
        code=DECLINED.code,
        title=DECLINED.title,
        status=DECLINED.status,
        detail="Nothing was taken. The order can be paid again, under a new key.",
        retry=DECLINED.retry,
        facts={"transaction": shown},
    )
    return Answer(status, msgspec.json.encode(body), is_replay)


def final(transaction: Transaction, amount_due: Money) -> Answer:
    """Tell the final answer; it is stored, so nothing secret can be in it."""
    assert transaction.status in FINAL
    # That a person must see to its loose ends is no part of the till's answer, and passes.
    return answer(replace(transaction, needs_attention=False), amount_due)
