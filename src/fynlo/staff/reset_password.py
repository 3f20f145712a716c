"""Set a new password by the token of a mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.staff import secret_texts, store_attempts, store_people, store_resets
from fynlo.staff.hashing import hashed
from fynlo.staff.limits import password_limit
from fynlo.staff.model import ResetInvalid
from fynlo.staff.save import save

if TYPE_CHECKING:
    from fynlo.platform.ports import Ports

_OVER = "Ask for another mail."


async def reset_password(ports: Ports, token: str, new: str) -> None:
    """Use the token, once: every session and key ends; failed attempts to sign in are forgotten.

    A second factor stays: a mailbox alone lets nobody in. Raises `ResetInvalid` for a token that is
    unknown, used, older than a day, or whose person left or has another address by now.
    """
    now, token_hash = ports.clock.now(), secret_texts.hashed(token)
    async with ports.db.system() as connection:
        merchant_id = await store_resets.find(connection, token_hash)
    if merchant_id is None:
        raise ResetInvalid(_OVER)
    columns = await hashed({"password": new})
    async with ports.db.transaction(merchant_id) as tx:
        used = await store_resets.use(tx, token_hash, now)
        if used is None:
            raise ResetInvalid(_OVER)
        known = await store_people.lock_person(tx, used["staff_id"])
        if known is None or not known["active"] or known["email"] != used["email"]:
            raise ResetInvalid(_OVER)
        await save(tx, used["staff_id"], columns, now)
    async with ports.db.system() as connection:
        await store_attempts.forget(connection, password_limit(used["email"]).subject)
