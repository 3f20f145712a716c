"""Found a merchant: its first location, registers, people, and the ways of paying it starts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.kernel.ids import derive

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import LocationId, MerchantId, RegisterId, StaffId
    from fynlo.platform.database import Tx
    from fynlo.staff.model import Role


@dataclass(frozen=True, slots=True)
class Hire:
    """Somebody who works here from the start."""

    id: StaffId
    name: str
    email: str
    role: Role
    password_hash: str
    pin_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Founding:
    """A merchant with one location."""

    merchant_id: MerchantId
    name: str
    country: str
    currency: str
    timezone: str
    location_id: LocationId
    registers: tuple[tuple[RegisterId, str], ...]
    hires: tuple[Hire, ...]


# Code, name, type, and what the method asks for: a reference, once only, a person's word, a drawer.
METHODS: Final = (
    ("cash", "Cash", "cash", True, False, False, False, True),
    ("card", "Card", "card", True, False, False, False, False),
    ("apple_pay", "Apple Pay", "apple_pay", False, False, False, False, False),
    ("voucher", "Voucher", "manual", True, True, True, False, False),
    ("bank_transfer", "Bank transfer", "manual", True, False, False, True, False),
)


def set_up(tx: Tx, founding: Founding, now: datetime) -> None:
    """Queue everything that a merchant needs to sell; amounts and switches have safe defaults."""
    tx.write(
        "insert into merchants (id, name, country, created_at) values ($1, $2, $3, $4)",
        *(founding.merchant_id, founding.name, founding.country, now),
    )
    tx.write(
        "insert into settings (merchant_id, updated_at) values ($1, $2)",
        *(founding.merchant_id, now),
    )
    tx.write(
        """
        insert into locations (merchant_id, id, name, country, currency, timezone, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        *(founding.merchant_id, founding.location_id, founding.name, founding.country),
        *(founding.currency, founding.timezone, now),
    )
    for register_id, name in founding.registers:
        tx.write(
            """
            insert into registers (merchant_id, id, location_id, name, created_at)
            values ($1, $2, $3, $4, $5)
            """,
            *(founding.merchant_id, register_id, founding.location_id, name, now),
        )
    for hire in founding.hires:
        _hire(tx, founding, hire, now)
    for position, method in enumerate(METHODS):
        tx.write(
            """
            insert into payment_methods (
              merchant_id, id, code, name, type, enabled, requires_reference,
              reference_single_use, needs_confirmation, opens_drawer, created_at
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            *(founding.merchant_id, derive(founding.merchant_id, f"method:{position}")),
            *(*method, now),
        )


def _hire(tx: Tx, founding: Founding, hire: Hire, now: datetime) -> None:
    tx.write(
        """
        insert into staff (
          merchant_id, id, name, email, role, password_hash, pin_hash, location_ids, created_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        *(founding.merchant_id, hire.id, hire.name, hire.email, hire.role, hire.password_hash),
        *(hire.pin_hash, [founding.location_id], now),
    )
    tx.write(
        "insert into logins (email, merchant_id, staff_id) values ($1, $2, $3)",
        *(hire.email, founding.merchant_id, hire.id),
    )
