"""Confirm a second factor with a first code: from then on signing in needs one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import NotFound
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import attempts, secret_texts, store_factors
from fynlo.staff.admit import admit
from fynlo.staff.limits import code_limit
from fynlo.staff.model import ProofInvalid, SecondFactorExists
from fynlo.staff.second_factor import took_code

if TYPE_CHECKING:
    from fynlo.staff.model import Caller
    from fynlo.staff.ports import StaffPorts

RECOVERY_CODES: Final = 10


async def confirm_factor(ports: StaffPorts, caller: Caller, code: str) -> list[str]:
    """Put the factor that was offered into use; return the recovery codes, which are told once.

    Raises `ProofInvalid` for a wrong code, `TooManyAttempts`, `NotFound` where nothing was offered,
    and `SecondFactorExists` where it is in use already.
    """
    caller.must_be_a_person()
    now = ports.clock.now()
    codes = [secret_texts.new_recovery_code() for _ in range(RECOVERY_CODES)]
    limit = code_limit(caller.merchant_id, caller.staff_id)
    async with ports.db.system() as connection:
        await attempts.must_be_few(connection, now, limit)
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, None, now)
        factor = await store_factors.lock(tx, actor.staff_id)
        if factor is None:
            raise NotFound("There is no second factor to confirm.")
        if factor["confirmed_at"] is not None:
            raise SecondFactorExists("Your second factor is confirmed.")
        is_right = took_code(tx, ports.keys, factor, code, now)
        if is_right:
            hashes = [secret_texts.hashed(one) for one in codes]
            store_factors.confirm(tx, actor.staff_id, now, hashes)
            act = Act("second_factor.added", "person", actor.staff_id)
            audit.record(tx, now, caller, act)
    if not is_right:  # Counted outside of the transaction: a refusal inside would undo the count.
        await attempts.count(ports, now, limit, is_right=False)
        raise ProofInvalid("This code is wrong: does the clock of the device agree?")
    return codes
