"""Rounds: one alone waits for nobody, a crowd shares, and what cannot be done is alone in it."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from fynlo.platform.database import DatabaseAway
from fynlo.platform.together import Together

if TYPE_CHECKING:
    from collections.abc import Sequence


class Rounds:
    """Work that waits until it is let go on, and notes what came together."""

    def __init__(self, *impossible: int, error: type[BaseException] = LookupError) -> None:
        self.seen: list[list[int]] = []
        self.go_on = asyncio.Event()
        self._impossible = impossible
        self._error = error

    async def work(self, batch: Sequence[int]) -> None:
        self.seen.append(list(batch))
        await self.go_on.wait()
        if set(batch) & set(self._impossible):
            raise self._error


async def started(together: Together[int], *things: int) -> list[asyncio.Task[None]]:
    """Ask for things, one after the other, and let them go as far as they come."""
    tasks = [asyncio.create_task(together.do(one)) for one in things]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_who_comes_during_a_round_shares_the_next() -> None:
    rounds = Rounds()
    together = Together(rounds.work)
    first = await started(together, 1)
    others = await started(together, 2, 3)
    assert rounds.seen == [[1]]

    rounds.go_on.set()
    await asyncio.gather(*first, *others)
    await together.do(4)

    assert rounds.seen == [[1], [2, 3], [4]]


async def test_nobody_is_told_that_it_is_done_before_it_is() -> None:
    rounds = Rounds()
    together = Together(rounds.work)
    tasks = await started(together, 1, 2)

    assert not any(task.done() for task in tasks)
    rounds.go_on.set()
    await asyncio.gather(*tasks)


async def test_one_that_cannot_be_done_takes_nobody_with_it() -> None:
    rounds = Rounds(3)
    together = Together(rounds.work)
    tasks = await started(together, 1) + await started(together, 2, 3, 4)
    rounds.go_on.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(one) for one in found] == [type(None), type(None), LookupError, type(None)]
    assert rounds.seen == [[1], [2, 3, 4], [2], [3], [4]]


async def test_while_the_database_is_away_nothing_is_tried_one_by_one() -> None:
    rounds = Rounds(2, 3, error=DatabaseAway)
    together = Together(rounds.work)
    tasks = await started(together, 1) + await started(together, 2, 3)
    rounds.go_on.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(one) for one in found] == [type(None), DatabaseAway, DatabaseAway]
    assert rounds.seen == [[1], [2, 3]]


async def test_who_goes_away_stops_nobodys_round() -> None:
    rounds = Rounds()
    together = Together(rounds.work)
    gone, stays = await started(together, 1, 2)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    rounds.go_on.set()
    await stays

    assert sorted(chain.from_iterable(rounds.seen)) == [1, 2]


async def test_a_process_that_stops_leaves_nobody_waiting() -> None:
    class Stop(BaseException):
        """A crash."""

    rounds = Rounds(1, 2, error=Stop)
    together = Together(rounds.work)
    tasks = await started(together, 1) + await started(together, 2, 3)
    rounds.go_on.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(one) for one in found] == [Stop, Stop, type(None)]


async def test_a_round_that_is_stopped_leaves_nobody_waiting() -> None:
    rounds = Rounds()
    together = Together(rounds.work)
    tasks = await started(together, 1)
    (running,) = [one for one in asyncio.all_tasks() if "_go_on" in repr(one.get_coro())]
    running.cancel()

    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in found] == [asyncio.CancelledError]
