"""Access tokens: who says so, for whom, until when; each claim is checked, by our own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

import jwt

from fynlo.kernel.errors import Unauthenticated
from fynlo.kernel.ids import MerchantId, SessionId, StaffId
from fynlo.staff.model import Caller

if TYPE_CHECKING:
    from fynlo.platform.crypto import KeyRing

ACCESS_SECONDS: Final = 3600
REFRESH_LIFETIME: Final = timedelta(seconds=86_400)

_ISSUER: Final = "fynlo"
_AUDIENCE: Final = "fynlo-api"
_PURPOSE: Final = "access token"
_CLAIMS: Final = ("iss", "aud", "sub", "sid", "mid", "typ", "jti", "iat", "exp")


def issue(keys: KeyRing, caller: Caller, now: datetime) -> str:
    """Sign an access token for one hour."""
    key = keys.newest(_PURPOSE)
    issued = int(now.timestamp())
    claims: dict[str, object] = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": str(caller.staff_id),
        "sid": str(caller.session_id),
        "mid": str(caller.merchant_id),
        "typ": "access",
        "jti": str(uuid5(caller.session_id, now.isoformat())),
        "iat": issued,
        "exp": issued + ACCESS_SECONDS,
    }
    if caller.device:
        claims["dev"] = caller.device
    return jwt.encode(claims, key.secret, algorithm="HS256", headers={"kid": key.id})


def verify(keys: KeyRing, token: str, now: datetime) -> Caller:
    """Read a token; `Unauthenticated` unless every claim is there and right."""
    try:
        signed = _signed(keys, token)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError, OSError):
        raise Unauthenticated("The access token is not one of ours.") from None
    if not signed.issued - timedelta(seconds=60) <= now < signed.expires:
        raise Unauthenticated("The access token is not valid now.")
    return signed.caller


@dataclass(frozen=True, slots=True)
class _Signed:
    caller: Caller
    issued: datetime
    expires: datetime


@lru_cache(maxsize=4096)
def _signed(keys: KeyRing, token: str) -> _Signed:
    """Check all that never changes about a token; only what we signed ourselves is remembered.

    A till sends the same token a thousand times. Whether its session still holds is not asked here.
    """
    claims = _decode(keys, token)
    if claims["typ"] != "access":
        raise jwt.InvalidTokenError
    return _Signed(
        Caller(
            MerchantId(UUID(claims["mid"])),
            SessionId(UUID(claims["sid"])),
            StaffId(UUID(claims["sub"])),
            str(UUID(claims["dev"])) if "dev" in claims else "",
        ),
        datetime.fromtimestamp(claims["iat"], UTC),
        datetime.fromtimestamp(claims["exp"], UTC),
    )


def _decode(keys: KeyRing, token: str) -> dict[str, Any]:
    key = keys.find(_PURPOSE, str(jwt.get_unverified_header(token).get("kid")))
    if key is None:
        raise jwt.InvalidKeyError
    # The library would ask the machine's clock; the times are checked by the caller.
    claims: dict[str, Any] = jwt.decode(
        token,
        key.secret,
        algorithms=["HS256"],
        audience=_AUDIENCE,
        issuer=_ISSUER,
        options={
            "require": list(_CLAIMS),
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
        },
    )
    return claims
