"""Texts that let somebody in: long, by chance, told once; only their hashes are stored.

They have enough chance in them that a fast hash is safe; what people choose has a slow one.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

DEVICE: Final = "fdt_"
API_KEY: Final = "fk_"
RESET: Final = "frs_"
REFRESH: Final = "frt_"

_RECOVERY_BYTES: Final = 10


def new(prefix: str) -> str:
    """Make a text; the prefix says what it is for, to people and to scanners for secrets."""
    return prefix + secrets.token_urlsafe(32)


def new_recovery_code() -> str:
    """Make a text that people can copy from paper: 80 bits in groups of four digits."""
    digits = secrets.token_hex(_RECOVERY_BYTES)
    return "-".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def hashed(text: str) -> bytes:
    """Name a text in the database."""
    return hashlib.sha256(text.encode()).digest()
