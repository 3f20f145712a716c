"""Save somebody as a change leaves them: what they sign in with, and to, follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.errors import NotFound, must_be_at
from fynlo.kernel.ids import SessionId, StaffId
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import store, store_keys, store_people, store_resets
from fynlo.staff.model import Role, must_leave_an_admin
from fynlo.staff.store import person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from fynlo.platform.database import Row, Tx
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
    the resets that were mailed to them; so does another address. Another PIN ends what they are
    signed in to on devices. A password that somebody else set, or a mail, ends the keys that they
    answer for: whoever knew the old one may have made them. Raises `NotFound`, `VersionConflict`,
    `LastAdmin`; an address that is in use fails at the key of `logins`.
    """
    was, admins = await _lock(tx, StaffId(staff_id), columns)
    if was is None:
        raise NotFound(f"There is no person {staff_id}.")
    must_be_at(was["version"], version)
    after = {**was, **columns}
    if admins is not None:
        must_leave_an_admin(was, after, admins)
    has_new_password = after["password_hash"] != was["password_hash"]
    is_out = has_new_password or not after["active"]
    is_moved = after["email"] != was["email"]
    if is_moved:
        store_people.move_login(tx, after["email"], StaffId(staff_id))
    if is_out:
        store.revoke_sessions_of(tx, StaffId(staff_id), now, but)
    elif after["pin_hash"] != was["pin_hash"]:
        store.revoke_sessions_of(tx, StaffId(staff_id), now, but, only_on_devices=True)
    if has_new_password and (by is None or by.staff_id != staff_id):
        await _end_keys(tx, StaffId(staff_id), now, by)
    if is_out or is_moved:
        store_resets.void(tx, StaffId(staff_id), now)
    before, told = audit.changed(was, after, hidden=_HASHES)
    audit.record(tx, now, by, Act("person.changed", "person", staff_id, before, told))
    return person(await store_people.save_person(tx, after))


async def _lock(
    tx: Tx, staff_id: StaffId, columns: Mapping[str, Any]
) -> tuple[Row | None, list[Row] | None]:
    """Lock somebody, and the admins only for what could take the last one away.

    Two admins who change their own PINs hold their own rows by then: each would wait for the other.
    """
    is_kept = columns.get("active", True) and columns.get("role", Role.ADMIN) == Role.ADMIN
    if is_kept:
        return await store_people.lock_person(tx, staff_id), None
    return await store_people.lock_person_and_admins(tx, staff_id)


async def _end_keys(tx: Tx, staff_id: StaffId, now: datetime, by: Caller | None) -> None:
    for key in await store_keys.revoke_of(tx, staff_id, now):
        before = {"prefix": key["prefix"]}
        audit.record(tx, now, by, Act("api_key.revoked", "api_key", key["id"], before=before))
