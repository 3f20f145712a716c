"""Offer somebody a second factor: a secret for their authenticator, which they confirm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo.platform.sealed import SECOND_FACTOR_SECRET
from fynlo.staff import queries, store_factors, totp
from fynlo.staff.admit import admit
from fynlo.staff.model import SecondFactorExists
from fynlo.staff.prove import prove
from fynlo.staff.vouch import vouch

if TYPE_CHECKING:
    from fynlo.staff.model import Caller
    from fynlo.staff.ports import StaffPorts


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret, told once: as people type it, and as an app reads it from a picture."""

    secret: str
    uri: str


async def offer_factor(ports: StaffPorts, caller: Caller, password: str) -> Offer:
    """Keep a new secret for the caller; nothing asks for it before it is confirmed.

    An offer that was not confirmed is replaced. Raises `ProofInvalid`, `TooManyAttempts`, and
    `SecondFactorExists` for a factor that is in use.
    """
    caller.must_be_a_person()
    now = ports.clock.now()
    proven = await prove(ports, caller.merchant_id, caller.staff_id, password=password)
    secret = totp.new_secret()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, now)
        await vouch(tx, proven, None)
        factor = await store_factors.lock(tx, actor.staff_id)
        if factor is not None and factor["confirmed_at"] is not None:
            raise SecondFactorExists("Ask an admin to remove the one that you have.")
        sealed = SECOND_FACTOR_SECRET.seal(ports.keys, tx.merchant_id, actor.staff_id, secret)
        store_factors.offer(tx, actor.staff_id, sealed, now)
        (person,) = await queries.people(tx, actor.staff_id)
    return Offer(totp.shown(secret), totp.address(secret, person.email))
