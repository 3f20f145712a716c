"""What people found in a drawer: each count is kept as it was said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from fynlo.kernel.ids import CommandId, StaffId
    from fynlo.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Counted:
    """What somebody says is in the drawer: the sum in minor units, and its pieces if they told."""

    minor: int
    denominations: Mapping[int, int] | None = None

    @classmethod
    def of_pieces(cls, denominations: Mapping[int, int]) -> Counted:
        """Multiply each value, in minor units, by its pieces: exactly."""
        return cls(sum(value * pieces for value, pieces in denominations.items()), denominations)


class CountKind(StrEnum):
    """When a drawer was counted."""

    OPENING = "opening"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Count:
    """What one person found in a drawer, and after how many movements; it is never changed."""

    id: CommandId
    number: int
    kind: CountKind
    counted: Money
    expected: Money | None  # None only at the first opening of a register: nothing was before it.
    denominations: Mapping[int, int] | None
    movements: int
    counted_by: StaffId
    counted_at: datetime

    @property
    def variance(self) -> Money:
        """How much more was counted than expected at that moment; negative if some is missing."""
        assert self.expected is not None
        return self.counted - self.expected


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved a difference beyond what is tolerated, if any was, and what was said to it."""

    by: StaffId | None
    reason: str | None


def opening_difference(counts: Sequence[Count]) -> Money | None:
    """Return the opening minus what was left the last time; None where there was no last time."""
    known = [one for one in counts if one.kind is CountKind.OPENING and one.expected is not None]
    return known[0].variance if known else None


def closing_counts(counts: Sequence[Count]) -> list[Count]:
    """Return the counts that were made to close, in their order."""
    return [one for one in counts if one.kind is CountKind.CLOSING]


def beyond(counts: Sequence[Count], tolerance_minor: int) -> list[Count]:
    """Return the closing counts that differed by more than a shop tolerates."""
    return [one for one in closing_counts(counts) if abs(one.variance.minor) > tolerance_minor]
