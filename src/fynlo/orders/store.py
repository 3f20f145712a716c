"""All writing SQL of orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo.kernel.errors import NotFound
from fynlo.kernel.ids import (
    LocationId,
    OrderId,
    RegisterId,
    StaffId,
    TaxRateId,
    uuid7,
)
from fynlo.kernel.money import Money, currency
from fynlo.orders.model import KitchenState, Order, PaymentState, Stage
from fynlo.platform import outbox
from fynlo.platform.outbox import Event

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.platform.database import Row, Tx

_tax_by_rate: Final = msgspec.json.Decoder(dict[UUID, int])


def order(row: Row) -> Order:
    """Read an order from its row."""
    unit = currency(row["currency"])

    def money(name: str) -> Money:
        return Money(row[f"{name}_minor"], unit)

    taxes = _tax_by_rate.decode(row["tax_by_rate"])
    return Order(
        id=OrderId(row["id"]),
        location_id=LocationId(row["location_id"]),
        register_id=row["register_id"] and RegisterId(row["register_id"]),
        business_day=row["business_day"],
        number=row["number"],
        stage=Stage(row["stage"]),
        payment_state=PaymentState(row["payment_state"]),
        kitchen_state=KitchenState(row["kitchen_state"]),
        table=row["table_name"],
        covers=row["covers"],
        currency=unit,
        subtotal=money("subtotal"),
        discount_total=money("discount_total"),
        tax_total=money("tax_total"),
        total=money("total"),
        tax_by_rate={TaxRateId(rate): Money(minor, unit) for rate, minor in taxes.items()},
        needs_preparation=row["needs_preparation"],
        paid=money("paid"),
        reserved=money("reserved"),
        refunded=money("refunded"),
        refunded_before_paid=money("refunded_before_paid"),
        tip_total=money("tip_total"),
        content_hash=row["content_hash"],
        version=row["version"],
        created_by=StaffId(row["created_by"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        paid_at=row["paid_at"],
    )


async def lock(tx: Tx, order_id: OrderId) -> Order:
    """Lock the order's row, which shows the last commit's sums; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from orders where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, order_id),
    )
    return _found(row, order_id)


async def read(tx: Tx, order_id: OrderId) -> Order:
    """Read the order's row without a lock; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from orders where merchant_id = $1 and id = $2",
        *(tx.merchant_id, order_id),
    )
    return _found(row, order_id)


def _found(row: Row | None, order_id: OrderId) -> Order:
    if row is None:
        message = f"There is no order {order_id}."
        raise NotFound(message)
    return order(row)


def save(
    tx: Tx,
    after: Order,
    *,
    was: Order,
    now: datetime,
    by: StaffId | None,
    reason: str | None = None,
) -> None:
    """Queue what changed, compare and swap on the version, with its history and its events."""
    if after == was:
        return
    tx.write(
        """
        update orders
        set stage = $4, payment_state = $5, kitchen_state = $6, paid_minor = $7,
            reserved_minor = $8, tip_total_minor = $9, refunded_minor = $10,
            refunded_before_paid_minor = $11, paid_at = $12, updated_at = $13,
            version = version + 1
        where merchant_id = $1 and id = $2 and version = $3
        """,
        *(tx.merchant_id, after.id, was.version, after.stage, after.payment_state),
        *(after.kitchen_state, after.paid.minor, after.reserved.minor, after.tip_total.minor),
        *(after.refunded.minor, after.refunded_before_paid.minor, after.paid_at, now),
    )
    if after.state is not was.state:
        write_history(tx, after, was.state, now=now, by=by, reason=reason)
    outbox.append(tx, now, *_events(was, after))


def write_history(
    tx: Tx,
    after: Order,
    from_state: str | None,
    *,
    now: datetime,
    by: StaffId | None,
    reason: str | None = None,
) -> None:
    """Queue one line of the order's history."""
    tx.write(
        """
        insert into order_history (
          merchant_id, order_id, id, from_state, to_state, at, by_staff, reason
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        *(tx.merchant_id, after.id, uuid7(now), from_state, after.state, now, by, reason),
    )


def rooms(of: Order) -> list[str]:
    """Name who may hear of an order."""
    named = ["merchant", f"location:{of.location_id}", f"order:{of.id}"]
    return named if of.register_id is None else [*named, f"register:{of.register_id}"]


def event(kind: str, of: Order, **more: object) -> Event:
    """Tell of an order: ids, states and sums; the rest is fetched."""
    shown = {
        "order_id": str(of.id),
        "number": of.number,
        "state": of.state.value,
        "payment_state": of.payment_state.value,
        "kitchen_state": of.kitchen_state.value,
        "currency": of.currency.code,
        "total": of.total.minor,
        "amount_due": of.outstanding.minor,
    }
    return Event(kind, rooms(of), shown | more)


def _events(was: Order, after: Order) -> list[Event]:
    events = [event("order.updated", after)]
    if after.state is not was.state:
        events.append(event("order.status_changed", after, previous=was.state.value))
    if after.kitchen_state is KitchenState.SENT and was.kitchen_state is KitchenState.NONE:
        sent = event("kitchen.order_received", after)
        events.append(Event(sent.type, [*sent.rooms, f"kitchen:{after.location_id}"], sent.data))
    return events
