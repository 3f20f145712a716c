"""Figures of many times: their spread, and how many fell where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

EDGES: Final = (1, 2, 5, 10, 30, 60)


class Spread(msgspec.Struct, frozen=True):
    """How many there were, and how long they took, in seconds."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float


def spread(seconds: Sequence[float]) -> Spread | None:
    """Sum up; None when there is nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    p50, p95, p99 = (ordered[(len(ordered) - 1) * part // 100] for part in (50, 95, 99))
    return Spread(len(ordered), p50, p95, p99, ordered[-1])


def histogram(seconds: Sequence[float]) -> dict[str, int]:
    """Count how many took less than each edge and no less than the one before."""
    counts = dict.fromkeys([*(f"< {edge} s" for edge in EDGES), "more"], 0)
    for one in seconds:
        edge = next((edge for edge in EDGES if one < edge), None)
        counts["more" if edge is None else f"< {edge} s"] += 1
    return counts
