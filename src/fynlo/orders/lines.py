"""Turn what a till asks for into priced lines, or say at once everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo import catalog
from fynlo.kernel.errors import DomainError, Invalid, Kind, Retry
from fynlo.kernel.ids import LineId, ProductId, derive
from fynlo.kernel.money import MINOR_MAX
from fynlo.orders.pricing import Bill, Priced, add_up, parse_quantity, price_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fynlo.catalog import Product
    from fynlo.kernel.ids import OrderId
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


async def price(tx: Tx, order_id: OrderId, wanted: Sequence[LineRequest], unit: Currency) -> Bill:
    """Price lines from the catalogue.

    Raises `Invalid` for a quantity that is none or a line id that comes twice, and
    `ProductUnavailable` for products that are unknown, inactive or of another currency.
    """
    quantities = [_quantity(index, line.quantity) for index, line in enumerate(wanted)]
    ids = [line.id or derive(order_id, f"line:{i}") for i, line in enumerate(wanted)]
    if len(set(ids)) < len(ids):
        raise _invalid("/lines", "Two lines have the same id.")
    products = await catalog.priced_products(tx, [line.product_id for line in wanted])
    sold = {key: one for key, one in products.items() if one.active and one.price.currency is unit}
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
        unit,
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


def _priced(product: Product) -> Priced:
    return Priced(
        product_id=product.id,
        name=product.name,
        unit_price=product.price,
        tax_rate_id=product.tax_rate_id,
        rate_basis_points=product.rate_basis_points,
        tax_included=product.tax_included,
        needs_preparation=product.needs_preparation,
        prep_minutes=product.prep_minutes,
    )
