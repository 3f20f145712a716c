"""Make an API key: for a program that is no person and stands at no register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fynlo.kernel.errors import IdReused, Invalid, must_be_the_same
from fynlo.kernel.ids import uuid7
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.platform.commands import Made
from fynlo.staff import secret_texts, store_actors, store_keys
from fynlo.staff.admit import admit
from fynlo.staff.model import Permission, must_be_scopes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fynlo.platform.database import Row
    from fynlo.platform.ports import Ports
    from fynlo.staff.model import Caller

PREFIX_LENGTH: Final = 8
"""How much of a key is listed, so that people know which it is."""


async def add_key(
    ports: Ports, caller: Caller, key_id: UUID | None, wish: Mapping[str, Any]
) -> tuple[Made[Row], str | None]:
    """Add a key; return it with its text, which is told once and kept only as a hash.

    With an id, saying it again changes nothing, and tells no text. Raises `Forbidden` for a scope
    that the caller does not hold, `Invalid` for one that no key holds or an expiry that has passed,
    `IdReused`.
    """
    now = ports.clock.now()
    if wish["expires_at"] is not None and wish["expires_at"] <= now:
        raise Invalid.at("/expires_at", "This has passed.")
    text = secret_texts.new(secret_texts.API_KEY)
    made_id = key_id or uuid7(now)
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await admit(tx, caller, Permission.KEYS_MANAGE, now)
        must_be_scopes(actor, wish["scopes"])
        if await store_actors.is_a_persons(tx, made_id):
            raise IdReused(f"{made_id} names somebody.")
        columns = {**wish, "scopes": sorted(set(wish["scopes"]))}
        hidden = {"prefix": text[:PREFIX_LENGTH], "key_hash": secret_texts.hashed(text)}
        whole = {**columns, **hidden, "staff_id": actor.staff_id}
        is_new = await store_keys.insert(tx, made_id, whole, now)
        key = await store_keys.lock(tx, made_id)
        if is_new:
            store_keys.answer_for(tx, made_id, actor.staff_id, now)
            act = Act("api_key.added", "api_key", made_id, after=columns)
            audit.record(tx, now, caller, act)
    must_be_the_same(key, columns)
    return Made(key, is_replay=not is_new), text if is_new else None
