"""What an order looks like on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from fynlo.orders import queries, store
from fynlo.orders.pricing import show_quantity

if TYPE_CHECKING:
    from fynlo.kernel.ids import OrderId
    from fynlo.orders.model import Order
    from fynlo.platform.database import Row, Tx


class LineOut(msgspec.Struct, frozen=True):
    """One line; amounts in minor units, `total` with its tax."""

    id: UUID
    product_id: UUID
    name: str
    quantity: int | str
    unit_price: int
    modifiers: list[Any]
    discount: None
    tax: int
    total: int
    note: str | None


class HistoryOut(msgspec.Struct, frozen=True):
    """One change of state, and who made it."""

    from_: str | None = msgspec.field(name="from")
    to: str
    at: datetime
    by: UUID | None
    reason: str | None


class OrderOut(msgspec.Struct, frozen=True):
    """An order; amounts in minor units of `currency`."""

    id: UUID
    number: int
    state: str
    payment_state: str
    kitchen_state: str
    location_id: UUID
    register_id: UUID | None
    table: str | None
    covers: int | None
    currency: str
    lines: list[LineOut]
    subtotal: int
    discount_total: int
    tax_total: int
    total: int
    amount_paid: int
    amount_refunded: int
    amount_reserved: int
    amount_due: int
    tip_total: int
    version: int
    created_at: datetime
    history: list[HistoryOut]


def order_out(order: Order, lines: list[Row], history: list[Row]) -> OrderOut:
    """Show an order with its lines and its latest history."""
    return OrderOut(
        id=order.id,
        number=order.number,
        state=order.state,
        payment_state=order.payment_state,
        kitchen_state=order.kitchen_state,
        location_id=order.location_id,
        register_id=order.register_id,
        table=order.table,
        covers=order.covers,
        currency=order.currency.code,
        lines=[_line(row) for row in lines],
        subtotal=order.subtotal.minor,
        discount_total=order.discount_total.minor,
        tax_total=order.tax_total.minor,
        total=order.total.minor,
        amount_paid=order.paid.minor,
        amount_refunded=order.refunded.minor,
        amount_reserved=order.reserved.minor,
        amount_due=order.outstanding.minor,
        tip_total=order.tip_total.minor,
        version=order.version,
        created_at=order.created_at,
        history=[
            HistoryOut(
                one["from_state"], one["to_state"], one["at"], one["by_staff"], one["reason"]
            )
            for one in history
        ],
    )


def _line(row: Row) -> LineOut:
    return LineOut(
        id=row["id"],
        product_id=row["product_id"],
        name=row["name"],
        quantity=show_quantity(row["quantity_milli"]),
        unit_price=row["unit_price_minor"],
        modifiers=[],
        discount=None,
        tax=row["tax_minor"],
        total=row["total_minor"],
        note=row["note"],
    )


async def shown(tx: Tx, order_id: OrderId) -> OrderOut:
    """Read an order and show it."""
    order = await store.read(tx, order_id)
    return order_out(order, await queries.lines(tx, order_id), await queries.history(tx, order_id))


async def order_answer(tx: Tx, order_id: OrderId) -> bytes:
    """Read an order and write it as the body of an answer."""
    return msgspec.json.encode(await shown(tx, order_id))
