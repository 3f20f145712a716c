"""Change somebody: what they may do, how they sign in, whether they still work here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncpg import UniqueViolationError

from fynlo.kernel.errors import NotFound, must_be_at
from fynlo.kernel.ids import StaffId
from fynlo.staff import queries, store, store_people
from fynlo.staff.admit import admit
from fynlo.staff.hashing import hashed
from fynlo.staff.model import (
    EmailTaken,
    Permission,
    as_kept,
    must_exist,
    must_leave_an_admin,
)
from fynlo.staff.store import person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Row, Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller
    from fynlo.staff.store import Person


async def change_person(
    ports: Ports, caller: Caller, staff_id: UUID, wish: Mapping[str, Any], version: int | None
) -> Person:
    """Change what `wish` names; a role, a location, a leaving hold at the person's next request.

    A new password, or leaving, ends everything that they are signed in to. Raises `NotFound`,
    `VersionConflict`, `Invalid` for an unknown location, `EmailTaken`, and `LastAdmin`.
    """
    now = ports.clock.now()
    columns = await hashed(as_kept(wish))
    try:
        async with ports.db.transaction(caller.merchant_id) as tx:
            await admit(tx, caller, Permission.STAFF_MANAGE, now)
            was, admins = await store_people.lock_person_and_admins(tx, StaffId(staff_id))
            if was is None:
                raise NotFound(f"There is no person {staff_id}.")
            must_be_at(was["version"], version)
            places = [row["id"] for row in await queries.locations(tx)]
            must_exist(wish.get("location_ids", ()), places)
            after = {**was, **columns}
            must_leave_an_admin(was, after, admins)
            return person(await _save(tx, was, after, now))
    except UniqueViolationError as error:
        if error.constraint_name != "logins_pkey":
            raise
        raise EmailTaken("Somebody signs in with this e-mail.") from None


async def _save(tx: Tx, was: Row, after: Mapping[str, Any], now: datetime) -> Row:
    """Write a person; what they sign in with, and to, follows."""
    staff_id = StaffId(was["id"])
    if after["email"] != was["email"]:
        store_people.move_login(tx, after["email"], staff_id)
    if not after["active"] or after["password_hash"] != was["password_hash"]:
        store.revoke_sessions_of(tx, staff_id, now)
    return await store_people.save_person(tx, after)
