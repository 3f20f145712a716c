"""Merchants, locations, registers, people: who works where, what they may do, and who is asking."""

from fynlo.staff.admit import admit
from fynlo.staff.model import Actor, Caller, Founding, Hire, Permission, Role
from fynlo.staff.queries import locations
from fynlo.staff.store import found

__all__ = [
    "Actor",
    "Caller",
    "Founding",
    "Hire",
    "Permission",
    "Role",
    "admit",
    "found",
    "locations",
]
