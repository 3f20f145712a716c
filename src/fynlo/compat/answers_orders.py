"""An order as the till reads it: numbers of the currency's unit, the till's words for its state."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from fynlo.compat.amounts import Shown, show
from fynlo.compat.told_orders import figures, line_figures, not_kept
from fynlo.compat.words import STATES
from fynlo.kernel.money import Money, currency
from fynlo.orders.model import PaymentState, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fynlo.compat.amounts import Told
    from fynlo.compat.told_orders import Lines, TillOrderIn
    from fynlo.kernel.money import Currency
    from fynlo.orders.answers import LineOut, OrderOut


class WarningOut(msgspec.Struct, frozen=True):
    """Something that was told and did not count; what holds is in `data`."""

    field: str
    detail: str


class TillLine(msgspec.Struct, frozen=True):
    """One line, as the server priced it."""

    id: UUID
    product_id: UUID
    product_name: str
    quantity: Shown
    unit_price: Shown
    total_price: Shown
    tax: Shown
    special_instructions: str | None


class TillOrderHead(msgspec.Struct, frozen=True):
    """An order without its lines."""

    id: UUID
    order_number: int
    status: str
    state: State
    payment_status: PaymentState
    table_number: str | None
    currency: str
    subtotal: Shown
    tax: Shown
    total: Shown
    amount_paid: Shown
    amount_due: Shown
    version: int
    date_order: datetime


class TillOrder(TillOrderHead, frozen=True):
    """An order with its lines."""

    items: list[TillLine]


class TillOrderAnswer(msgspec.Struct, frozen=True):
    """An order; its `id` stands outside too, where the till's queue looks for it."""

    success: bool
    id: UUID
    data: TillOrder
    warnings: list[WarningOut] = []


class TillOrdersAnswer(msgspec.Struct, frozen=True):
    """Orders, newest first."""

    success: bool
    data: list[TillOrderHead]


def till_order_head(order: OrderOut) -> TillOrderHead:
    """Show an order in a list."""
    unit = currency(order.currency)

    def figure(minor: int) -> msgspec.Raw:
        return show(Money(minor, unit))

    return TillOrderHead(
        id=order.id,
        order_number=order.number,
        status=STATES[order.state],
        state=order.state,
        payment_status=order.payment_state,
        table_number=order.table,
        currency=order.currency,
        subtotal=figure(order.subtotal),
        tax=figure(order.tax_total),
        total=figure(order.total),
        amount_paid=figure(order.amount_paid),
        amount_due=figure(order.amount_due),
        version=order.version,
        date_order=order.created_at,
    )


def till_order(order: OrderOut) -> TillOrder:
    """Show an order with its lines."""
    unit = currency(order.currency)
    head = msgspec.structs.asdict(till_order_head(order))
    return TillOrder(**head, items=[_line(one, unit) for one in order.lines])


def _line(line: LineOut, unit: Currency) -> TillLine:
    def figure(minor: int) -> msgspec.Raw:
        return show(Money(minor, unit))

    return TillLine(
        id=line.id,
        product_id=line.product_id,
        product_name=line.name,
        quantity=msgspec.Raw(str(line.quantity).encode()),
        unit_price=figure(line.unit_price),
        total_price=figure(line.total),
        tax=figure(line.tax),
        special_instructions=line.note,
    )


_OURS: Final = {"subtotal": "subtotal", "tax": "tax_total", "total": "total"}
_LINE_PRICES: Final = frozenset({"price_unit", "unit_price", "price"})


def warnings(told: TillOrderIn, lines: Lines | None, order: OrderOut) -> list[WarningOut]:
    """Say what of a body does not hold: figures that are not ours, and what is not kept."""
    unit = currency(order.currency)
    found = [
        WarningOut(name, "It is decided or kept elsewhere; it had no effect here.")
        for name in not_kept(told)
        if getattr(told, name) not in {order.state, STATES[order.state]}
    ]
    found += _differing(
        figures(told), {name: getattr(order, of) for name, of in _OURS.items()}, unit
    )
    if lines is None:
        return found
    for index, (line, priced) in enumerate(zip(lines.told, order.lines, strict=False)):
        pointer = f"{lines.pointer}/{index}"
        asked = line_figures(line, pointer)
        ours = {name: priced.unit_price if name in _LINE_PRICES else priced.total for name in asked}
        found += _differing(asked, ours, unit)
    return found


def _differing(told: dict[str, Told], ours: dict[str, int], unit: Currency) -> Iterator[WarningOut]:
    """Compare figures with ours; what we do not charge at all is nothing."""
    for name, figure in told.items():
        holds = Money(ours.get(name, 0), unit)
        if not figure.is_of(holds):
            place = figure.pointer.removeprefix("/").replace("/", ".")
            yield WarningOut(place, f"It is {holds.decimal()} here.")
