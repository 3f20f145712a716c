"""Exchange a refresh token for new tokens, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.errors import Unauthenticated
from fynlo.kernel.ids import MerchantId, SessionId, StaffId
from fynlo.staff import secret_texts, store, store_devices, tokens
from fynlo.staff.begin_session import SignedIn
from fynlo.staff.model import Caller, TokenReused

if TYPE_CHECKING:
    from fynlo.staff.ports import StaffPorts


async def refresh(
    ports: StaffPorts, refresh_token: str, device_token: str | None = None
) -> SignedIn:
    """Rotate the tokens of a session; one on a device goes on only there, so it needs both tokens.

    Raises `Unauthenticated` for a token that is unknown, over or another device's, and
    `TokenReused` for one that was used: then the whole session ends, because two people hold it.
    """
    now, token_hash = ports.clock.now(), secret_texts.hashed(refresh_token)
    async with ports.db.system() as connection:
        known = await connection.fetchrow(
            "select merchant_id, session_id, used_at from refresh_tokens where token_hash = $1",
            token_hash,
        )
        device = None
        if device_token:
            device = await store_devices.find(connection, secret_texts.hashed(device_token))
    if known is None:
        raise Unauthenticated("The refresh token is not one of ours.")
    merchant_id = MerchantId(known["merchant_id"])
    fresh, expires_at = secret_texts.new(secret_texts.REFRESH), now + tokens.REFRESH_LIFETIME
    async with ports.db.transaction(merchant_id) as tx:
        device_id = device[1] if device is not None and device[0] == merchant_id else None
        taken = await store.use_refresh_token(tx, token_hash, now, device_id)
        if taken is None:
            used = await tx.fetchval(
                "select used_at from refresh_tokens where merchant_id = $1 and token_hash = $2",
                *(merchant_id, token_hash),
            )
            if used is not None:
                store.revoke_session(tx, SessionId(known["session_id"]), now)
        else:
            session_id = SessionId(taken["session_id"])
            store.extend_session(tx, session_id, expires_at)
            store.add_refresh_token(tx, secret_texts.hashed(fresh), session_id, expires_at)
            found = await store.load_person(tx, StaffId(taken["staff_id"]))
    if taken is None and used is not None:
        raise TokenReused("This refresh token was used before; the session ended.")
    if taken is None or found is None or not found[0].active:
        raise Unauthenticated("The session has ended, or is one of another device.")
    where = str(taken["device_id"] or "")
    caller = Caller(merchant_id, session_id, found[0].id, where)
    access_token = tokens.issue(ports.keys, caller, now)
    return SignedIn(access_token, fresh, merchant_id, found[0], bool(where))
