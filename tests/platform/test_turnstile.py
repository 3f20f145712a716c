"""So many at once: the others wait outside in their order, and are not kept waiting for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from fynlo.platform.turnstile import Crowded, Turnstile

if TYPE_CHECKING:
    from fynlo.platform.turnstile import Place

NOBODY_WAITS_SO_LONG = 60.0


async def until_all_rest() -> None:
    """Let everybody go as far as they come by themselves."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_comes_first_goes_in_first_and_never_more_than_there_are_places() -> None:
    turnstile, seen, gates = Turnstile(2), [], [asyncio.Event() for _ in range(5)]

    async def visit(number: int) -> None:
        async with turnstile.place(NOBODY_WAITS_SO_LONG):
            seen.append(number)
            await gates[number].wait()

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(visit(number))
        await until_all_rest()
        assert seen == [0, 1]
        gates[1].set()
        await until_all_rest()
        assert seen == [0, 1, 2]
        for gate in gates:
            gate.set()
    assert seen == [0, 1, 2, 3, 4]


async def test_who_waited_in_vain_took_nobodys_place() -> None:
    turnstile = Turnstile(1)
    async with turnstile.place(NOBODY_WAITS_SO_LONG):
        for _ in range(3):
            with pytest.raises(Crowded):
                async with turnstile.place(0):
                    pytest.fail("There was no place.")
    async with turnstile.place(0):
        pass


async def test_who_goes_away_while_waiting_took_nobodys_place() -> None:
    turnstile = Turnstile(1)

    async def visit() -> None:
        async with turnstile.place(NOBODY_WAITS_SO_LONG):
            pytest.fail("There was no place.")

    async with turnstile.place(NOBODY_WAITS_SO_LONG):
        waiting = asyncio.create_task(visit())
        await until_all_rest()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with turnstile.place(0):
        pass


@pytest.mark.parametrize("ends_before_the_block", [True, False])
async def test_a_place_is_kept_for_the_work_that_goes_on_behind_it(
    *, ends_before_the_block: bool
) -> None:
    turnstile, go_on = Turnstile(1), asyncio.Event()

    async def work() -> None:
        await go_on.wait()

    def take(place: Place) -> asyncio.Task[None]:
        task = asyncio.create_task(work())
        place.keep_until(task)
        return task

    async with turnstile.place(0) as place:
        task = take(place)
        if ends_before_the_block:
            go_on.set()
            await task
    if not ends_before_the_block:
        with pytest.raises(Crowded):
            async with turnstile.place(0):
                pytest.fail("The work still goes on.")
        go_on.set()
        await task
        await until_all_rest()
    async with turnstile.place(0):
        pass


async def test_a_place_is_left_by_an_error() -> None:
    turnstile = Turnstile(1)
    with pytest.raises(LookupError):
        async with turnstile.place(0):
            raise LookupError
    async with turnstile.place(0):
        pass
