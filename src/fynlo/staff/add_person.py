"""Take somebody on: from then on they sign in with their e-mail and password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncpg import UniqueViolationError

from fynlo.kernel.errors import IdReused, must_be_the_same
from fynlo.kernel.ids import StaffId, uuid7
from fynlo.platform.commands import Made
from fynlo.staff import queries, store_people
from fynlo.staff.admit import admit
from fynlo.staff.hashing import are_those, hashed
from fynlo.staff.hire import hire
from fynlo.staff.model import EmailTaken, Permission, as_kept, must_exist
from fynlo.staff.store import person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller
    from fynlo.staff.store import Person

_PLAIN: Final = ("name", "email", "role", "location_ids")


async def add_person(
    ports: Ports, caller: Caller, staff_id: UUID | None, wish: Mapping[str, Any]
) -> Made[Person]:
    """Add somebody as `wish` says, with a password and perhaps a PIN, of which hashes are kept.

    With an id, saying it again changes nothing. Raises `Invalid` for an unknown location,
    `EmailTaken` for an address that signs anybody of the installation in, `IdReused` when the id
    names somebody else, a key, or somebody who was changed since.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:  # Before anything slow is done.
        await admit(tx, caller, Permission.STAFF_MANAGE, now)
    columns = await hashed(as_kept(wish))
    try:
        async with ports.db.transaction(caller.merchant_id) as tx:
            await admit(tx, caller, Permission.STAFF_MANAGE, now)
            must_exist(wish["location_ids"], [row["id"] for row in await queries.locations(tx)])
            person_id = StaffId(staff_id or uuid7(now))
            is_new = await hire(tx, person_id, columns, now, caller)
            known = await store_people.read_person(tx, person_id)
    except UniqueViolationError as error:
        if error.constraint_name != "logins_pkey":
            raise
        raise EmailTaken("Somebody signs in with this e-mail.") from None
    if not is_new:
        must_be_the_same(known, {name: columns[name] for name in _PLAIN})
        # What they sign in with today is nobody's to try here, who was told no count of failures.
        if known["version"] != 1 or not await are_those(wish, known):
            raise IdReused(f"{person_id} was changed, or has another password or PIN.")
    return Made(person(known), is_replay=not is_new)
