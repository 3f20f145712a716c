"""Put another secret in the place of an API key's, which may be known to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.errors import NotFound
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.staff import secret_texts, store_keys
from fynlo.staff.add_key import PREFIX_LENGTH
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission, must_be_scopes

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller


async def regenerate_key(ports: Ports, caller: Caller, key_id: UUID) -> tuple[Row, str]:
    """Return the key with its new text; the old one ends at once, and every call makes another.

    The caller answers for it from then on, so it can do no more than they. Raises `Forbidden` for a
    scope that they do not hold, `NotFound` for an unknown key or one that was revoked.
    """
    now, text = ports.clock.now(), secret_texts.new(secret_texts.API_KEY)
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.KEYS_MANAGE, now)
        key = await store_keys.lock(tx, key_id)
        if key["revoked_at"] is not None:
            raise NotFound("This key was revoked; make another.")
        must_be_scopes(actor, [Permission(one) for one in key["scopes"]])
        hidden = text[:PREFIX_LENGTH], secret_texts.hashed(text)
        before = {"prefix": key["prefix"], "staff_id": key["staff_id"]}
        told = {"prefix": hidden[0], "staff_id": actor.staff_id}
        act = Act("api_key.regenerated", "api_key", key_id, before, told)
        audit.record(tx, now, caller, act)
        for staff_id in (key["staff_id"], actor.staff_id):
            store_keys.answer_for(tx, key_id, staff_id, now)
        return await store_keys.replace(tx, key_id, actor.staff_id, *hidden), text
