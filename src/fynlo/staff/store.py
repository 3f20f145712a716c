"""All writing SQL of signing in, of a merchant's beginning, and of the rules of the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.ids import MerchantId, SessionId, StaffId, derive
from fynlo.staff.model import Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    import asyncpg

    from fynlo.platform.database import Row, Tx
    from fynlo.staff.model import Founding, Hire


# Code, name, type, and what the method asks for: a reference, once only, a person's word, a drawer.
METHODS: Final = (
    ("cash", "Cash", "cash", True, False, False, False, True),
    ("card", "Card", "card", True, False, False, False, False),
    ("apple_pay", "Apple Pay", "apple_pay", False, False, False, False, False),
    ("voucher", "Voucher", "manual", True, True, True, False, False),
    ("bank_transfer", "Bank transfer", "manual", True, False, False, True, False),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here."""

    id: StaffId
    name: str
    email: str
    role: Role
    location_ids: tuple[UUID, ...]
    active: bool
    version: int
    created_at: datetime


def person(row: Row) -> Person:
    """Read a person from their row."""
    return Person(
        id=StaffId(row["id"]),
        name=row["name"],
        email=row["email"],
        role=Role(row["role"]),
        location_ids=tuple(row["location_ids"]),
        active=row["active"],
        version=row["version"],
        created_at=row["created_at"],
    )


async def find_login(
    connection: asyncpg.Connection, email: str
) -> tuple[MerchantId, StaffId] | None:
    """Find whom an e-mail signs in, before any merchant is known."""
    row = await connection.fetchrow(
        "select merchant_id, staff_id from logins where email = $1", email
    )
    return None if row is None else (MerchantId(row["merchant_id"]), StaffId(row["staff_id"]))


async def load_person(tx: Tx, staff_id: StaffId) -> tuple[Person, str] | None:
    """Read somebody and their password's hash."""
    row = await tx.fetchrow(
        "select * from staff where merchant_id = $1 and id = $2", *(tx.merchant_id, staff_id)
    )
    return None if row is None else (person(row), row["password_hash"])


async def find_secrets(tx: Tx, staff_id: StaffId) -> Row | None:
    """Read somebody who works here, with their hashes; None for anybody else."""
    return await tx.fetchrow(
        "select * from staff where merchant_id = $1 and id = $2 and active",
        *(tx.merchant_id, staff_id),
    )


async def lock_secret(
    tx: Tx, staff_id: StaffId, *, password_hash: str | None, pin_hash: str | None
) -> Row | None:
    """Lock somebody who works here and has this password, or this PIN; None if not any more."""
    return await tx.fetchrow(
        """
        select * from staff
        where merchant_id = $1 and id = $2 and active
          and ($3::text is null or password_hash = $3) and ($4::text is null or pin_hash = $4)
        for no key update
        """,
        *(tx.merchant_id, staff_id, password_hash, pin_hash),
    )


def open_session(
    tx: Tx,
    session_id: SessionId,
    staff_id: StaffId,
    lives: tuple[datetime, datetime],
    device_id: UUID | None,
) -> None:
    """Queue a new session, from one moment to another; on a device, if on one."""
    tx.write(
        """
        insert into sessions (merchant_id, id, staff_id, device_id, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        *(tx.merchant_id, session_id, staff_id, device_id, *lives),
    )


def add_refresh_token(
    tx: Tx, token_hash: bytes, session_id: SessionId, expires_at: datetime
) -> None:
    """Queue a refresh token of a session."""
    tx.write(
        """
        insert into refresh_tokens (token_hash, merchant_id, session_id, expires_at)
        values ($1, $2, $3, $4)
        """,
        *(token_hash, tx.merchant_id, session_id, expires_at),
    )


async def use_refresh_token(
    tx: Tx, token_hash: bytes, now: datetime, device_id: UUID | None
) -> Row | None:
    """Take a token, once: the second of two at the same moment gets None.

    That of a session on a device is taken only from that device, in use at a register in use.
    """
    return await tx.fetchrow(
        """
        update refresh_tokens t set used_at = $3
        from sessions s
        left join devices d on d.merchant_id = s.merchant_id and d.id = s.device_id
        left join registers r on r.merchant_id = d.merchant_id and r.id = d.register_id
        where t.merchant_id = $1 and t.token_hash = $2 and t.used_at is null
          and t.expires_at > $3
          and s.merchant_id = t.merchant_id and s.id = t.session_id
          and s.revoked_at is null and s.expires_at > $3
          and (s.device_id is null or (s.device_id = $4 and d.revoked_at is null and r.active))
        returning s.id as session_id, s.staff_id, s.device_id
        """,
        *(tx.merchant_id, token_hash, now, device_id),
    )


def extend_session(tx: Tx, session_id: SessionId, expires_at: datetime) -> None:
    """Queue a later end of a session."""
    tx.write(
        "update sessions set expires_at = $3 where merchant_id = $1 and id = $2",
        *(tx.merchant_id, session_id, expires_at),
    )


def revoke_session(tx: Tx, session_id: SessionId, now: datetime) -> None:
    """Queue a session's end; ending it twice keeps the first moment."""
    tx.write(
        """
        update sessions set revoked_at = coalesce(revoked_at, $3)
        where merchant_id = $1 and id = $2
        """,
        *(tx.merchant_id, session_id, now),
    )


def revoke_sessions_of(
    tx: Tx,
    staff_id: StaffId,
    now: datetime,
    but: SessionId | None = None,
    *,
    only_on_devices: bool = False,
) -> None:
    """Queue the end of what somebody is signed in to, all or on devices, `but` one session."""
    tx.write(
        """
        update sessions set revoked_at = $3
        where merchant_id = $1 and staff_id = $2 and revoked_at is null
          and ($4::uuid is null or id <> $4) and (device_id is not null or not $5)
        """,
        *(tx.merchant_id, staff_id, now, but, only_on_devices),
        rows=None,
    )


def found(tx: Tx, founding: Founding, now: datetime) -> None:
    """Queue a new merchant with all that it needs to sell; switches have safe defaults."""
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


SETTINGS: Final = """
    select s.*, coalesce(d.discount_limit_basis_points, 0) as discount_limit_basis_points,
           coalesce(f.declines_until_told, 3) as declines_until_told
    from settings s
    left join discount_limits d on d.merchant_id = s.merchant_id
    left join decline_rules f on f.merchant_id = s.merchant_id
    where s.merchant_id = $1
"""


async def lock_settings(tx: Tx) -> Row:
    """Read the rules of the shop in order to change them."""
    row = await tx.fetchrow(SETTINGS + " for no key update of s", tx.merchant_id)
    assert row is not None, "Every merchant has settings."
    return row


def save_settings(tx: Tx, after: Mapping[str, Any], now: datetime) -> None:
    """Queue the rules of the shop as their next version."""
    tx.write(
        """
        update settings
        set allow_partial_payments = $2, allow_overpayment = $3, change_limit_minor = $4,
            drawer_tolerance_minor = $5, require_manager_approval = $6,
            approval_threshold_minor = $7, auto_reconcile_cash = $8, cash_drawer_enabled = $9,
            opening_balance_required = $10, closing_balance_required = $11,
            send_unpaid_orders_to_kitchen = $12, action_deadline_seconds = $13,
            version = version + 1, updated_at = $14
        where merchant_id = $1
        """,
        *(tx.merchant_id, after["allow_partial_payments"], after["allow_overpayment"]),
        *(after["change_limit_minor"], after["drawer_tolerance_minor"]),
        *(after["require_manager_approval"], after["approval_threshold_minor"]),
        *(after["auto_reconcile_cash"], after["cash_drawer_enabled"]),
        *(after["opening_balance_required"], after["closing_balance_required"]),
        *(after["send_unpaid_orders_to_kitchen"], after["action_deadline_seconds"], now),
    )
    tx.write(
        """
        insert into discount_limits (merchant_id, discount_limit_basis_points) values ($1, $2)
        on conflict (merchant_id) do update set discount_limit_basis_points = $2
        """,
        *(tx.merchant_id, after["discount_limit_basis_points"]),
    )
    tx.write(
        """
        insert into decline_rules (merchant_id, declines_until_told) values ($1, $2)
        on conflict (merchant_id) do update set declines_until_told = $2
        """,
        *(tx.merchant_id, after["declines_until_told"]),
    )
