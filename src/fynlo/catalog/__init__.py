"""The catalogue: what is for sale, what it costs, how it is taxed, and what differs where."""

from fynlo.catalog.model.offer import Offer, unit_price
from fynlo.catalog.model.product import Product
from fynlo.catalog.queries import categories, offers
from fynlo.catalog.store import insert_category, insert_product, insert_tax_rate

__all__ = [
    "Offer",
    "Product",
    "categories",
    "insert_category",
    "insert_product",
    "insert_tax_rate",
    "offers",
    "unit_price",
]
