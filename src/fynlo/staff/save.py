"""Save somebody as a change leaves them: what they sign in with, and to, follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.errors import NotFound, must_be_at
from fynlo.kernel.ids import SessionId, StaffId
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import store, store_people, store_resets
from fynlo.staff.model import must_leave_an_admin
from fynlo.staff.store import person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Tx
    from fynlo.staff.model import Caller
    from fynlo.staff.store import Person


_HASHES: Final = frozenset({"password_hash", "pin_hash"})


async def save(
    tx: Tx,
    staff_id: UUID,
    columns: Mapping[str, Any],
    now: datetime,
    *,
    version: int | None = None,
    but: SessionId | None = None,
    by: Caller | None = None,
) -> Person:
    """Write what `columns` name, and who did: whoever may do it was asked before.

    A new password, or leaving, ends everything that they are signed in to, `but` one session, and
    the resets that were mailed to them; so does another address. Raises `NotFound`,
    `VersionConflict`, `LastAdmin`; an address that is in use fails at the key of `logins`.
    """
    was, admins = await store_people.lock_person_and_admins(tx, StaffId(staff_id))
    if was is None:
        raise NotFound(f"There is no person {staff_id}.")
    must_be_at(was["version"], version)
    after = {**was, **columns}
    must_leave_an_admin(was, after, admins)
    is_out = not after["active"] or after["password_hash"] != was["password_hash"]
    is_moved = after["email"] != was["email"]
    if is_moved:
        store_people.move_login(tx, after["email"], StaffId(staff_id))
    if is_out:
        store.revoke_sessions_of(tx, StaffId(staff_id), now, but)
    if is_out or is_moved:
        store_resets.void(tx, StaffId(staff_id), now)
    before, told = audit.changed(was, after, hidden=_HASHES)
    audit.record(tx, now, by, Act("person.changed", "person", staff_id, before, told))
    return person(await store_people.save_person(tx, after))
