"""Figures from many measurements: medians, spreads, percentiles; tables for people."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def in_short(values: Sequence[float], *, digits: int = 0) -> str:
    """Write the median, and between which values all of them lie."""
    return (
        f"{median(values):.{digits}f}  "
        f"({min(values):.{digits}f} to {max(values):.{digits}f}, {len(values)} rounds)"
    )


def p50_p99(milliseconds: Sequence[float], *, of: str = "payments") -> str:
    """Write the two percentiles that are promised."""
    p50, p99 = percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)
    return f"p50 {p50:.2f} ms, p99 {p99:.2f} ms ({len(milliseconds)} {of})"


def processes(number: str) -> str:
    """Name a server by the number of its API processes."""
    return f"Fynlo, {number} API process{'es' if number != '1' else ''}"


def heading(text: str) -> None:
    """Begin a section."""
    print(f"\n{text}\n{'─' * len(text)}")


def table(rows: Iterable[tuple[str, str]]) -> None:
    """Print names and figures in two columns."""
    found = list(rows)
    width = max((len(name) for name, _ in found), default=0)
    for name, figure in found:
        print(f"  {name:<{width}}  {figure}")
