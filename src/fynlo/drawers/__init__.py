"""Cash drawers: sessions, every movement of cash, what should be there, and what was counted."""

from fynlo.drawers.model.session import DrawerSession, Movement
from fynlo.drawers.store import lock_fitting, lock_open, save

__all__ = ["DrawerSession", "Movement", "lock_fitting", "lock_open", "save"]
