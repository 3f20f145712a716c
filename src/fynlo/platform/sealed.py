"""Encrypted columns: which there are, and the place to which each of their fields is bound.

A field that is copied to another row, column or merchant cannot be read there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from uuid import UUID

    from fynlo.kernel.ids import MerchantId
    from fynlo.platform.crypto import KeyRing


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of a tenant's table whose fields are encrypted; `row` is what its rows are named by.

    The names are part of what a field is bound to: they never change.
    """

    table: str
    column: str
    row: str

    def seal(self, keys: KeyRing, merchant_id: MerchantId, row_id: UUID, plain: bytes) -> bytes:
        """Encrypt a field of a row, by the newest key."""
        return keys.encrypt(plain, place=self._place(merchant_id, row_id))

    def open(self, keys: KeyRing, merchant_id: MerchantId, row_id: UUID, sealed: bytes) -> bytes:
        """Read a field of a row; `UndecipherableError` without its key, or in another place."""
        return keys.decrypt(sealed, place=self._place(merchant_id, row_id))

    def _place(self, merchant_id: MerchantId, row_id: UUID) -> str:
        return f"{merchant_id}|{self.table}|{self.column}|{row_id}"


SECOND_FACTOR_SECRET: Final = SealedColumn("second_factors", "secret_sealed", "staff_id")

COLUMNS: Final = (SECOND_FACTOR_SECRET,)
"""All of them: `fynlo keys reencrypt` walks this table."""
