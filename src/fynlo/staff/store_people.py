"""All writing SQL of the people who work for a merchant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from fynlo.kernel.ids import StaffId
    from fynlo.platform.database import Row, Tx


async def read_person(tx: Tx, staff_id: StaffId) -> Row:
    """Read somebody who is there, with their hashes."""
    row = await tx.fetchrow(
        "select * from staff where merchant_id = $1 and id = $2", *(tx.merchant_id, staff_id)
    )
    assert row is not None
    return row


async def insert_person(tx: Tx, staff_id: StaffId, who: Mapping[str, Any], now: datetime) -> bool:
    """Insert somebody; False if their id is taken."""
    inserted = await tx.fetchval(
        """
        insert into staff (
          merchant_id, id, name, email, role, password_hash, pin_hash, location_ids, created_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (merchant_id, id) do nothing
        returning true
        """,
        *(tx.merchant_id, staff_id, who["name"], who["email"], who["role"], who["password_hash"]),
        *(who["pin_hash"], who["location_ids"], now),
    )
    return inserted is not None


def add_login(tx: Tx, email: str, staff_id: StaffId) -> None:
    """Queue the address by which somebody signs in; one that is in use fails at its key."""
    tx.write(
        "insert into logins (email, merchant_id, staff_id) values ($1, $2, $3)",
        *(email, tx.merchant_id, staff_id),
    )


def move_login(tx: Tx, email: str, staff_id: StaffId) -> None:
    """Queue another address for somebody; one that is in use fails at its key."""
    tx.write(
        "update logins set email = $3 where merchant_id = $1 and staff_id = $2",
        *(tx.merchant_id, staff_id, email),
    )


async def lock_person(tx: Tx, staff_id: StaffId) -> Row | None:
    """Lock somebody in order to change what takes no right of an admin away."""
    return await tx.fetchrow(
        "select * from staff where merchant_id = $1 and id = $2 for no key update",
        *(tx.merchant_id, staff_id),
    )


async def lock_person_and_admins(tx: Tx, staff_id: StaffId) -> tuple[Row | None, list[Row]]:
    """Lock somebody, and whoever else is an admin now: always in the order of their ids."""
    rows = await tx.fetch(
        """
        select * from staff
        where merchant_id = $1 and (id = $2 or (role = 'admin' and active))
        order by id
        for no key update
        """,
        *(tx.merchant_id, staff_id),
    )
    known = {row["id"]: row for row in rows}
    return known.pop(staff_id, None), list(known.values())


async def save_person(tx: Tx, after: Mapping[str, Any]) -> Row:
    """Write somebody as their next version."""
    row = await tx.fetchrow(
        """
        update staff
        set name = $3, email = $4, role = $5, password_hash = $6, pin_hash = $7,
            location_ids = $8, active = $9, version = version + 1
        where merchant_id = $1 and id = $2
        returning *
        """,
        *(tx.merchant_id, after["id"], after["name"], after["email"], after["role"]),
        *(after["password_hash"], after["pin_hash"], after["location_ids"], after["active"]),
    )
    assert row is not None
    return row
