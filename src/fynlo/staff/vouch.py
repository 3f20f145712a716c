"""Take a proof: who gave it, as they are now, held to what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.ids import LocationId
from fynlo.staff import store
from fynlo.staff.model import Actor, ProofInvalid, Role

if TYPE_CHECKING:
    from fynlo.platform.database import Tx
    from fynlo.staff.model import Permission
    from fynlo.staff.prove import Proven


async def vouch(tx: Tx, proven: Proven, permission: Permission | None) -> Actor:
    """Return who proved it; they stay as they are until the commit.

    Raises `ProofInvalid` when they left or have another secret by now, `Forbidden` without the
    permission. Where they may do it, and whether it is their own act, is for the caller to ask.
    """
    row = await store.lock_secret(
        tx, proven.staff_id, password_hash=proven.password_hash, pin_hash=proven.pin_hash
    )
    if row is None:
        raise ProofInvalid("This is not the right password or PIN any more.")
    actor = Actor(
        staff_id=proven.staff_id,
        name=row["name"],
        role=Role(row["role"]),
        location_ids=frozenset(LocationId(one) for one in row["location_ids"]),
    )
    if permission is not None:
        actor.must(permission)
    return actor
