"""Hire somebody: their row, and the address that signs them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.errors import IdReused
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import store_actors, store_people

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from fynlo.kernel.ids import StaffId
    from fynlo.platform.database import Tx
    from fynlo.staff.model import Caller


_TOLD: Final = ("name", "email", "role", "location_ids")


async def hire(
    tx: Tx, staff_id: StaffId, columns: Mapping[str, Any], now: datetime, by: Caller | None = None
) -> bool:
    """Write somebody, with hashes of what they sign in with; False if their id is taken.

    Whoever may do it was asked before. Raises `IdReused` for the id of a key; an address that is in
    use fails at the key of `logins`.
    """
    if await store_actors.is_a_keys(tx, staff_id):
        raise IdReused(f"{staff_id} names a key.")
    is_new = await store_people.insert_person(tx, staff_id, columns, now)
    if is_new:
        store_people.add_login(tx, columns["email"], staff_id)
        told = audit.made(columns, _TOLD)
        audit.record(tx, now, by, Act("person.added", "person", staff_id, after=told))
    return is_new
