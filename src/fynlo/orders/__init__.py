"""Orders: what is wanted and what it costs, the two axes of its state, and what was received."""

from fynlo.orders.model import Order
from fynlo.orders.save import save
from fynlo.orders.store import lock, note, read

__all__ = ["Order", "lock", "note", "read", "save"]
