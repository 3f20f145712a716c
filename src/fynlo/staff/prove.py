"""Somebody shows, beside the caller's own session, who they are: with their PIN or password.

A manager who approves something at somebody else's till does this, and who changes their own PIN or
password. It comes before the transaction that it is for: a failure must be counted though nothing
else is written, and a slow hash must hold no lock. In that transaction `vouch` takes the proof.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.kernel.ids import StaffId
from fynlo.staff import attempts, store
from fynlo.staff.hashing import NOBODY, passwords
from fynlo.staff.limits import pin_limit, proof_limit
from fynlo.staff.model import ProofInvalid

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.kernel.ids import MerchantId
    from fynlo.platform.ports import Ports


@dataclass(frozen=True, slots=True)
class Proven:
    """Who proved it, and the hash that it was proved against: a changed one is no proof."""

    staff_id: StaffId
    password_hash: str | None = None
    pin_hash: str | None = None


async def prove(
    ports: Ports,
    merchant_id: MerchantId,
    person_id: UUID,
    *,
    pin: str | None = None,
    password: str | None = None,
) -> Proven:
    """Check somebody's PIN, or else their password.

    A wrong PIN counts as one at a device; wrong passwords have a count of their own. Raises
    `ProofInvalid`, whether the person or the secret is wrong, and `TooManyAttempts`.
    """
    assert (pin is None) is not (password is None), "One of them is the proof."
    now, staff_id = ports.clock.now(), StaffId(person_id)
    async with ports.db.transaction(merchant_id) as tx:
        row = await store.find_secrets(tx, staff_id)
    limit = (pin_limit if password is None else proof_limit)(merchant_id, staff_id)
    async with ports.db.system() as connection:
        await attempts.must_be_few(connection, now, limit)
    kind = "password_hash" if pin is None else "pin_hash"
    kept = None if row is None else row[kind]
    fits = await asyncio.to_thread(passwords.verify, pin or password or "", kept or NOBODY)
    is_right = fits and kept is not None
    await attempts.count(ports, now, limit, is_right=is_right)
    if not is_right:
        raise ProofInvalid("This is not the right password or PIN.")
    return Proven(staff_id, **{kind: kept})
