"""The catalogue: what is for sale, what it costs, and how it is taxed."""

from fynlo.catalog.model import Product
from fynlo.catalog.queries import categories, priced_products
from fynlo.catalog.store import insert_category, insert_product, insert_tax_rate

__all__ = [
    "Product",
    "categories",
    "insert_category",
    "insert_product",
    "insert_tax_rate",
    "priced_products",
]
