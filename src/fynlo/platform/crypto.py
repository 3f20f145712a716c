"""The key ring: one secret in use, older ones still understood; every purpose gets its own key."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Sequence

_NONCE_BYTES: Final = 12
KEY_ID_BYTES: Final = 8
"""How much of a sealed field names the key that opens it."""

_FIELD: Final = "field"


class UndecipherableError(Exception):
    """No key of the ring opens this, or it was put in another place than it was made for."""


@dataclass(frozen=True, slots=True)
class Key:
    """One derived key, and the short public name by which it is found again."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id})"


class KeyRing:
    """Derives keys from the installation's secrets, newest first (`FYNLO_SECRET_KEYS`)."""

    def __init__(self, secrets: Sequence[str]) -> None:
        assert secrets, "The ring needs a secret."
        self._secrets = tuple(secrets)
        self._derived: dict[str, tuple[Key, ...]] = {}

    def newest(self, purpose: str) -> Key:
        """Return the key that new things are made with."""
        return self._keys(purpose)[0]

    def find(self, purpose: str, key_id: str) -> Key | None:
        """Return the key of that name; None once its secret was retired."""
        return next((key for key in self._keys(purpose) if key.id == key_id), None)

    def _keys(self, purpose: str) -> tuple[Key, ...]:
        """Derive the keys of a purpose, once: purposes are few, and named in our code."""
        if purpose not in self._derived:
            self._derived[purpose] = tuple(_derive(secret, purpose) for secret in self._secrets)
        return self._derived[purpose]

    def newest_field_key_id(self) -> str:
        """Name the key by which fields are encrypted now, in hexadecimal."""
        return self.newest(_FIELD).id

    def encrypt(self, plain: bytes, *, place: str) -> bytes:
        """Encrypt a field; it can be read only for the same `place` (table, column, row)."""
        key = self.newest(_FIELD)
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(key.secret).encrypt(nonce, plain, place.encode())
        return bytes.fromhex(key.id) + nonce + sealed

    def decrypt(self, sealed: bytes, *, place: str) -> bytes:
        """Read a field again; `UndecipherableError` when it cannot be."""
        key = self.find(_FIELD, sealed[:KEY_ID_BYTES].hex())
        if key is None:
            raise UndecipherableError(place)
        nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + _NONCE_BYTES]
        try:
            return AESGCM(key.secret).decrypt(
                nonce, sealed[KEY_ID_BYTES + _NONCE_BYTES :], place.encode()
            )
        except (InvalidTag, ValueError):  # Changed, or cut short.
            raise UndecipherableError(place) from None


def _derive(secret: str, purpose: str) -> Key:
    derived = HKDF(hashes.SHA256(), 32, None, f"fynlo {purpose}".encode()).derive(secret.encode())
    return Key(hashlib.sha256(b"name:" + derived).digest()[:KEY_ID_BYTES].hex(), derived)
