"""Orders: what is wanted and what it costs, the two axes of its state, and what was received."""

from fynlo.orders.model import Order
from fynlo.orders.save import save
from fynlo.orders.store import lock, note, read
from fynlo.orders.validate import fix

__all__ = ["Order", "fix", "lock", "note", "read", "save"]
