"""What an import answers, before and after."""

from __future__ import annotations

from uuid import UUID

import msgspec


class FaultOut(msgspec.Struct, frozen=True):
    """Something in a file that is wrong."""

    row: int
    column: str
    detail: str


class PreviewOut(msgspec.Struct, frozen=True):
    """What an import would come to."""

    added: int
    changed: int
    unchanged: int
    categories_added: list[str]
    faults: list[FaultOut]
    fault_count: int


class ImportedOut(msgspec.Struct, frozen=True):
    """What an import came to."""

    id: UUID
    added: int
    changed: int
    unchanged: int
    categories_added: list[str]


class ImportOut(msgspec.Struct, frozen=True):
    """An import."""

    # The word is Python's own.
    imported: ImportedOut = msgspec.field(name="import")
