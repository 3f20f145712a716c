"""What an order looks like on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from fynlo.kernel.money import total
from fynlo.orders import queries
from fynlo.orders.discounts import DiscountType
from fynlo.orders.model import KitchenState, PaymentState, State
from fynlo.orders.moves import MoveKind
from fynlo.orders.pricing import show_quantity

if TYPE_CHECKING:
    from fynlo.kernel.ids import OrderId
    from fynlo.kernel.money import Currency, Money
    from fynlo.orders.discounts import Discount
    from fynlo.orders.model import Order
    from fynlo.orders.pricing import Line, Override
    from fynlo.orders.queries import Contents
    from fynlo.platform.database import Tx


class DiscountOut(msgspec.Struct, frozen=True):
    """A discount as it was given, and what it takes off in minor units."""

    type: DiscountType
    value: int
    amount: int


class ModifierOut(msgspec.Struct, frozen=True):
    """A modifier as it was chosen; what it adds to the unit price, in minor units."""

    id: UUID
    name: str
    price_delta: int


class OverrideOut(msgspec.Struct, frozen=True):
    """Who sold it at another price than the menu's, and why."""

    by: UUID
    reason: str


class LineOut(msgspec.Struct, frozen=True):
    """One line; amounts in minor units, `total` with its tax."""

    id: UUID
    product_id: UUID
    name: str
    quantity: int | str
    unit_price: int
    modifiers: list[ModifierOut]
    discount: DiscountOut | None
    order_discount: int
    price_override: OverrideOut | None
    tax: int
    total: int
    note: str | None
    version: int


class HistoryOut(msgspec.Struct, frozen=True):
    """One change of state, and who made it."""

    from_: State | None = msgspec.field(name="from")
    to: State
    at: datetime
    by: UUID | None
    reason: str | None


class MoveOut(msgspec.Struct, frozen=True):
    """Lines that went to another order: some to a new one, or all to one that was there."""

    kind: MoveKind
    from_order_id: UUID
    to_order_id: UUID
    at: datetime
    by: UUID


class OrderOut(msgspec.Struct, frozen=True):
    """An order; amounts in minor units of `currency`."""

    id: UUID
    number: int
    business_day: date
    state: State
    payment_state: PaymentState
    kitchen_state: KitchenState
    location_id: UUID
    register_id: UUID | None
    table: str | None
    covers: int | None
    currency: str
    lines: list[LineOut]
    subtotal: int
    discount: DiscountOut | None
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
    split_from: UUID | None
    moves: list[MoveOut]
    history: list[HistoryOut]


class SplitOut(msgspec.Struct, frozen=True):
    """Both orders after a split."""

    order: OrderOut
    rest: OrderOut


def order_out(order: Order, contents: Contents) -> OrderOut:
    """Show an order with its lines and its latest history."""
    return OrderOut(
        id=order.id,
        number=order.number,
        business_day=order.business_day,
        state=order.state,
        payment_state=order.payment_state,
        kitchen_state=order.kitchen_state,
        location_id=order.location_id,
        register_id=order.register_id,
        table=order.table,
        covers=order.covers,
        currency=order.currency.code,
        lines=[line_out(one) for one in contents.lines],
        subtotal=order.subtotal.minor,
        discount=_discount(contents.discount, _borne(contents, order.currency)),
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
        split_from=next(
            (
                one.from_id
                for one in contents.moves
                if one.kind is MoveKind.SPLIT and one.to_id == order.id
            ),
            None,
        ),
        moves=[MoveOut(one.kind, one.from_id, one.to_id, one.at, one.by) for one in contents.moves],
        history=[
            HistoryOut(one.from_state, one.to_state, one.at, one.by, one.reason)
            for one in contents.history
        ],
    )


def _borne(contents: Contents, unit: Currency) -> Money:
    if contents.borne is not None:
        return contents.borne
    return total((one.discount_share for one in contents.lines), unit)


def _discount(given: Discount | None, amount: Money) -> DiscountOut | None:
    return None if given is None else DiscountOut(given.type, given.value, amount.minor)


def _override(given: Override | None) -> OverrideOut | None:
    return None if given is None else OverrideOut(given.by, given.reason)


def line_out(line: Line) -> LineOut:
    """Show one line."""
    return LineOut(
        id=line.id,
        product_id=line.of.product_id,
        name=line.of.name,
        quantity=show_quantity(line.item.quantity_milli),
        unit_price=line.of.unit_price.minor,
        modifiers=[
            ModifierOut(one.id, one.name, one.price_delta.minor) for one in line.of.modifiers
        ],
        discount=_discount(line.item.discount, line.item.discount_amount),
        order_discount=line.discount_share.minor,
        price_override=_override(line.of.override),
        tax=line.tax.minor,
        total=line.total.minor,
        note=line.item.note,
        version=line.item.version,
    )


async def shown(tx: Tx, order_id: OrderId) -> OrderOut:
    """Read an order and show it."""
    return order_out(*await queries.with_contents(tx, order_id))
