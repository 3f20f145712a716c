"""What goes wrong, in what order and after which pauses: all of it follows from the seed.

The plan is the same for the same seed and options. What the tills do meanwhile is not, for it runs
in other processes, on a machine that is busy with other things: a seed that failed is likely, but
not certain, to fail again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, product
from typing import TYPE_CHECKING, Final, TypeAlias

from fynlo.chaos.chance import rounds, stream, weighted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


class Target(StrEnum):
    """Which process is killed, without a word."""

    API = "api"
    WORKER = "worker"
    SANDBOX = "sandbox"
    VALKEY = "valkey"
    POSTGRES = "postgres"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a run."""

    seed: int
    payments: int = 500
    tills: int = 16
    seconds_max: float | None = None
    kills: tuple[Target, ...] = tuple(Target)
    has_faults: bool = True
    webhooks: int = 0
    outage_seconds: float = 0
    step_pause_payments: tuple[int, int] = (1, 6)
    kill_pause_seconds: tuple[float, float] = (1.0, 8.0)
    rest_seconds_max: float = 180.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the sandbox: after `skip` calls of this kind it strikes `times` times."""

    kind: str
    method: str
    path: str
    times: int = 1
    skip: int = 0
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the provider takes from now on."""

    p50_ms: int
    p99_ms: int


@dataclass(frozen=True, slots=True)
class Webhooks:
    """How notifications are delivered from now on."""

    mode: str
    delay_ms: int


@dataclass(frozen=True, slots=True)
class Flush:
    """Everything that was held back goes out now."""


@dataclass(frozen=True, slots=True)
class Jump:
    """The provider's clock goes ahead of ours."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Clear:
    """The faults that found no call yet are forgotten."""


@dataclass(frozen=True, slots=True)
class Outage:
    """For so long the provider answers nothing at all."""

    seconds: float
    kind: str


@dataclass(frozen=True, slots=True)
class Kill:
    """A process ends at once; `which` chooses among those of the same kind."""

    target: Target
    which: int


Step: TypeAlias = Fault | Latency | Webhooks | Flush | Jump | Clear | Outage | Kill


@dataclass(frozen=True, slots=True)
class Timed:
    """A step, and the pause before it."""

    after_seconds: float
    step: Step


@dataclass(frozen=True, slots=True)
class Paced:
    """A step, and how many payments begin before it.

    Faults keep step with the tills: by the clock, a slow machine would see nothing but faults.
    """

    after_payments: int
    step: Step


FAULT_KINDS: Final = (
    "lost_answer",
    "connection_reset",
    "http_500",
    "http_500_acted",
    "http_429",
    "http_409",
    "hang",
    "slow",
    "html_502",
    "truncated_json",
)
READ_KINDS: Final = (*FAULT_KINDS, "stale_read")

CALLS: Final = (
    ("POST", "/v1/payment_intents"),  # Made, and everything below.
    ("POST", "/v1/payment_intents/"),  # Confirmed, captured, canceled.
    ("POST", "/v1/refunds"),
)
READS: Final = (
    ("GET", "/v1/payment_intents"),
    ("GET", "/v1/payment_intents/"),
    ("GET", "/v1/refunds"),
    ("GET", "/v1/events"),
)
MODES: Final = ("drop", "hold", "duplicate", "reorder", "deliver")
JUMP_SECONDS_MAX: Final = 600
JUMPS_MAX: Final = 60
"""Together at most ten hours: the provider forgets keys after a day, and must not within a run."""

_FAULTS: Final = (
    *product(FAULT_KINDS, CALLS),
    *product(FAULT_KINDS, CALLS[:2]),  # These are called most.
    *product(READ_KINDS, READS),
)
_STEPS: Final = {"fault": 40, "latency": 3, "webhooks": 6, "flush": 3, "jump": 1, "clear": 1}


def disturbances(wish: Wish) -> Iterator[Paced]:
    """Plan everything but the kills, for ever."""
    if not wish.has_faults:
        return
    chance = stream(wish.seed, "disturbances")
    faults = rounds(stream(wish.seed, "faults"), _FAULTS)
    jumps = 0
    while True:
        kind = weighted(chance, _STEPS)
        if kind == "jump":
            jumps += 1
            kind = "jump" if jumps <= JUMPS_MAX else "clear"
        step = _fault(chance, *next(faults)) if kind == "fault" else _other(chance, kind)
        yield Paced(chance.randint(*wish.step_pause_payments), step)


def _fault(chance: Random, kind: str, call: tuple[str, str]) -> Fault:
    slow = chance.choice((300, 1500, 4000, 7000, 12000)) if kind == "slow" else 0
    times = weighted(chance, {1: 6, 2: 3, 3: 2, 8: 1})
    return Fault(kind, *call, times=times, skip=chance.randrange(4), delay_ms=slow)


def _other(chance: Random, kind: str) -> Step:
    match kind:
        case "latency":
            p50 = weighted(chance, {0: 4, 20: 3, 100: 2, 400: 1})
            return Latency(p50, p50 * chance.randint(1, 6))
        case "webhooks":
            return Webhooks(chance.choice(MODES), weighted(chance, {0: 3, 200: 1, 2000: 1}))
        case "flush":
            return Flush()
        case "jump":
            return Jump(chance.randint(1, JUMP_SECONDS_MAX))
        case _:
            return Clear()


def outage(wish: Wish) -> Timed | None:
    """Plan the one outage, if there is to be one."""
    if not wish.outage_seconds:
        return None
    chance = stream(wish.seed, "outage")
    kind = chance.choice(("hang", "connection_reset", "html_502"))
    return Timed(chance.uniform(2, 6), Outage(wish.outage_seconds, kind))


_WEIGHTS: Final = {Target.API: 6, Target.WORKER: 3, Target.SANDBOX: 3}


def kills(wish: Wish) -> Iterator[Timed]:
    """Plan the kills, for ever; every target comes in each round, the API most often."""
    if not wish.kills:
        return
    chance = stream(wish.seed, "kills")
    repeated = list(chain.from_iterable([one] * _WEIGHTS.get(one, 1) for one in wish.kills))
    order = rounds(chance, repeated)
    while True:
        pause = chance.uniform(*wish.kill_pause_seconds)
        yield Timed(pause, Kill(next(order), chance.randrange(100)))
