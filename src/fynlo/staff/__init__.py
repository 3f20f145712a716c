"""Merchants, places, devices, people, keys: who works where, may do what, and who is asking."""

from fynlo.staff.admit import admit
from fynlo.staff.allow import allow
from fynlo.staff.approvals import Allowed, NeedsApproval, Wish
from fynlo.staff.ask import ask
from fynlo.staff.business_day import business_day
from fynlo.staff.consent import NOBODY, WHOEVER_ALLOWED, Brought, Consent, consent
from fynlo.staff.hire import hire
from fynlo.staff.model import Actor, Caller, Founding, Hire, Permission, Role
from fynlo.staff.prove import Proven, prove
from fynlo.staff.queries import locations
from fynlo.staff.queries_access import with_keys
from fynlo.staff.save import save
from fynlo.staff.store import found
from fynlo.staff.store_factors import remove as forget_factor
from fynlo.staff.vouch import vouch

__all__ = [
    "NOBODY",
    "WHOEVER_ALLOWED",
    "Actor",
    "Allowed",
    "Brought",
    "Caller",
    "Consent",
    "Founding",
    "Hire",
    "NeedsApproval",
    "Permission",
    "Proven",
    "Role",
    "Wish",
    "admit",
    "allow",
    "ask",
    "business_day",
    "consent",
    "forget_factor",
    "found",
    "hire",
    "locations",
    "prove",
    "save",
    "vouch",
    "with_keys",
]
