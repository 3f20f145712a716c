"""All writing SQL of locations, of the rules that hold there alone, and of registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Row, Tx


async def insert_location(
    tx: Tx, location_id: UUID, wish: Mapping[str, Any], now: datetime
) -> bool:
    """Insert a location; False if its id is taken."""
    inserted = await tx.fetchval(
        """
        insert into locations (
          merchant_id, id, name, country, currency, timezone, day_cutoff, created_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (merchant_id, id) do nothing
        returning true
        """,
        *(tx.merchant_id, location_id, wish["name"], wish["country"], wish["currency"]),
        *(wish["timezone"], wish["day_cutoff"], now),
    )
    return inserted is not None


async def lock_location(tx: Tx, location_id: UUID) -> Row:
    """Read a location in order to change it; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from locations where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, location_id),
    )
    if row is None:
        raise NotFound(f"There is no location {location_id}.")
    return row


async def save_location(tx: Tx, after: Mapping[str, Any]) -> Row:
    """Write a location as its next version; another currency fails once it took an order."""
    row = await tx.fetchrow(
        """
        update locations
        set name = $3, country = $4, currency = $5, timezone = $6, day_cutoff = $7, active = $8,
            version = version + 1
        where merchant_id = $1 and id = $2
        returning *
        """,
        *(tx.merchant_id, after["id"], after["name"], after["country"], after["currency"]),
        *(after["timezone"], after["day_cutoff"], after["active"]),
    )
    assert row is not None
    return row


async def lock_location_settings(tx: Tx, location_id: UUID, now: datetime) -> Row:
    """Read a location's own rules in order to change them; `NotFound` for no location."""
    await lock_location(tx, location_id)
    tx.write(
        """
        insert into location_settings (merchant_id, location_id, updated_at) values ($1, $2, $3)
        on conflict (merchant_id, location_id) do nothing
        """,
        *(tx.merchant_id, location_id, now),
        rows=None,
    )
    row = await tx.fetchrow(
        "select * from location_settings where merchant_id = $1 and location_id = $2",
        *(tx.merchant_id, location_id),
    )
    assert row is not None
    return row


def save_location_settings(tx: Tx, after: Mapping[str, Any], now: datetime) -> None:
    """Write a location's own rules as their next version; None is the merchant's rule."""
    tx.write(
        """
        update location_settings
        set allow_partial_payments = $3, allow_overpayment = $4, change_limit_minor = $5,
            drawer_tolerance_minor = $6, require_manager_approval = $7,
            approval_threshold_minor = $8, cash_drawer_enabled = $9,
            opening_balance_required = $10, closing_balance_required = $11,
            send_unpaid_orders_to_kitchen = $12, discount_limit_basis_points = $13,
            version = version + 1, updated_at = $14
        where merchant_id = $1 and location_id = $2
        """,
        *(tx.merchant_id, after["location_id"], after["allow_partial_payments"]),
        *(after["allow_overpayment"], after["change_limit_minor"]),
        *(after["drawer_tolerance_minor"], after["require_manager_approval"]),
        *(after["approval_threshold_minor"], after["cash_drawer_enabled"]),
        *(after["opening_balance_required"], after["closing_balance_required"]),
        *(after["send_unpaid_orders_to_kitchen"], after["discount_limit_basis_points"], now),
    )


async def insert_register(
    tx: Tx, register_id: UUID, wish: Mapping[str, Any], now: datetime
) -> bool:
    """Insert a register; False if its id is taken."""
    inserted = await tx.fetchval(
        """
        insert into registers (merchant_id, id, location_id, name, created_at)
        values ($1, $2, $3, $4, $5)
        on conflict (merchant_id, id) do nothing
        returning true
        """,
        *(tx.merchant_id, register_id, wish["location_id"], wish["name"], now),
    )
    return inserted is not None


async def lock_register(tx: Tx, register_id: UUID) -> Row:
    """Read a register in order to change it; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from registers where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, register_id),
    )
    if row is None:
        raise NotFound(f"There is no register {register_id}.")
    return row


async def save_register(tx: Tx, after: Mapping[str, Any]) -> Row:
    """Write a register as its next version; it stays at its location."""
    row = await tx.fetchrow(
        """
        update registers set name = $3, active = $4, version = version + 1
        where merchant_id = $1 and id = $2
        returning *
        """,
        *(tx.merchant_id, after["id"], after["name"], after["active"]),
    )
    assert row is not None
    return row
