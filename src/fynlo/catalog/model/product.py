"""What is for sale, what it costs, and how it is taxed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.errors import DomainError, Invalid, Kind, Retry
from fynlo.kernel.money import Money, currency

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import ProductId, TaxRateId


class BarcodeTaken(DomainError):
    """A barcode names one product of a merchant."""

    kind = Kind.CONFLICT
    code = "barcode-taken"
    title = "Another product has this barcode."
    retry = Retry.NEVER


MODIFIERS_MAX: Final = 100
"""How many modifiers a product offers at most."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a product would stand on; `rate_basis_points` is None where there is no such rate.

    `modifiers` has those that exist, with whether they are in use and in which currency.
    """

    has_category: bool
    rate_basis_points: int | None
    rate_is_active: bool
    has_currency: bool
    modifiers: Mapping[UUID, tuple[bool, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Product:
    """One thing for sale, with the tax rate that applies to it."""

    id: ProductId
    category_id: UUID | None
    name: str
    price: Money
    tax_rate_id: TaxRateId
    rate_basis_points: int
    tax_included: bool
    barcode: str | None
    needs_preparation: bool
    prep_minutes: int
    active: bool
    version: int
    created_at: datetime
    modifier_ids: tuple[UUID, ...] = ()

    def says(self, names: Iterable[str]) -> dict[str, Any]:
        """Return what of a wish is so now; it counts `price` in minor units."""
        money = {"price": self.price.minor, "currency": self.price.currency.code}
        return {name: money[name] if name in money else getattr(self, name) for name in names}

    def not_yet(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Return what of a wish is not so already."""
        now = self.says(wish)
        return {name: value for name, value in wish.items() if now[name] != value}

    def change(self, wish: Mapping[str, Any], ground: Ground) -> Product:
        """Return the product's next version; `Invalid` points at what it cannot stand on.

        What it keeps it may keep: a tax rate that is not in use any more, say.
        """
        rest = dict(wish)
        minor = rest.pop("price", self.price.minor)
        unit = rest.pop("currency", self.price.currency.code)
        new = self.not_yet(wish)
        if "currency" in new:  # What may be chosen with it must be in its currency too.
            new.setdefault("modifier_ids", self.modifier_ids)
        rate_basis_points = _stands_on(ground, new, unit)
        return replace(
            self,
            **rest,
            price=Money(minor, currency(unit)),
            rate_basis_points=rate_basis_points,
            version=self.version + 1,
        )


def new_product(
    product_id: ProductId, wish: Mapping[str, Any], ground: Ground, now: datetime
) -> Product:
    """Return a product as a whole wish says; `Invalid` points at what it cannot stand on."""
    rate_basis_points = _stands_on(ground, wish, wish["currency"])
    rest = dict(wish)
    price = Money(rest.pop("price"), currency(rest.pop("currency")))
    return Product(
        id=product_id,
        price=price,
        rate_basis_points=rate_basis_points,
        version=1,
        created_at=now,
        **rest,
    )


def _stands_on(ground: Ground, new: Mapping[str, Any], unit: str) -> int:
    """Return the tax rate's basis points, or refuse what is new and cannot be."""
    found = [*_faults(ground, new), *_modifier_faults(ground, new.get("modifier_ids", ()), unit)]
    errors = [{"pointer": f"/{name}", "detail": detail} for name, detail in found]
    if errors:
        raise Invalid(errors[0]["detail"], errors=errors)
    assert ground.rate_basis_points is not None, "A product keeps a rate that exists."
    return ground.rate_basis_points


def _faults(ground: Ground, new: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if new.get("category_id") is not None and not ground.has_category:
        yield "category_id", f"There is no category {new['category_id']}."
    if "tax_rate_id" in new and ground.rate_basis_points is None:
        yield "tax_rate_id", f"There is no tax rate {new['tax_rate_id']}."
    elif "tax_rate_id" in new and not ground.rate_is_active:
        yield "tax_rate_id", f"The tax rate {new['tax_rate_id']} is not in use."
    if "currency" in new and not ground.has_currency:
        yield "currency", f"No location sells in {new['currency']}."


def _modifier_faults(
    ground: Ground, wanted: Sequence[UUID], unit: str
) -> Iterator[tuple[str, str]]:
    seen: set[UUID] = set()
    for index, modifier_id in enumerate(wanted):
        is_active, its_unit = ground.modifiers.get(modifier_id, (False, ""))
        if not its_unit:
            yield f"modifier_ids/{index}", f"There is no modifier {modifier_id}."
        elif modifier_id in seen:
            yield f"modifier_ids/{index}", f"The modifier {modifier_id} is named twice."
        elif its_unit != unit:
            yield f"modifier_ids/{index}", f"The modifier {modifier_id} is in {its_unit}."
        elif not is_active:
            yield f"modifier_ids/{index}", f"The modifier {modifier_id} is not in use."
        seen.add(modifier_id)
