"""The plan follows from the seed, leaves nothing out, and asks for nothing that there is not."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import pytest

from fynlo.chaos.chance import stream
from fynlo.chaos.plan import (
    JUMP_SECONDS_MAX,
    JUMPS_MAX,
    MODES,
    READ_KINDS,
    Fault,
    Jump,
    Kill,
    Outage,
    Target,
    Wish,
    disturbances,
    kills,
    outage,
)
from fynlo.chaos.shapes import BAD, GOOD, LEAST, WEIGHTS, Shape, choose, parts, tenders
from fynlo.sandbox import webhooks
from fynlo.sandbox.cards import CARDS
from fynlo.sandbox.faults import FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

P = TypeVar("P")


def first(plan: Iterator[P], count: int = 2000) -> list[P]:
    return list(islice(plan, count))


@pytest.mark.parametrize("plan", [disturbances, kills])
def test_the_same_seed_makes_the_same_plan(plan: object) -> None:
    assert callable(plan)
    wish = Wish(seed=7)

    assert first(plan(wish)) == first(plan(Wish(seed=7)))
    assert first(plan(wish)) != first(plan(Wish(seed=8)))


def test_an_outage_comes_once_with_the_length_that_was_asked_for() -> None:
    planned = outage(Wish(seed=7, outage_seconds=20))

    assert planned is not None
    assert planned == outage(Wish(seed=7, outage_seconds=20))
    assert isinstance(planned.step, Outage)
    assert planned.step.seconds == 20
    assert outage(Wish(seed=7)) is None


def test_every_kind_of_fault_meets_every_call_in_each_round() -> None:
    faults = [one.step for one in first(disturbances(Wish(seed=1))) if isinstance(one.step, Fault)]
    met = {(one.kind, one.method, one.path) for one in faults[:80]}

    assert {kind for kind, _, _ in met} == set(FaultKind) == set(READ_KINDS)
    assert len({(method, path) for _, method, path in met}) == 7


def test_the_plan_speaks_the_words_of_the_sandbox() -> None:
    assert set(MODES) == set(webhooks.MODES)
    assert {*GOOD, *BAD} <= set(CARDS)


def test_the_clock_never_jumps_so_far_that_the_provider_forgets_a_key() -> None:
    steps = first(disturbances(Wish(seed=3)), 20_000)
    jumps = [one.step.seconds for one in steps if isinstance(one.step, Jump)]

    assert len(jumps) == JUMPS_MAX
    assert 0 < max(jumps) <= JUMP_SECONDS_MAX
    assert sum(jumps) < 12 * 3600


def test_nobody_is_forgotten_when_processes_are_killed() -> None:
    killed = Counter(
        one.step.target for one in first(kills(Wish(seed=5)), 15) if isinstance(one.step, Kill)
    )

    assert set(killed) == set(Target)
    assert killed[Target.API] == 6


def test_only_those_are_killed_who_may_be() -> None:
    planned = first(kills(Wish(seed=5, kills=(Target.API,))), 50)

    assert {one.step.target for one in planned if isinstance(one.step, Kill)} == {Target.API}
    assert all(1 <= one.after_seconds <= 8 for one in planned)
    assert first(kills(Wish(seed=5, kills=()))) == []


def test_without_faults_nothing_is_disturbed() -> None:
    assert first(disturbances(Wish(seed=5, has_faults=False))) == []


@pytest.mark.parametrize("shape", list(Shape))
def test_every_kind_of_sale_divides_the_total_without_losing_a_penny(shape: Shape) -> None:
    chance = stream(1, "shapes")
    for total in (90, 91, 1234, 7480):
        paid = tenders(shape, total, chance, "V-1")

        assert sum(one["amount"] for one in paid) == total
        assert min(one["amount"] for one in paid) >= LEAST
        assert all(one.get("tendered", one["amount"]) >= one["amount"] for one in paid)


def test_parts_are_never_smaller_than_a_card_may_pay() -> None:
    chance = stream(1, "parts")

    assert parts(90, 3, chance) == [30, 30, 30]
    assert all(sum(parts(1000, number, chance)) == 1000 for number in range(1, 20))


def test_every_kind_of_sale_comes_about() -> None:
    chance = stream(1, "sales")

    assert {choose(chance) for _ in range(1000)} == set(Shape) == set(WEIGHTS)
