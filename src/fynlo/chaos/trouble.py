"""The troublemaker: carries out the plan while the tills sell, and writes down what it did."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fynlo.chaos.plan import Clear, Fault, Kill, Outage, disturbances, kills, outage
from fynlo.chaos.till import CLOCK

if TYPE_CHECKING:
    from fynlo.chaos.journal import Journal
    from fynlo.chaos.plan import Step, Wish
    from fynlo.chaos.server import Server
    from fynlo.chaos.world import World

_LOOK_SECONDS: Final = 0.05


@dataclass
class Trouble:
    """What was done, and when the provider or the server was away because of it."""

    wish: Wish
    server: Server
    world: World
    journal: Journal
    steps: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    away: list[tuple[float, float]] = field(default_factory=list)
    _is_out: bool = False

    async def make(self) -> None:
        """Make trouble until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._disturb())
            tasks.create_task(self._kill())
            tasks.create_task(self._outage())

    async def _disturb(self) -> None:
        begun = 0
        for paced in disturbances(self.wish):
            begun += paced.after_payments
            while len(self.journal.attempts) < begun:
                await CLOCK.sleep(_LOOK_SECONDS)
            if not self._is_out:  # Nothing is to end the outage before its time.
                await self._apply(paced.step)

    async def _kill(self) -> None:
        now = asyncio.get_running_loop().time
        for timed in kills(self.wish):
            await CLOCK.sleep(timed.after_seconds)
            assert isinstance(timed.step, Kill)
            began = now()
            self.steps[f"kill {timed.step.target}"] += 1
            await self.server.kill(timed.step.target, timed.step.which)
            self.away.append((began, now()))

    async def _outage(self) -> None:
        timed = outage(self.wish)
        if timed is None:
            return
        await CLOCK.sleep(timed.after_seconds)
        assert isinstance(timed.step, Outage)
        began = asyncio.get_running_loop().time()
        self._is_out = True
        await self._apply(timed.step)
        await CLOCK.sleep(timed.step.seconds)
        await self.world.apply(Clear())
        self._is_out = False
        self.away.append((began, asyncio.get_running_loop().time()))

    async def _apply(self, step: Step) -> None:
        if isinstance(step, Fault):
            self.faults[step.kind] += step.times
        self.steps[type(step).__name__.lower()] += 1
        await self.world.apply(step)
