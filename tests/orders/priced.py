"""Things with a price, made without a shop, and any such things."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from fynlo.kernel.ids import LineId, ProductId, TaxRateId, derive
from fynlo.kernel.money import Money, currency
from fynlo.orders.discounts import Discount, DiscountType
from fynlo.orders.pricing import Item, Priced

GBP: Final = currency("GBP")
ZERO: Final = UUID(int=0)


def gbp(minor: int) -> Money:
    return Money(minor, GBP)


def percent(basis_points: int) -> Discount:
    return Discount(DiscountType.PERCENT, basis_points)


def amount(minor: int) -> Discount:
    return Discount(DiscountType.AMOUNT, minor)


def item(
    price: int,
    milli: int = 1000,
    discount: Discount | None = None,
    *,
    rate: int = 2000,
    included: bool = True,
) -> Item:
    of = Priced(
        product_id=ProductId(ZERO),
        name="Something",
        unit_price=gbp(price),
        tax_rate_id=TaxRateId(derive(ZERO, str(rate))),
        rate_basis_points=rate,
        tax_included=included,
        needs_preparation=False,
        prep_minutes=0,
    )
    return Item(LineId(ZERO), of, milli, None, discount)


discounts = st.none() | st.builds(percent, st.integers(1, 10_000))
items = st.builds(
    item,
    st.integers(0, 1_000_000),
    st.integers(1, 20_000),
    discounts,
    rate=st.sampled_from([0, 1, 500, 825, 1900, 2000, 10_000]),
    included=st.booleans(),
)
