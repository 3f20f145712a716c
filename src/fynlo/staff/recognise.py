"""Recognise an API key, before anything else of a request is read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import Unauthenticated
from fynlo.kernel.ids import MerchantId, SessionId, StaffId
from fynlo.staff import secret_texts, store_keys
from fynlo.staff.model import Caller

if TYPE_CHECKING:
    from fynlo.platform.ports import Ports

USE_NOTED_EVERY: Final = timedelta(minutes=1)


async def recognise(ports: Ports, text: str) -> Caller:
    """Find whose key this is, and note its use, at most once a minute.

    Raises `Unauthenticated` for what is no key. Whether the key still holds, `admit` finds out in
    the operation itself, exactly as for a token.
    """
    now = ports.clock.now()
    async with ports.db.system() as connection:
        found = await store_keys.find(connection, secret_texts.hashed(text))
    if found is None:
        raise Unauthenticated("The API key is not one of ours.")
    merchant_id, key_id, last = MerchantId(found["merchant_id"]), found["id"], found["last_used_at"]
    since = now - USE_NOTED_EVERY
    if last is None or last <= since:
        async with ports.db.transaction(merchant_id) as tx:
            store_keys.note_use(tx, key_id, now, since)
    return Caller(merchant_id, SessionId(key_id), StaffId(key_id), str(key_id), is_key=True)
