"""Ids: minted once, in time order, or derived from another id so that a repeat finds the same."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NewType
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from datetime import datetime

MerchantId = NewType("MerchantId", UUID)
StaffId = NewType("StaffId", UUID)
SessionId = NewType("SessionId", UUID)
LocationId = NewType("LocationId", UUID)
RegisterId = NewType("RegisterId", UUID)
ProductId = NewType("ProductId", UUID)
TaxRateId = NewType("TaxRateId", UUID)
OrderId = NewType("OrderId", UUID)
LineId = NewType("LineId", UUID)
StationId = NewType("StationId", UUID)
TicketId = NewType("TicketId", UUID)
DrawerSessionId = NewType("DrawerSessionId", UUID)
CommandId = NewType("CommandId", UUID)
TransactionId = NewType("TransactionId", UUID)
TenderId = NewType("TenderId", UUID)
OperationId = NewType("OperationId", UUID)
ApprovalId = NewType("ApprovalId", UUID)
CauseId = NewType("CauseId", UUID)


def uuid7(at: datetime, count: int | None = None) -> UUID:
    """Mint a version 7 UUID (RFC 9562 §5.7): milliseconds of `at`, then 74 random bits.

    `count` takes the place of the first 12 of them, so that ids of one millisecond sort by it.
    """
    milliseconds = int(at.timestamp() * 1000)
    number = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    if count is not None:
        number = number & ~(0xFFF << 64) | (count & 0xFFF) << 64
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=number)


def derive(parent: UUID, name: str) -> UUID:
    """Name a child of `parent`: the same parent and name always give the same id (UUIDv5)."""
    return uuid5(parent, name)
