"""The catalogue: what is for sale, what it costs, and how it is taxed."""

from fynlo.catalog.model import Product
from fynlo.catalog.queries import priced_products
from fynlo.catalog.store import add_category, add_product, add_tax_rate

__all__ = ["Product", "add_category", "add_product", "add_tax_rate", "priced_products"]
