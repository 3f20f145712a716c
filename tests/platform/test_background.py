"""Work that outlives its request: held on to, waited for at the end, and stopped when late."""

from __future__ import annotations

import asyncio
import gc

import pytest

from fynlo.platform.background import Background


async def test_work_goes_on_when_its_caller_is_gone() -> None:
    background, go_on, done = Background(), asyncio.Event(), asyncio.Event()

    async def work() -> str:
        await go_on.wait()
        done.set()
        return "done"

    async def request() -> str:
        return await asyncio.shield(background.start(work()))

    caller = asyncio.create_task(request())
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    gc.collect()  # Nothing else holds on to the task.
    go_on.set()
    await background.drain(5)

    assert done.is_set()


async def test_the_result_and_the_failure_reach_whoever_waits() -> None:
    background = Background()

    async def divide(by: int) -> int:
        return 6 // by

    assert await background.start(divide(2)) == 3
    with pytest.raises(ZeroDivisionError):
        await background.start(divide(0))
    await background.drain(0)


async def test_at_the_end_what_runs_may_finish_and_what_is_late_is_stopped() -> None:
    background, order = Background(), list[str]()

    async def quick() -> None:
        await asyncio.sleep(0)
        order.append("quick")

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            order.append("stopped")

    quick_task, endless_task = background.start(quick()), background.start(endless())
    await background.drain(0.01)

    assert order == ["quick", "stopped"]
    assert quick_task.done()
    assert endless_task.cancelled()


async def test_with_nothing_running_the_end_is_at_once() -> None:
    background = Background()

    await background.drain(1000)
    await background.start(asyncio.sleep(0))
    await background.drain(1000)
