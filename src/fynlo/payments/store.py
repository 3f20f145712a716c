"""All writing SQL of transactions, tenders and provider operations."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

import msgspec

from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import (
    DrawerSessionId,
    OperationId,
    OrderId,
    StaffId,
    TenderId,
    TransactionId,
)
from fynlo.kernel.money import Currency, Money, currency
from fynlo.payments.model.machines import OperationState, TenderState
from fynlo.payments.model.outcomes import CardFacts
from fynlo.payments.model.transaction import (
    Goal,
    Kind,
    Operation,
    Status,
    Tender,
    TenderType,
    Transaction,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fynlo.kernel.ids import MerchantId
    from fynlo.platform.database import Row, Tx

T = TypeVar("T")

PROVIDER_KEY: Final = "fynlo-{merchant_id}-{operation_id}"


def provider_key(merchant_id: MerchantId, operation_id: OperationId) -> str:
    """Name the key under which the provider recognises a repeat of this operation."""
    return PROVIDER_KEY.format(merchant_id=merchant_id, operation_id=operation_id)


async def find_order_id(tx: Tx, transaction_id: TransactionId) -> OrderId:
    """Find, without a lock, the order that a transaction is for: it never changes."""
    order_id = await tx.fetchval(
        "select order_id from transactions where merchant_id = $1 and id = $2",
        *(tx.merchant_id, transaction_id),
    )
    if order_id is None:
        message = f"There is no transaction {transaction_id}."
        raise NotFound(message)
    return OrderId(order_id)


_TRANSACTION: Final = """
    select t.*,
      (select json_agg(to_jsonb(p) order by p.position) from tenders p
        where p.merchant_id = t.merchant_id and p.transaction_id = t.id)::text as tenders,
      (select json_agg(to_jsonb(o) order by o.created_at, o.id) from operations o
        where o.merchant_id = t.merchant_id and o.transaction_id = t.id)::text as operations
    from transactions t where t.merchant_id = $1 and t.id = $2
"""


async def load(tx: Tx, transaction_id: TransactionId) -> Transaction:
    """Read a whole transaction. To change it, hold its order's lock: that guards all of it."""
    row = await tx.fetchrow(_TRANSACTION, tx.merchant_id, transaction_id)
    if row is None:
        message = f"There is no transaction {transaction_id}."
        raise NotFound(message)
    return transaction(row)


class _TenderRow(msgspec.Struct, frozen=True):
    id: UUID
    position: int
    method: str
    type: TenderType
    state: TenderState
    amount_minor: int
    tip_minor: int
    tendered_minor: int | None
    change_minor: int | None
    reference: str | None
    single_use_reference: bool
    needs_confirmation: bool
    confirmed_by: UUID | None
    provider: str | None
    provider_account: str | None
    return_url: str | None
    provider_reference: str | None
    payment_method_ref: str | None
    exposed: bool
    action_type: str | None
    card_brand: str | None
    card_last4: str | None
    card_wallet: str | None
    decline_code: str | None
    decline_message: str | None


class _OperationRow(msgspec.Struct, frozen=True):
    id: UUID
    tender_id: UUID
    kind: Kind
    attempt: int
    state: OperationState
    amount_minor: int
    first_sent_at: datetime
    lease_until: datetime
    looks: int
    detail: str | None


_tenders: Final = msgspec.json.Decoder(list[_TenderRow])
_operations: Final = msgspec.json.Decoder(list[_OperationRow])


def transaction(row: Row) -> Transaction:
    """Read a transaction from its row, with its tenders and operations as JSON."""
    unit = currency(row["currency"])
    tenders = _tenders.decode(row["tenders"])
    operations = _operations.decode(row["operations"] or "[]")
    return Transaction(
        id=TransactionId(row["id"]),
        order_id=OrderId(row["order_id"]),
        currency=unit,
        goal=Goal(row["goal"]),
        status=Status(row["status"]),
        tenders=tuple(_tender(one, unit) for one in tenders),
        operations=tuple(_operation(one, unit) for one in operations),
        drawer_session_id=_maybe(DrawerSessionId, row["drawer_session_id"]),
        staff_id=StaffId(row["staff_id"]),
        started_at=row["started_at"],
        deadline_at=row["deadline_at"],
        completed_at=row["completed_at"],
        cancel_reason=row["cancel_reason"],
        needs_attention=row["needs_attention"],
    )


def _maybe(make: Callable[[UUID], T], value: UUID | None) -> T | None:
    return None if value is None else make(value)


def _money(minor: int | None, unit: Currency) -> Money | None:
    return None if minor is None else Money(minor, unit)


def _tender(row: _TenderRow, unit: Currency) -> Tender:
    known = row.card_brand or row.card_last4
    return Tender(
        id=TenderId(row.id),
        position=row.position,
        method=row.method,
        type=row.type,
        state=row.state,
        amount=Money(row.amount_minor, unit),
        tip=Money(row.tip_minor, unit),
        tendered=_money(row.tendered_minor, unit),
        change=_money(row.change_minor, unit),
        reference=row.reference,
        single_use_reference=row.single_use_reference,
        needs_confirmation=row.needs_confirmation,
        confirmed_by=_maybe(StaffId, row.confirmed_by),
        provider=row.provider,
        provider_account=row.provider_account,
        return_url=row.return_url,
        provider_reference=row.provider_reference,
        payment_method_ref=row.payment_method_ref,
        exposed=row.exposed,
        action_type=row.action_type,
        card=CardFacts(row.card_brand, row.card_last4, row.card_wallet) if known else None,
        decline_code=row.decline_code,
        decline_message=row.decline_message,
    )


def _operation(row: _OperationRow, unit: Currency) -> Operation:
    return Operation(
        id=OperationId(row.id),
        tender_id=TenderId(row.tender_id),
        kind=row.kind,
        attempt=row.attempt,
        state=row.state,
        amount=Money(row.amount_minor, unit),
        first_sent_at=row.first_sent_at,
        lease_until=row.lease_until,
        looks=row.looks,
        detail=row.detail,
    )


def journal(tx: Tx, opened: Transaction, due_at: datetime | None) -> None:
    """Queue a new transaction with its tenders and operations."""
    tx.write(
        """
        insert into transactions (
          merchant_id, id, order_id, status, goal, currency, amount_minor, tip_minor,
          change_minor, reserved_minor, drawer_session_id, staff_id, started_at, deadline_at,
          completed_at, due_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """,
        *(tx.merchant_id, opened.id, opened.order_id, opened.status, opened.goal),
        *(opened.currency.code, opened.amount.minor, opened.tip.minor, opened.change.minor),
        *(opened.reserved.minor, opened.drawer_session_id, opened.staff_id),
        *(opened.started_at, opened.deadline_at, opened.completed_at, due_at),
    )
    for tender in opened.tenders:
        _insert_tender(tx, opened, tender)
    for operation in opened.operations:
        _insert_operation(tx, opened, operation)


def _insert_tender(tx: Tx, opened: Transaction, tender: Tender) -> None:
    tx.write(
        """
        insert into tenders (
          merchant_id, id, transaction_id, order_id, position, method, type, state, currency,
          amount_minor, tip_minor, tendered_minor, change_minor, reference, single_use_reference,
          needs_confirmation, provider, payment_method_ref, provider_account, return_url,
          provider_reference
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, $20, $21)
        """,
        *(tx.merchant_id, tender.id, opened.id, opened.order_id, tender.position, tender.method),
        *(tender.type, tender.state, tender.amount.currency.code, tender.amount.minor),
        *(tender.tip.minor, tender.tendered and tender.tendered.minor),
        *(tender.change.minor if tender.change is not None else None, tender.reference),
        *(tender.single_use_reference, tender.needs_confirmation, tender.provider),
        *(tender.payment_method_ref, tender.provider_account, tender.return_url),
        tender.provider_reference,
        row=tender.id,
    )


def _insert_operation(tx: Tx, opened: Transaction, operation: Operation) -> None:
    # It names no row of its own: the tender's last call must have ended before this one begins.
    tx.write(
        """
        insert into operations (
          merchant_id, id, transaction_id, tender_id, kind, attempt, state, amount_minor,
          provider_key, first_sent_at, lease_until, created_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10)
        """,
        *(tx.merchant_id, operation.id, opened.id, operation.tender_id, operation.kind),
        *(operation.attempt, operation.state, operation.amount.minor),
        *(provider_key(tx.merchant_id, operation.id), operation.first_sent_at),
        operation.lease_until,
    )


def save(tx: Tx, after: Transaction, *, was: Transaction, due_at: datetime | None) -> None:
    """Queue every difference, compare and swap: a row changes only if it is still what it was."""
    tx.write(
        """
        update transactions
        set status = $4, goal = $5, reserved_minor = $6, completed_at = $7, due_at = $8,
            cancel_reason = $9, needs_attention = $10
        where merchant_id = $1 and id = $2 and status = $3
        """,
        *(tx.merchant_id, after.id, was.status, after.status, after.goal, after.reserved.minor),
        *(after.completed_at, due_at, after.cancel_reason, after.needs_attention),
    )
    for tender in after.tenders:
        before = was.tender(tender.id)
        if tender != before:
            _update_tender(tx, tender, before)
    known = {one.id: one for one in was.operations}
    for operation in after.operations:
        if operation.id not in known:
            _insert_operation(tx, after, operation)
        elif operation != known[operation.id]:
            _update_operation(tx, operation, known[operation.id])


def _update_tender(tx: Tx, after: Tender, before: Tender) -> None:
    card = after.card or CardFacts(None, None, None)
    tx.write(
        """
        update tenders
        set state = $4, provider_reference = $5, exposed = $6, action_type = $7, card_brand = $8,
            card_last4 = $9, card_wallet = $10, decline_code = $11, decline_message = $12,
            confirmed_by = $13
        where merchant_id = $1 and id = $2 and state = $3
        """,
        *(tx.merchant_id, after.id, before.state, after.state, after.provider_reference),
        *(after.exposed, after.action_type, card.brand, card.last4),
        *(card.wallet, after.decline_code, after.decline_message, after.confirmed_by),
        row=after.id,
    )


def _update_operation(tx: Tx, after: Operation, before: Operation) -> None:
    tx.write(
        """
        update operations
        set state = $4, lease_until = $5, looks = $6, detail = $7
        where merchant_id = $1 and id = $2 and state = $3
        """,
        *(tx.merchant_id, after.id, before.state, after.state, after.lease_until, after.looks),
        after.detail,
        row=after.id,
    )


async def take_due(tx: Tx, transaction_id: TransactionId, now: datetime, until: datetime) -> bool:
    """Take a due transaction for oneself until then; False if somebody else has it."""
    return bool(
        await tx.fetchval(
            """
            update transactions set due_at = $4
            where merchant_id = $1 and id = (
              select id from transactions where merchant_id = $1 and id = $2 and due_at <= $3
              for no key update skip locked)
            returning true
            """,
            *(tx.merchant_id, transaction_id, now, until),
        )
    )


def set_due(tx: Tx, transaction_id: TransactionId, due_at: datetime | None) -> None:
    """Queue when somebody must look again, or that nobody must."""
    tx.write(
        "update transactions set due_at = $3 where merchant_id = $1 and id = $2",
        *(tx.merchant_id, transaction_id, due_at),
    )


def put_off(tx: Tx, transaction_id: TransactionId, due_at: datetime) -> None:
    """Queue a later look at a transaction that still needs one."""
    tx.write(
        """
        update transactions set due_at = $3
        where merchant_id = $1 and id = $2 and due_at < $3
        """,
        *(tx.merchant_id, transaction_id, due_at),
        rows=None,
    )


def mark_word(tx: Tx, operation_id: OperationId, detail: str) -> None:
    """Queue whose word an operation's answer is."""
    tx.write(
        "update operations set detail = $3 where merchant_id = $1 and id = $2",
        *(tx.merchant_id, operation_id, detail),
    )


DECLINES_UNTIL_TOLD: Final = 3
"""After how many declines an order is shown to a manager, where no rule says otherwise."""


async def declines(tx: Tx, besides: Transaction) -> tuple[int, int]:
    """Count the order's other declined transactions; and how many are enough to tell a manager."""
    row = await tx.fetchrow(
        """
        select count(*) as others, coalesce(
          (select declines_until_told from decline_rules where merchant_id = $1), $4) as enough
        from transactions
        where merchant_id = $1 and order_id = $2 and id <> $3 and status = 'declined'
        """,
        *(tx.merchant_id, besides.order_id, besides.id, DECLINES_UNTIL_TOLD),
    )
    assert row is not None
    return row["others"], row["enough"]
