"""Change somebody: what they may do, how they sign in, whether they still work here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncpg import UniqueViolationError

from fynlo.staff import queries
from fynlo.staff.admit import admit
from fynlo.staff.hashing import hashed
from fynlo.staff.model import EmailTaken, Permission, as_kept, must_exist, must_prove_first
from fynlo.staff.save import save

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller
    from fynlo.staff.store import Person


async def change_person(
    ports: Ports, caller: Caller, staff_id: UUID, wish: Mapping[str, Any], version: int | None
) -> Person:
    """Change what `wish` names; a role, a location, a leaving hold at the person's next request.

    A new password, or leaving, ends everything that they are signed in to. Raises `NotFound`,
    `VersionConflict`, `Invalid` for an unknown location, `EmailTaken`, `LastAdmin`, and `Forbidden`
    for a password or PIN of one's own.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:  # Before anything slow is done.
        await admit(tx, caller, Permission.STAFF_MANAGE, now)
    columns = await hashed(as_kept(wish))
    try:
        async with ports.db.transaction(caller.merchant_id) as tx:
            actor = await admit(tx, caller, Permission.STAFF_MANAGE, now)
            if actor.staff_id == staff_id:
                must_prove_first(wish)
            places = [row["id"] for row in await queries.locations(tx)]
            must_exist(wish.get("location_ids", ()), places)
            return await save(tx, staff_id, columns, now, version=version, by=caller)
    except UniqueViolationError as error:
        if error.constraint_name != "logins_pkey":
            raise
        raise EmailTaken("Somebody signs in with this e-mail.") from None
