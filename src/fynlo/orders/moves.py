"""Lines that went from one order to another: what is kept of it, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import DomainError, Kind, Retry

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import OrderId, StaffId


COVERS_MAX: Final = 10_000
"""For how many guests an order is at most."""


class MoveKind(StrEnum):
    """Why lines went: some to a new order, or all to one that was there."""

    SPLIT = "split"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Moved:
    """Which order gave lines to which, when, and by whom."""

    kind: MoveKind
    from_id: OrderId
    to_id: OrderId
    at: datetime
    by: StaffId


class OrdersApart(DomainError):
    """Orders of two places do not come together."""

    kind = Kind.REFUSED
    code = "orders-apart"
    title = "The orders are not of one location and currency."
    retry = Retry.NEVER
