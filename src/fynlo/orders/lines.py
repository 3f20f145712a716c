"""Turn what a till asks for into priced lines, or say at once everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo import catalog
from fynlo.kernel.errors import DomainError, Invalid, Kind, Retry
from fynlo.kernel.ids import LineId, ProductId, derive
from fynlo.kernel.money import MINOR_MAX
from fynlo.orders import store
from fynlo.orders.pricing import Bill, Priced, add_up, parse_quantity, price_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from fynlo.catalog import Offer
    from fynlo.kernel.ids import LocationId, OrderId
    from fynlo.kernel.money import Currency
    from fynlo.platform.database import Tx


class ProductUnavailable(DomainError):
    """Something on the order is not for sale here; `product_ids` names it."""

    kind = Kind.REFUSED
    code = "product-unavailable"
    title = "A product is not for sale here."
    retry = Retry.NEW_KEY


class TotalTooLarge(DomainError):
    """More than any order may come to."""

    kind = Kind.REFUSED
    code = "total-too-large"
    title = "The order comes to too much."
    retry = Retry.NEW_KEY


@dataclass(frozen=True, slots=True)
class LineRequest:
    """One line as the till asks for it: the price is not its to say."""

    product_id: ProductId
    quantity: int | str
    id: UUID | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where lines are priced, and when: taxes and what is sold out depend on it."""

    location_id: LocationId
    unit: Currency
    now: datetime


async def price(tx: Tx, order_id: OrderId, wanted: Sequence[LineRequest], at: Place) -> Bill:
    """Price lines from the catalogue, as the location offers them.

    Raises `Invalid` for a quantity that is none or a line id that comes twice, and
    `ProductUnavailable` for products that are unknown, inactive, of another currency, or sold out
    there. What is on the order already stays on it, sold out or not.
    """
    quantities = [_quantity(index, line.quantity) for index, line in enumerate(wanted)]
    ids = [line.id or derive(order_id, f"line:{i}") for i, line in enumerate(wanted)]
    if len(set(ids)) < len(ids):
        raise _invalid("/lines", "Two lines have the same id.")
    offers = await catalog.offers(tx, at.location_id, [line.product_id for line in wanted], at.now)
    sold = {key: one for key, one in offers.items() if _is_sold(one, at.unit)}
    if any(one.is_sold_out for one in sold.values()):
        ordered = await store.ordered_products(tx, order_id)
        sold = {key: one for key, one in sold.items() if key in ordered or not one.is_sold_out}
    if missing := sorted({line.product_id for line in wanted} - set(sold)):
        raise ProductUnavailable(
            "Not for sale here: " + ", ".join(map(str, missing)),
            product_ids=[str(one) for one in missing],
        )
    bill = add_up(
        [
            price_line(LineId(line_id), _priced(sold[line.product_id]), quantity, line.note)
            for line_id, line, quantity in zip(ids, wanted, quantities, strict=True)
        ],
        at.unit,
    )
    if bill.total.minor > MINOR_MAX:
        raise TotalTooLarge(f"{bill.total} is more than an order may come to.")
    return bill


def _quantity(index: int, quantity: int | str) -> int:
    try:
        return parse_quantity(quantity)
    except ValueError as error:
        raise _invalid(f"/lines/{index}/quantity", str(error)) from None


def _invalid(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": pointer, "detail": detail}])


def _is_sold(offer: Offer, unit: Currency) -> bool:
    return offer.product.active and offer.product.price.currency is unit


def _priced(offer: Offer) -> Priced:
    product = offer.product
    return Priced(
        product_id=product.id,
        name=product.name,
        unit_price=catalog.unit_price(offer, ()),
        tax_rate_id=product.tax_rate_id,
        rate_basis_points=product.rate_basis_points,
        tax_included=product.tax_included,
        needs_preparation=product.needs_preparation,
        prep_minutes=product.prep_minutes,
    )
