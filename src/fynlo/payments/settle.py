"""Record what a provider said. The request, the notification and the resolver all end here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo import drawers, ledger, orders
from fynlo.drawers import Movement
from fynlo.kernel.ids import CauseId
from fynlo.ledger import recipes
from fynlo.payments import announce, answers, store, store_exceptions
from fynlo.payments.model.hear import hear, hear_of
from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.plan import Decision, decide, due_at, has_loose_ends
from fynlo.payments.model.transaction import FINAL, Status, TenderType
from fynlo.payments.note_decline import note_decline
from fynlo.platform import commands, outbox
from fynlo.platform.telemetry import log

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from fynlo.drawers import DrawerSession
    from fynlo.kernel.ids import OperationId, OrderId, TransactionId
    from fynlo.kernel.money import Money
    from fynlo.ledger import Entry
    from fynlo.orders import Order
    from fynlo.payments.model.hear import Heard
    from fynlo.payments.model.outcomes import Found
    from fynlo.payments.model.transaction import Operation, Tender, Transaction
    from fynlo.platform.clock import Clock
    from fynlo.platform.commands import Answer
    from fynlo.platform.database import Tx


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said of one operation: by the answer to its call, or to somebody who looked.

    `seen` is the operation as it was when a look began.
    """

    operation_id: OperationId
    found: Found
    seen: Operation | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """Where the transaction stands after the commit, and what must be sent next."""

    decision: Decision
    order: Order
    answer: Answer | None = None
    """The final answer, if this very commit kept it: every repeat gets its bytes."""

    @property
    def transaction(self) -> Transaction:
        """The transaction as committed."""
        return self.decision.transaction


async def settle(
    tx: Tx,
    order_id: OrderId,
    transaction_id: TransactionId,
    replies: Sequence[Reply],
    *,
    clock: Clock,
    lease: timedelta,
) -> Settled:
    """Record replies and everything that follows from them, in one commit.

    Saying the same twice, by two roads, changes nothing. A crash before the commit leaves the
    operations journaled; the resolver asks again under the same keys.
    """
    order = await orders.lock(tx, order_id)
    now = clock.now()
    before = await store.load(tx, transaction_id)
    after = before
    for reply in replies:
        heard = (
            hear(after, reply.operation_id, reply.found)
            if reply.seen is None
            else hear_of(after, reply.seen, reply.found)
        )
        after = heard.transaction
        if heard.oddity is not None:
            _tell_a_person(tx, heard, now)
    return await record(tx, order, before, decide(after, now, lease), now)


def _tell_a_person(tx: Tx, heard: Heard, now: datetime) -> None:
    assert heard.oddity is not None
    about = heard.transaction
    log.error("odd answer", oddity=heard.oddity, transaction_id=str(about.id), detail=heard.detail)
    detail: dict[str, object] = {"detail": heard.detail}
    store_exceptions.open_about(tx, about, heard.oddity, detail, now, tender_id=heard.tender_id)


async def record(
    tx: Tx, order: Order, before: Transaction, decision: Decision, now: datetime
) -> Settled:
    """Write the difference between two states of a transaction: money, order, drawer, events."""
    after = decision.transaction
    if after == before:
        # Nothing can be done now: whoever waits behind it is not kept waiting.
        store.set_due(tx, after.id, due_at(after, now))
        return Settled(decision, order)
    store.save(tx, after, was=before, due_at=due_at(after, now))
    if after.needs_attention and not before.needs_attention:
        store_exceptions.open_about(tx, after, "unresolved", _unanswered(after, order), now)
    if before.needs_attention and not after.needs_attention:
        store_exceptions.close_about(tx, after, "unresolved", now)
    session = await _lock_drawer(tx, before, after)
    return await book(tx, Held(order, session), before, decision, now)


@dataclass(frozen=True, slots=True)
class Held:
    """What is locked besides the transaction, in this order: the order, then the drawer session."""

    order: Order
    session: DrawerSession | None


async def _lock_drawer(tx: Tx, before: Transaction, after: Transaction) -> DrawerSession | None:
    """Lock the drawer session only if its cash is decided now."""
    if not after.cash_tendered or after.status not in FINAL or before.status in FINAL:
        return None
    return await drawers.lock_open(tx, session_id=after.drawer_session_id, register_id=None)


async def book(
    tx: Tx, held: Held, before: Transaction | None, decision: Decision, now: datetime
) -> Settled:
    """Book what changed on the order, the drawer and the ledger, and keep the final answer.

    `before` is None for a transaction that is journaled by this very commit.
    """
    after = decision.transaction
    is_now_final = after.status in FINAL and (before is None or before.status not in FINAL)
    is_now_completed = is_now_final and after.status is Status.COMPLETED
    if before is not None:  # The provider has been asked nothing before the journal's commit.
        await _book_cards(tx, before, after, now)
    order = held.order.reserve(after.reserved)
    if before is not None:
        order = order.release(before.reserved)
    if is_now_completed:
        order = order.receive(after.amount, after.tip, now)
        _book_completion(tx, after, order, now)
        _book_sale(tx, held.order, order, now)
    await orders.save(tx, order, was=held.order, now=now, by=after.staff_id)
    if is_now_final and after.status is Status.DECLINED:
        await note_decline(tx, order, after, now)
    if held.session is not None and (before is None or is_now_final):
        _move_cash(tx, held.session, before, after, now)
    answer = None
    if after.status in FINAL and not has_loose_ends(after):
        # While holds are being released, whoever first tells the answer keeps it.
        answer = answers.final(after, order.outstanding)
        commands.finish(tx, after.id, answer, may_be_finished=not is_now_final)
    outbox.append(tx, now, *announce.changes(before, after, order))
    return Settled(decision, order, answer if is_now_final else None)


async def _book_cards(tx: Tx, before: Transaction, after: Transaction, now: datetime) -> None:
    """Book what the provider took or returned, when it says so."""
    for tender in after.tenders:
        was = before.tender(tender.id).state
        if not tender.is_provided or was is tender.state:
            continue
        is_late = before.status in FINAL
        if tender.state is TenderState.CAPTURED:
            _book_taken(tx, after, tender, now, is_late=is_late)
        elif tender.state is TenderState.REFUNDED:
            if was is TenderState.CAPTURED:
                is_late = await ledger.is_booked(tx, _surplus(tender))
            else:  # It was taken, and we never heard of it.
                _book_taken(tx, after, tender, now, is_late=is_late)
            _book_returned(tx, after, tender, now, is_late=is_late)


def _surplus(tender: Tender) -> Entry:
    return recipes.surplus_taken(CauseId(tender.id), tender.asked)


def _book_taken(
    tx: Tx, transaction: Transaction, tender: Tender, now: datetime, *, is_late: bool
) -> None:
    """Book it towards its order, or as surplus if the till was told that nothing was taken."""
    if is_late:
        entry = _surplus(tender)
        detail: dict[str, object] = {"amount": tender.asked.minor}
        store_exceptions.open_about(tx, transaction, "surplus", detail, now, tender_id=tender.id)
    else:
        entry = recipes.card_taken(CauseId(tender.id), tender.amount, tender.tip)
    ledger.post(tx, entry, now=now, order_id=transaction.order_id)


def _book_returned(
    tx: Tx, transaction: Transaction, tender: Tender, now: datetime, *, is_late: bool
) -> None:
    cause = CauseId(tender.id)
    entry = (
        recipes.surplus_returned(cause, tender.asked)
        if is_late
        else recipes.card_returned(cause, tender.amount, tender.tip)
    )
    ledger.post(tx, entry, now=now, order_id=transaction.order_id)


def _book_completion(tx: Tx, transaction: Transaction, order: Order, now: datetime) -> None:
    """Book cash and the like, which are taken only now that everything stands."""
    for tender in transaction.tenders:
        cause = CauseId(tender.id)
        if tender.type is TenderType.CASH:
            session_id = transaction.drawer_session_id
            assert session_id is not None
            entry = recipes.cash_taken(cause, session_id, tender.amount, tender.tip)
            ledger.post(tx, entry, now=now, order_id=order.id)
        elif tender.type is TenderType.MANUAL:
            entry = recipes.other_taken(cause, tender.method, tender.amount, tender.tip)
            ledger.post(tx, entry, now=now, order_id=order.id)


def _book_sale(tx: Tx, was: Order, order: Order, now: datetime) -> None:
    """Book the sale itself once the order is paid in full."""
    if order.is_paid and not was.is_paid:
        entry = recipes.order_paid(CauseId(order.id), order.sales, order.tax_by_rate)
        ledger.post(tx, entry, now=now, order_id=order.id)


def _move_cash(
    tx: Tx, was: DrawerSession, before: Transaction | None, after: Transaction, now: datetime
) -> None:
    """Lay cash beside the drawer, put it in, or let the cashier give it back."""
    session = was
    movements: list[Movement] = []
    if after.status not in FINAL:
        session = session.hold(after.cash_tendered)
    elif before is not None:
        session = session.release(after.cash_tendered)
    if after.status is Status.COMPLETED:
        for tender in after.tenders:
            if tender.type is TenderType.CASH:
                session = session.take(_known(tender.tendered), _known(tender.change))
                movements += _cash_movements(after, tender)
    drawers.save(tx, session, was=was, now=now, by=after.staff_id, movements=movements)


def _cash_movements(transaction: Transaction, tender: Tender) -> list[Movement]:
    both = (("tendered", _known(tender.tendered)), ("change", _known(tender.change)))
    return [
        Movement(kind, amount, transaction.order_id, tender.id) for kind, amount in both if amount
    ]


def _known(amount: Money | None) -> Money:
    assert amount is not None
    return amount


def _unanswered(transaction: Transaction, order: Order) -> dict[str, object]:
    """Tell a person what is unfinished, by the names under which the provider shows it."""
    return {
        "order_number": order.number,
        "business_day": order.business_day.isoformat(),
        "status": transaction.status,
        "goal": transaction.goal,
        "currency": transaction.currency.code,
        "total_amount": transaction.amount.minor,
        "payments": [
            {
                "id": str(tender.id),
                "method": tender.method,
                "status": tender.state,
                "amount": tender.amount.minor,
                "tip": tender.tip.minor,
                "provider": tender.provider,
                "provider_reference": tender.provider_reference,
            }
            for tender in transaction.tenders
        ],
        "operations": [
            {
                "id": str(one.id),
                "payment_id": str(one.tender_id),
                "kind": one.kind,
                "attempt": one.attempt,
                "amount": one.amount.minor,
                "looks": one.looks,
                "first_sent_at": one.first_sent_at,
                "last_word": one.detail,
            }
            for one in transaction.operations
            if one.is_live or one.attempt > 0
        ],
    }
