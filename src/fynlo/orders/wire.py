"""What tills send of orders: lines, quantities, discounts, other prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import ProductId
from fynlo.kernel.money import MINOR_MAX
from fynlo.orders.discounts import BASIS, Discount, DiscountType
from fynlo.orders.lines import LINES_MAX, LineRequest, OtherPrice
from fynlo.orders.moves import COVERS_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence

Note = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Table = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
Covers = Annotated[int, msgspec.Meta(ge=1, le=COVERS_MAX)]
Whole = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Decimal = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,3})?$")]
Quantity = Whole | Decimal


class DiscountIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken off: `value` is in basis points (1000 is 10 %) or in minor units."""

    type: DiscountType
    value: Annotated[int, msgspec.Meta(ge=1, le=MINOR_MAX)]


class OverrideIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another price than the menu's, and why; this needs `price.override`."""

    unit_price: Annotated[int, msgspec.Meta(ge=0, le=MINOR_MAX)]
    reason: Note


class ModifierIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is chosen with a product."""

    id: UUID


Modifiers = Annotated[list[ModifierIn], msgspec.Meta(max_length=50)]


class LineIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line: a whole number of pieces, or a decimal text of up to three places.

    The id of a line that is there keeps the price that it was taken at. `modifiers`, a `discount`
    or a `price_override` that is left out stays as it is; null takes the latter two away.
    """

    product_id: UUID
    quantity: Quantity
    id: UUID | None = None
    note: Note | None = None
    modifiers: Modifiers | UnsetType = UNSET
    discount: DiscountIn | UnsetType | None = UNSET
    price_override: OverrideIn | UnsetType | None = UNSET


Lines = Annotated[list[LineIn], msgspec.Meta(max_length=LINES_MAX)]


def line_requests(lines: Sequence[LineIn]) -> tuple[LineRequest, ...]:
    """Read lines as the operations know them."""
    return tuple(
        LineRequest(
            ProductId(line.product_id),
            line.quantity,
            line.id,
            line.note,
            chosen(line.modifiers),
            discount(line.discount, f"/lines/{index}/discount"),
            other_price(line.price_override),
        )
        for index, line in enumerate(lines)
    )


def chosen(told: Sequence[ModifierIn] | UnsetType) -> tuple[UUID, ...] | UnsetType:
    """Read what is chosen with a product; the same may be chosen twice."""
    return told if isinstance(told, UnsetType) else tuple(one.id for one in told)


def discount(told: DiscountIn | UnsetType | None, pointer: str) -> Discount | UnsetType | None:
    """Read a discount; `Invalid` for more than the whole."""
    if not isinstance(told, DiscountIn):
        return told
    if told.type is DiscountType.PERCENT and told.value > BASIS:
        raise Invalid.at(f"{pointer}/value", f"{BASIS} basis points are the whole.")
    return Discount(told.type, told.value)


def other_price(told: OverrideIn | UnsetType | None) -> OtherPrice | UnsetType | None:
    """Read another price."""
    return OtherPrice(told.unit_price, told.reason) if isinstance(told, OverrideIn) else told
