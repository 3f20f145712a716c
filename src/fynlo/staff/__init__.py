"""Merchants, locations, registers, people: who works where, what they may do, and who is asking."""

from fynlo.staff.admit import admit
from fynlo.staff.model import Actor, Caller, Permission, Role

__all__ = ["Actor", "Caller", "Permission", "Role", "admit"]
