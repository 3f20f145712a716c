"""What a location offers: a product as it is taxed there, with what may be chosen with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.kernel.errors import DomainError, Kind, Retry
from fynlo.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from fynlo.catalog.model.product import Product


class ModifierNotOffered(DomainError):
    """Something was chosen that cannot be had with this product; `modifier_ids` names it."""

    kind = Kind.REFUSED
    code = "modifier-not-offered"
    title = "This cannot be chosen with this product."
    retry = Retry.NEW_KEY


@dataclass(frozen=True, slots=True)
class Modifier:
    """Something that can be chosen with a product; `price_delta` may be less than nothing."""

    id: UUID
    name: str
    price_delta: Money
    active: bool
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A product at one location: its tax rate is the one that applies there.

    `modifiers` has, in their order, those that may be chosen with it now.
    """

    product: Product
    modifiers: Mapping[UUID, Modifier]
    is_sold_out: bool


def unit_price(offer: Offer, chosen: Sequence[UUID]) -> Money:
    """Return what one piece costs with what was chosen, never less than nothing.

    The same may be chosen twice, two more shots, unless it takes something off. The tax is in it,
    or comes on top, as with the product's own price. Raises `ModifierNotOffered`.
    """
    nothing = Money(0, offer.product.price.currency)
    strange = [one for one in dict.fromkeys(chosen) if one not in offer.modifiers]
    if strange:
        raise ModifierNotOffered(
            f"{offer.product.name} comes without: " + ", ".join(map(str, strange)),
            modifier_ids=[str(one) for one in strange],
        )
    given = [one for one in dict.fromkeys(chosen) if offer.modifiers[one].price_delta < nothing]
    if twice := [one for one in given if chosen.count(one) > 1]:
        raise ModifierNotOffered(
            "What takes something off the price is chosen once.",
            modifier_ids=[str(one) for one in twice],
        )
    price = offer.product.price
    for one in chosen:
        price += offer.modifiers[one].price_delta
    return max(price, nothing)
