"""What people read of the shop's set-up: locations, registers, people, rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fynlo.kernel.errors import NotFound
from fynlo.staff.store import SETTINGS, person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.database import Row, Tx
    from fynlo.staff.store import Person


async def locations(tx: Tx, location_id: UUID | None = None) -> list[Row]:
    """List the locations, or the one."""
    return await tx.fetch(
        """
        select id, name, country, currency, timezone, day_cutoff, active, version, created_at
        from locations
        where merchant_id = $1 and ($2::uuid is null or id = $2)
        order by created_at, id
        """,
        *(tx.merchant_id, location_id),
    )


async def registers(
    tx: Tx, register_id: UUID | None = None, location_id: UUID | None = None
) -> list[Row]:
    """List the registers, all or of a location, or the one."""
    return await tx.fetch(
        """
        select id, location_id, name, active, version, created_at
        from registers
        where merchant_id = $1 and ($2::uuid is null or id = $2)
          and ($3::uuid is null or location_id = $3)
        order by name, id
        """,
        *(tx.merchant_id, register_id, location_id),
    )


async def people(tx: Tx, staff_id: UUID | None = None) -> list[Person]:
    """List everybody who works here or did, or the one; without what they sign in with."""
    rows = await tx.fetch(
        """
        select id, name, email, role, location_ids, active, version, created_at
        from staff
        where merchant_id = $1 and ($2::uuid is null or id = $2)
        order by name, id
        """,
        *(tx.merchant_id, staff_id),
    )
    return [person(row) for row in rows]


async def settings(tx: Tx) -> Row:
    """Read the rules of the shop."""
    row = await tx.fetchrow(SETTINGS, tx.merchant_id)
    assert row is not None, "Every merchant has settings."
    return row


@dataclass(frozen=True, slots=True)
class LocationRules:
    """The rules that hold at a location, and of those its own: the rest are the merchant's."""

    holding: Mapping[str, Any]
    own: Mapping[str, Any]


async def location_rules(tx: Tx, location_id: UUID) -> LocationRules:
    """Read the rules of a location by their columns; `NotFound` if there is none."""
    holding = await tx.fetchrow(
        "select * from rules where merchant_id = $1 and location_id = $2",
        *(tx.merchant_id, location_id),
    )
    if holding is None:
        raise NotFound(f"There is no location {location_id}.")
    own = await tx.fetchrow(
        "select * from location_settings where merchant_id = $1 and location_id = $2",
        *(tx.merchant_id, location_id),
    )
    return LocationRules(dict(holding), {} if own is None else dict(own))
