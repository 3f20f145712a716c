"""Chance that can be had again: a stream is made from the seed and its name, and nothing else."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

T = TypeVar("T")


def stream(seed: int, name: str) -> Random:
    """Return the stream of this name: the same numbers for the same seed, on every machine."""
    return Random(f"{seed}:{name}")  # noqa: S311 - a plan that must come again, not a secret


def rounds(chance: Random, things: Sequence[T]) -> Iterator[T]:
    """Deal the things out for ever, all of them in each round: so that none is forgotten."""
    assert things
    while True:
        yield from chance.sample(things, len(things))


def weighted(chance: Random, weights: Mapping[T, int]) -> T:
    """Choose one thing by its weight."""
    return chance.choices(list(weights), list(weights.values()))[0]
