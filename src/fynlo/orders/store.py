"""All writing SQL of orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from fynlo.orders import announce
from fynlo.orders.model import Change, KitchenState, Order, PaymentState, Stage
from fynlo.orders.store_lines import insert_lines
from fynlo.platform import outbox

if TYPE_CHECKING:
    from datetime import date, datetime

    from fynlo.orders.discounts import Discount
    from fynlo.orders.pricing import Bill
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
    return found(row, order_id)


async def read(tx: Tx, order_id: OrderId) -> Order:
    """Read the order's row without a lock; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from orders where merchant_id = $1 and id = $2",
        *(tx.merchant_id, order_id),
    )
    return found(row, order_id)


def found(row: Row | None, order_id: OrderId) -> Order:
    """Read the order from its row; `NotFound` if there is none."""
    if row is None:
        message = f"There is no order {order_id}."
        raise NotFound(message)
    return order(row)


@dataclass(frozen=True, slots=True)
class Saved:
    """An order as it stands once the queued writes went out, and its new line of history."""

    order: Order
    change: Change | None


def save(
    tx: Tx,
    after: Order,
    *,
    was: Order,
    now: datetime,
    by: StaffId | None,
    reason: str | None = None,
) -> Saved:
    """Queue what changed, compare and swap on the version, with its history and its events."""
    if after == was:
        return Saved(was, None)
    now = _not_before(was, now)
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
    saved = replace(after, version=was.version + 1, updated_at=now)
    change = None
    if after.state is not was.state:
        change = Change(was.state, after.state, now, by, reason)
        write_history(tx, saved, change)
    outbox.append(tx, now, *announce.changes(was, after))
    return Saved(saved, change)


def _not_before(was: Order, now: datetime) -> datetime:
    """Return the time of a change: never before the last one, whatever the clock that made it."""
    return max(now, was.updated_at)


def write_history(tx: Tx, after: Order, change: Change) -> None:
    """Queue one line of the order's history; lines of one moment are in the order of versions."""
    tx.write(
        """
        insert into order_history (
          merchant_id, order_id, id, from_state, to_state, at, by_staff, reason
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        *(tx.merchant_id, after.id, uuid7(change.at, after.version), change.from_state),
        *(change.to_state, change.at, change.by, change.reason),
    )


def note(tx: Tx, order: Order, now: datetime, by: StaffId | None, reason: str) -> None:
    """Queue a line of history of an order that stays where it stands."""
    change = Change(order.state, order.state, _not_before(order, now), by, reason)
    write_history(tx, replace(order, version=order.version + 1), change)


@dataclass(frozen=True, slots=True)
class Draft:
    """A new order but for its number and its lines."""

    id: OrderId
    location_id: LocationId
    register_id: RegisterId | None
    business_day: date
    table: str | None
    covers: int | None
    content_hash: bytes
    created_by: StaffId
    reason: str | None = None


async def find(tx: Tx, order_id: OrderId) -> Order | None:
    """Read the order's row if there is one."""
    row = await tx.fetchrow(
        "select * from orders where merchant_id = $1 and id = $2", *(tx.merchant_id, order_id)
    )
    return None if row is None else order(row)


async def places(
    tx: Tx, location_id: LocationId | None, register_id: RegisterId | None
) -> list[Row]:
    """Find the active locations that fit what a till said of where it is.

    Until the commit they keep the currency that they are found with.
    """
    return await tx.fetch(
        """
        select l.id as location_id, l.currency, l.timezone, l.day_cutoff
        from locations l
        where l.merchant_id = $1 and l.active
          and ($2::uuid is null or l.id = $2)
          and ($3::uuid is null or l.id = (
            select r.location_id from registers r
            where r.merchant_id = $1 and r.id = $3 and r.active))
        order by l.created_at, l.id
        for key share of l
        """,
        *(tx.merchant_id, location_id, register_id),
    )


async def insert(tx: Tx, draft: Draft, bill: Bill, now: datetime) -> Saved | None:
    """Insert a draft with the day's next number, and queue its lines; None if the id is taken."""
    row = await tx.fetchrow(
        """
        with numbered as (
          insert into order_numbers as n (merchant_id, location_id, business_day, last_number)
          values ($1, $3, $5, 1)
          on conflict (merchant_id, location_id, business_day)
            do update set last_number = n.last_number + 1
          returning last_number
        )
        insert into orders (
          merchant_id, id, location_id, register_id, business_day, number, stage, payment_state,
          kitchen_state, table_name, covers, currency, subtotal_minor, tax_total_minor,
          total_minor, tax_by_rate, needs_preparation, content_hash, created_by, created_at,
          updated_at, discount_total_minor
        )
        select $1, $2, $3, $4, $5, last_number, 'draft', 'unpaid', 'none', $6, $7, $8, $9, $10,
               $11, $12, $13, $14, $15, $16, $16, $17
        from numbered
        on conflict (merchant_id, id) do nothing
        returning *
        """,
        *(tx.merchant_id, draft.id, draft.location_id, draft.register_id, draft.business_day),
        *(draft.table, draft.covers, bill.total.currency.code, bill.subtotal.minor),
        *(bill.tax_total.minor, bill.total.minor, _taxes(bill), bill.needs_preparation),
        *(draft.content_hash, draft.created_by, now, bill.discount_total.minor),
    )
    if row is None:
        return None
    made = order(row)
    change = Change(None, made.state, now, draft.created_by, draft.reason)
    insert_lines(tx, made.id, bill)
    if bill.discount is not None:
        set_discount(tx, made.id, bill.discount, draft.created_by, now)
    write_history(tx, made, change)
    outbox.append(tx, now, announce.created(made))
    return Saved(made, change)


def _taxes(bill: Bill) -> str:
    shown = {str(rate): amount.minor for rate, amount in bill.tax_by_rate.items()}
    return msgspec.json.encode(shown).decode()


def replace_lines(tx: Tx, was: Order, bill: Bill, now: datetime) -> None:
    """Queue other lines and what they come to, compare and swap on the version."""
    now = _not_before(was, now)
    tx.write(
        "delete from order_lines where merchant_id = $1 and order_id = $2",
        *(tx.merchant_id, was.id),
        rows=None,
    )
    insert_lines(tx, was.id, bill)
    tx.write(
        """
        update orders
        set subtotal_minor = $4, tax_total_minor = $5, total_minor = $6, tax_by_rate = $7,
            needs_preparation = $8, updated_at = $9, discount_total_minor = $10,
            version = version + 1
        where merchant_id = $1 and id = $2 and version = $3
        """,
        *(tx.merchant_id, was.id, was.version, bill.subtotal.minor, bill.tax_total.minor),
        *(bill.total.minor, _taxes(bill), bill.needs_preparation, now),
        bill.discount_total.minor,
    )
    outbox.append(tx, now, announce.updated(replace(was, total=bill.total)))


def set_discount(
    tx: Tx, order_id: OrderId, discount: Discount | None, by: StaffId, now: datetime
) -> None:
    """Queue what is taken off the whole order, and who gave it; None takes the discount away."""
    if discount is None:
        drop_discount(tx, order_id)
        return
    tx.write(
        """
        insert into order_discounts (merchant_id, order_id, type, value, given_by, given_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (merchant_id, order_id)
          do update set type = $3, value = $4, given_by = $5, given_at = $6
        """,
        *(tx.merchant_id, order_id, discount.type, discount.value, by, now),
    )


def drop_discount(tx: Tx, order_id: OrderId) -> None:
    """Queue that nothing is taken off the whole order any more."""
    tx.write(
        "delete from order_discounts where merchant_id = $1 and order_id = $2",
        *(tx.merchant_id, order_id),
        rows=None,
    )


def seat(tx: Tx, after: Order, *, was: Order, now: datetime) -> Order:
    """Queue where it is served and to how many, and return it as it stands then."""
    if after == was:
        return was
    now = _not_before(was, now)
    tx.write(
        """
        update orders set table_name = $4, covers = $5, updated_at = $6, version = version + 1
        where merchant_id = $1 and id = $2 and version = $3
        """,
        *(tx.merchant_id, was.id, was.version, after.table, after.covers, now),
    )
    outbox.append(tx, now, announce.updated(after))
    return replace(after, version=was.version + 1, updated_at=now)
