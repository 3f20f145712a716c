"""The till's words for ours: roles, permissions, states, ways of paying. Tables, and no rule."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fynlo.orders.model import State
from fynlo.payments.model.transaction import Status
from fynlo.staff import Permission, Role

ROLES: Final = {
    Role.CASHIER: "employee",
    Role.KITCHEN: "employee",
    Role.MANAGER: "manager",
    Role.ADMIN: "restaurant_owner",
}
assert set(ROLES) == set(Role)

PERMISSIONS: Final = {
    "process_orders": Permission.ORDERS_CREATE,
    "handle_payments": Permission.PAYMENTS_PROCESS,
    "view_reports": Permission.REPORTS_READ,
    "manage_employees": Permission.STAFF_MANAGE,
    "manage_menu": Permission.CATALOG_MANAGE,
    "manage_settings": Permission.SETTINGS_MANAGE,
    "access_pos": Permission.ORDERS_READ,
}
"""What the till calls a right, and the permission that it is of ours."""

FOR_ALL: Final = "view_menu"
"""What everybody who is signed in may do."""

STATES: Final = {
    State.DRAFT: "draft",
    State.VALIDATED: "confirmed",
    State.PARTIALLY_PAID: "confirmed",
    State.PAID: "paid",
    State.PREPARING: "preparing",
    State.READY: "ready",
    State.DONE: "completed",
    State.INVOICED: "completed",
    State.CANCELED: "cancelled",
}
assert set(STATES) == set(State)


class Wished(StrEnum):
    """What the till may ask an order to become; the state table says whether it can."""

    DRAFT = "draft"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    PREPARING = "preparing"
    READY = "ready"
    SERVED = "served"
    COMPLETED = "completed"
    PAID = "paid"
    CANCELLED = "cancelled"


METHODS: Final = {"stripe": "card", "credit_card": "card", "debit_card": "card"}
"""Other names of a payment method; any other word is its code."""

PAID: Final = frozenset({Status.COMPLETED})
"""Only then the money is there: everything else is no success to the till."""


def rights(permissions: frozenset[Permission] | list[Permission]) -> list[str]:
    """Say what somebody may do in the till's words."""
    return [FOR_ALL, *(word for word, needed in PERMISSIONS.items() if needed in permissions)]
