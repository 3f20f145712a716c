"""The catalogue: what is for sale, what it costs, and how it is taxed."""

from fynlo.catalog.model import Product
from fynlo.catalog.queries import priced_products

__all__ = ["Product", "priced_products"]
