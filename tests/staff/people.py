"""People who sign in with a password, as they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from fynlo.staff.hashing import passwords
from tests.support.shop import said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Shop, Till

PASSWORD: Final = "tea at four"
_HASH: Final = passwords.hash(PASSWORD)
PIN: Final = "0042"
_PIN_HASH: Final = passwords.hash(PIN)


async def give_password(shop: Shop) -> None:
    """Let everybody of a shop sign in with the same password."""
    await shop.rows("update staff set password_hash = $1 returning id", _HASH)


async def log_in(
    http: httpx.AsyncClient, email: str, password: object = PASSWORD
) -> httpx.Response:
    return await http.post("/api/v1/auth/login", json={"email": email, "password": password})


async def refresh(
    http: httpx.AsyncClient, token: object, device: str | None = None
) -> httpx.Response:
    headers = {} if device is None else {"X-Device-Token": device}
    return await http.post("/api/v1/auth/refresh", json={"refresh_token": token}, headers=headers)


async def signed_in(http: httpx.AsyncClient, email: str) -> dict[str, Any]:
    return said(await log_in(http, email), 200)


async def me(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})


async def sessions(shop: Shop) -> list[dict[str, Any]]:
    """Read everything that a sign-in leaves behind."""
    return await shop.rows(
        """
        select s.id, s.staff_id, s.expires_at, s.revoked_at, t.token_hash, t.used_at,
               t.expires_at as token_expires_at
        from sessions s left join refresh_tokens t on t.session_id = s.id
        order by s.created_at, s.id, t.expires_at, t.token_hash
        """
    )


async def fail(shop: Shop, email: str, times: int) -> None:
    """Let so many attempts have failed just now, without the cost of a password."""
    await fail_at(shop, f"password:{email}", times)


async def failures(shop: Shop, email: str) -> int:
    """Count the failed attempts that are remembered for an e-mail."""
    return await failed_at(shop, f"password:{email}")


async def wrong_proofs(shop: Shop, who: str) -> int:
    """Count the wrong passwords of somebody who was asked to prove who they are."""
    return await failed_at(shop, f"proof:{shop.merchant_id}:{shop.staff_id(who)}")


async def give_pin(shop: Shop, *whose: str) -> None:
    """Let some people of a shop sign in with the same PIN."""
    await shop.rows(
        "update staff set pin_hash = $1 where email = any($2) returning id",
        *(_PIN_HASH, [shop.email(who) for who in whose]),
    )


async def add_device(admin: Till, register: int = 1, **body: object) -> dict[str, Any]:
    """Put a device at a register."""
    path = f"/registers/{admin.shop.register_id(register)}/devices"
    return said(await admin.call("POST", path, {"name": "Tablet", **body}), 201)


async def enter(
    http: httpx.AsyncClient, token: str | None, staff_id: object, pin: str = PIN
) -> httpx.Response:
    """Sign in with a PIN on a device."""
    headers = {} if token is None else {"X-Device-Token": token}
    body = {"staff_id": str(staff_id), "pin": pin}
    return await http.post("/api/v1/auth/pin", json=body, headers=headers)


async def fail_at(shop: Shop, subject: str, times: int) -> None:
    """Let so many attempts of any kind have failed just now."""
    now = shop.wiring.clock.now()
    async with shop.wiring.db.system() as connection:
        for _ in range(times):
            await connection.execute(
                "insert into failed_attempts (subject, id, failed_at) values ($1, $2, $3)",
                *(subject, uuid4(), now),
            )


async def failed_at(shop: Shop, subject: str) -> int:
    """Count the failed attempts of any kind that are remembered."""
    async with shop.wiring.db.system() as connection:
        count: int = await connection.fetchval(
            "select count(*) from failed_attempts where subject = $1", subject
        )
    return count
