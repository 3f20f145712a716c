"""Whether a code of a second factor lets somebody pass, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.platform.sealed import SECOND_FACTOR_SECRET
from fynlo.staff import attempts, secret_texts, store_factors, totp
from fynlo.staff.limits import code_limit

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import MerchantId, StaffId
    from fynlo.platform.crypto import KeyRing
    from fynlo.platform.database import Row, Tx
    from fynlo.staff.ports import StaffPorts

CODE_LENGTH_MAX: Final = 64


async def passes(
    ports: StaffPorts, merchant_id: MerchantId, staff_id: StaffId, code: str | None, now: datetime
) -> bool | None:
    """Take a code, be it of the authenticator or for recovery; None when one is needed and missing.

    Who has no second factor passes without. Of two at once with one code, one passes. Wrong codes
    are counted by themselves. Raises `TooManyAttempts`.
    """
    limit = code_limit(merchant_id, staff_id)
    if code is not None:
        async with ports.db.system() as connection:
            await attempts.must_be_few(connection, now, limit)
    is_right = await _takes(ports, merchant_id, staff_id, code, now)
    if is_right is not None and code is not None:
        await attempts.count(ports, now, limit, is_right=is_right)
    return is_right


async def _takes(
    ports: StaffPorts, merchant_id: MerchantId, staff_id: StaffId, code: str | None, now: datetime
) -> bool | None:
    async with ports.db.transaction(merchant_id) as tx:
        factor = await store_factors.lock(tx, staff_id)
        if factor is None or factor["confirmed_at"] is None:
            return True
        if code is None:
            return None
        # First: it helps also where the key of the sealed secret was lost.
        code_hash = secret_texts.hashed(code.strip().lower())
        if await store_factors.use_recovery_code(tx, staff_id, code_hash, now):
            return True
        return took_code(tx, ports.keys, factor, code, now)


def took_code(tx: Tx, keys: KeyRing, factor: Row, code: str, now: datetime) -> bool:
    """Take a code of the authenticator, and queue that it was taken."""
    staff_id = factor["staff_id"]
    secret = SECOND_FACTOR_SECRET.open(keys, tx.merchant_id, staff_id, factor["secret_sealed"])
    step = totp.step_of(secret, code.replace(" ", ""), now, factor["last_step"])
    if step is not None:
        store_factors.take_step(tx, staff_id, step)
    return step is not None
