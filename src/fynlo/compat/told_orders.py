"""The bodies in which the till sends an order, and what of them counts: what, and how much of it.

Three bodies are known; one `Struct` reads them all, because they differ in names alone. Prices and
totals are never taken from it: they are compared with ours, and what differs is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import msgspec

from fynlo.compat.amounts import OptionalFigure, read, read_if_told
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import ProductId
from fynlo.orders.lines import LINES_MAX, LineRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fynlo.compat.amounts import Told

Text = Annotated[str, msgspec.Meta(max_length=500)]


class TillModifierIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is chosen with a product; what it costs is the server's to say."""

    id: UUID
    name: Text | None = None
    price: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)


class TillLineIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line, in any of the till's bodies: `qty` or `quantity` of a product.

    Names and prices are the server's: what is told of them is compared, and no more.
    """

    product_id: UUID
    qty: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    quantity: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    product_name: Text | None = None
    name: Text | None = None
    price_unit: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    unit_price: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    price: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    price_subtotal: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    total_price: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    modifiers: Annotated[list[TillModifierIn], msgspec.Meta(max_length=50)] = []
    special_instructions: Text | None = None


TillLines = Annotated[list[TillLineIn], msgspec.Meta(max_length=LINES_MAX)]


class TillOrderIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order in any of the till's three bodies: `lines`, or `items`.

    Figures are numbers of the currency's unit. They are compared with the server's own, which hold.
    """

    id: UUID | None = None
    lines: TillLines | None = None
    items: TillLines | None = None
    session_id: UUID | None = None
    table_number: Annotated[str, msgspec.Meta(max_length=50)] | int | None = None
    version: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None
    subtotal: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    tax: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    total: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    service_charge: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    transaction_fee: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    tip_amount: OptionalFigure = msgspec.field(default_factory=msgspec.Raw)
    state: Text | None = None
    status: Text | None = None
    date_order: Text | None = None
    order_type: Text | None = None
    notes: Text | None = None
    payment_method: Text | None = None
    payment_transaction_id: Text | None = None
    payment_provider: Text | None = None
    customer_id: Text | int | None = None
    customer_name: Text | None = None
    customer_email: Text | None = None
    customer_phone: Text | None = None
    partner_id: Text | int | None = None
    partner_name: Text | None = None
    partner_email: Text | None = None
    partner_phone: Text | None = None


FIGURES: Final = (*("subtotal", "tax", "total", "service_charge", "transaction_fee", "tip_amount"),)
_LINE_FIGURES: Final = ("price_unit", "unit_price", "price", "price_subtotal", "total_price")

NOT_KEPT: Final = (
    *("state", "status", "order_type", "notes"),
    *("payment_method", "payment_transaction_id", "payment_provider"),
    *("customer_id", "customer_name", "customer_email", "customer_phone"),
    *("partner_id", "partner_name", "partner_email", "partner_phone"),
)
"""What a till may tell of an order without effect: the server decides it, or does not keep it."""


class Lines(msgspec.Struct, frozen=True):
    """The lines of a body, and under which name they came."""

    told: list[TillLineIn]
    pointer: str


def lines_of(data: TillOrderIn) -> Lines | None:
    """Find the lines: in `items`, or in `lines`; None for neither, and `Invalid` for both."""
    if data.items is not None and data.lines is not None:
        raise Invalid.at("/items", "Give the lines once: as `items`, or as `lines`.")
    if data.items is not None:
        return Lines(data.items, "/items")
    return None if data.lines is None else Lines(data.lines, "/lines")


def requests(lines: Lines) -> tuple[LineRequest, ...]:
    """Read what is wanted, and how much of it; what it costs is not read from here."""
    return tuple(
        LineRequest(
            ProductId(line.product_id),
            _quantity(line, f"{lines.pointer}/{index}"),
            note=line.special_instructions or None,
            modifiers=tuple(one.id for one in line.modifiers),
        )
        for index, line in enumerate(lines.told)
    )


def _quantity(line: TillLineIn, at: str) -> int | str:
    told = read_if_told(line.qty, f"{at}/qty")
    other = read_if_told(line.quantity, f"{at}/quantity")
    if told is not None and other is not None:
        raise Invalid.at(f"{at}/qty", "Give `qty`, or `quantity`.")
    if told is None:
        told = other or read(line.quantity, f"{at}/quantity")
    return told.as_quantity()


def figures(data: TillOrderIn) -> dict[str, Told]:
    """Read the figures of an order, by name."""
    return _figures(data, FIGURES, "")


def line_figures(line: TillLineIn, pointer: str) -> dict[str, Told]:
    """Read the figures of a line, by name; those of its modifiers must be figures too."""
    for index, modifier in enumerate(line.modifiers):
        read_if_told(modifier.price, f"{pointer}/modifiers/{index}/price")
    return _figures(line, _LINE_FIGURES, pointer)


def _figures(body: Any, names: tuple[str, ...], pointer: str) -> dict[str, Told]:
    found = ((name, read_if_told(getattr(body, name), f"{pointer}/{name}")) for name in names)
    return {name: told for name, told in found if told is not None}


def not_kept(data: TillOrderIn) -> Iterator[str]:
    """Name what was told and has no effect."""
    for name in NOT_KEPT:
        if getattr(data, name) not in {None, ""}:
            yield name


def table_of(data: TillOrderIn) -> str | None:
    """Read the table's name; a number is one too."""
    told = data.table_number
    return None if told is None or told == "" else str(told)
