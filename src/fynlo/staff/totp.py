"""Time-based one-time codes (RFC 6238): six digits, SHA-1, half a minute, as every app has them."""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

if TYPE_CHECKING:
    from datetime import datetime

SECONDS: Final = 30
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_ISSUER: Final = "Fynlo"
_STEPS_EITHER_WAY: Final = 1
"""How far the clock of a phone may be off."""


def new_secret() -> bytes:
    """Make a secret as long as the hash, which RFC 4226 recommends."""
    return secrets.token_bytes(_SECRET_BYTES)


def shown(secret: bytes) -> str:
    """Write a secret as people type it into an app."""
    return base64.b32encode(secret).decode()


def address(secret: bytes, email: str) -> str:
    """Write a secret as an app reads it from a picture."""
    return _codes(secret).get_provisioning_uri(email, _ISSUER)


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a time step."""
    return _codes(secret).generate(step * SECONDS).decode()


def step_of(secret: bytes, code: str, now: datetime, after: int) -> int | None:
    """Find the time step that a code belongs to, later than `after`; None for a wrong code.

    A code that was taken, or is older than one that was, is none any more.
    """
    present = int(now.timestamp()) // SECONDS
    for step in range(present - _STEPS_EITHER_WAY, present + _STEPS_EITHER_WAY + 1):
        if step > after and hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def _codes(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), SECONDS)  # noqa: S303 - what the standard and apps use
