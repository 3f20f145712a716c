"""All writing SQL of modifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Row, Tx


async def insert_modifier(
    tx: Tx, modifier_id: UUID, wish: Mapping[str, Any], now: datetime
) -> bool:
    """Insert something that can be chosen; False if the id is taken."""
    inserted = await tx.fetchval(
        """
        insert into modifiers (
          merchant_id, id, name, price_delta_minor, currency, active, created_at
        )
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (merchant_id, id) do nothing
        returning true
        """,
        *(tx.merchant_id, modifier_id, wish["name"], wish["price_delta_minor"]),
        *(wish["currency"], wish["active"], now),
    )
    return inserted is not None


async def lock_modifier(tx: Tx, modifier_id: UUID) -> Row:
    """Read a modifier in order to change it; `NotFound` if there is none."""
    row = await tx.fetchrow(
        "select * from modifiers where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, modifier_id),
    )
    if row is None:
        raise NotFound(f"There is no modifier {modifier_id}.")
    return row


async def save_modifier(tx: Tx, after: Mapping[str, Any]) -> Row:
    """Write a modifier as its next version; its currency never changes."""
    row = await tx.fetchrow(
        """
        update modifiers
        set name = $3, price_delta_minor = $4, active = $5, version = version + 1
        where merchant_id = $1 and id = $2
        returning *
        """,
        *(tx.merchant_id, after["id"], after["name"], after["price_delta_minor"]),
        after["active"],
    )
    assert row is not None
    return row
