"""What a person or a till reads of payments: lists, methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fynlo.payments import store, store_methods

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import OrderId
    from fynlo.payments.model.methods import Method
    from fynlo.payments.model.transaction import Transaction
    from fynlo.platform.database import Tx


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """Which transactions to list; `before` is the place after which the page starts."""

    order_id: UUID | None = None
    status: str | None = None
    method: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, UUID] | None = None


async def transactions(
    tx: Tx, wanted: TransactionFilter, limit: int
) -> list[tuple[Transaction, int]]:
    """List transactions, newest first, each with the minor units its order still needs."""
    since_at, since_id = wanted.before or (None, None)
    rows = await tx.fetch(
        """
        select t.*,
          (select json_agg(to_jsonb(p) order by p.position) from tenders p
            where p.merchant_id = t.merchant_id and p.transaction_id = t.id)::text as tenders,
          (select json_agg(to_jsonb(q) order by q.created_at, q.id) from operations q
            where q.merchant_id = t.merchant_id and q.transaction_id = t.id)::text as operations,
          greatest(0, case when o.payment_state in ('unpaid', 'partially_paid')
            then o.total_minor - o.paid_minor + o.refunded_before_paid_minor - o.reserved_minor
            else 0 end) as due_minor
        from transactions t
        join orders o on o.merchant_id = t.merchant_id and o.id = t.order_id
        where t.merchant_id = $1
          and ($2::uuid is null or t.order_id = $2)
          and ($3::text is null or $3 = case
            when t.needs_attention then 'needs_attention' else t.status end)
          and ($4::text is null or exists (
            select from tenders m
            where m.merchant_id = t.merchant_id and m.transaction_id = t.id and m.method = $4))
          and ($5::timestamptz is null or t.started_at >= $5)
          and ($6::timestamptz is null or t.started_at < $6)
          and ($7::timestamptz is null or (t.started_at, t.id) < ($7, $8::uuid))
        order by t.started_at desc, t.id desc
        limit $9
        """,
        *(tx.merchant_id, wanted.order_id, wanted.status, wanted.method),
        *(wanted.since, wanted.until, since_at, since_id, limit),
    )
    return [(store.transaction(row), row["due_minor"]) for row in rows]


async def methods(tx: Tx, *, enabled: bool | None) -> list[Method]:
    """List the merchant's payment methods, by name."""
    rows: list[Any] = await tx.fetch(
        """
        select * from payment_methods
        where merchant_id = $1 and ($2::boolean is null or enabled = $2)
        order by name, id
        """,
        *(tx.merchant_id, enabled),
    )
    return [store_methods.method(row) for row in rows]


async def of_order(
    tx: Tx, order_id: OrderId, limit: int
) -> list[tuple[Transaction, datetime | None]]:
    """List an order's latest transactions, oldest first, each with when somebody looks again.

    What is still open is among them, however old it is.
    """
    rows = await tx.fetch(
        """
        select t.*,
          (select json_agg(to_jsonb(p) order by p.position) from tenders p
            where p.merchant_id = t.merchant_id and p.transaction_id = t.id)::text as tenders,
          (select json_agg(to_jsonb(q) order by q.created_at, q.id) from operations q
            where q.merchant_id = t.merchant_id and q.transaction_id = t.id)::text as operations
        from (
          select * from transactions where merchant_id = $1 and order_id = $2
          order by due_at is null, started_at desc, id desc limit $3
        ) t
        order by t.started_at, t.completed_at, t.id
        """,
        *(tx.merchant_id, order_id, limit),
    )
    return [(store.transaction(row), row["due_at"]) for row in rows]
