"""Passwords and PINs as their hashes: made away from the loop, since a hash is slow on purpose."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from pwdlib import PasswordHash

if TYPE_CHECKING:
    from collections.abc import Mapping

passwords: Final = PasswordHash.recommended()
NOBODY: Final = passwords.hash("nobody has this password")
"""What is compared with where there is nobody, so that it takes as long."""


async def hashed(wish: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wish by its columns: the password and the PIN, where it names them, as hashes."""
    columns = dict(wish)
    for name in ("password", "pin"):
        if name in columns:
            secret = columns.pop(name)
            columns[f"{name}_hash"] = secret and await asyncio.to_thread(passwords.hash, secret)
    return columns


async def are_those(wish: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether the password and the PIN of a wish are those that somebody has."""
    for name in ("password", "pin"):
        secret, kept = wish[name], known[f"{name}_hash"]
        if secret is None or kept is None:
            if secret is not kept:
                return False
        elif not await asyncio.to_thread(passwords.verify, secret, kept):
            return False
    return True
