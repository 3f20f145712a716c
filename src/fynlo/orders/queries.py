"""What people and tills read of orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.orders.store import order

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import OrderId
    from fynlo.orders.model import Order
    from fynlo.platform.database import Row, Tx


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list, and after which moment and id the page starts."""

    state: str | None = None
    location_id: UUID | None = None
    table: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, UUID] | None = None


async def lines(tx: Tx, order_id: OrderId) -> list[Row]:
    """Read an order's lines in their order."""
    return await tx.fetch(
        "select * from order_lines where merchant_id = $1 and order_id = $2 order by position",
        *(tx.merchant_id, order_id),
    )


async def history(tx: Tx, order_id: OrderId) -> list[Row]:
    """Read an order's latest fifty changes, oldest first."""
    rows = await tx.fetch(
        """
        select * from order_history where merchant_id = $1 and order_id = $2
        order by at desc, id desc limit 50
        """,
        *(tx.merchant_id, order_id),
    )
    return rows[::-1]


async def orders(tx: Tx, wanted: OrderFilter, limit: int) -> list[Order]:
    """List orders, newest first. The state is a word for three columns: the table is here again."""
    before_at, before_id = wanted.before or (None, None)
    rows = await tx.fetch(
        """
        select * from (
          select o.*, case
            when stage = 'closed' then 'done'
            when stage <> 'validated' then stage
            when payment_state = 'unpaid' then 'validated'
            when payment_state = 'partially_paid' then 'partially_paid'
            when kitchen_state in ('none', 'sent') then 'paid'
            when kitchen_state = 'served' then 'done'
            else kitchen_state end as state
          from orders o where merchant_id = $1
        ) o
        where ($2::text is null or state = $2)
          and ($3::uuid is null or location_id = $3)
          and ($4::text is null or table_name = $4)
          and ($5::timestamptz is null or created_at >= $5)
          and ($6::timestamptz is null or created_at < $6)
          and ($7::timestamptz is null or (created_at, id) < ($7, $8::uuid))
        order by created_at desc, id desc
        limit $9
        """,
        *(tx.merchant_id, wanted.state, wanted.location_id, wanted.table),
        *(wanted.since, wanted.until, before_at, before_id, limit),
    )
    return [order(row) for row in rows]
