"""A sandbox that all tests share, each with an account of its own; or one for a test alone."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fynlo.sandbox import SandboxOptions, create_app
from tests.sandbox.bench import NOT_SOON, Bench, asking, bench
from tests.support.serve import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    """Serve one sandbox to all tests of this worker, in a thread with a loop of its own."""
    url: Future[str] = Future()
    over = asyncio.Event()

    async def hold() -> None:
        async with serve(create_app(SandboxOptions(seed=1, terms=NOT_SOON))) as at:
            url.set_result(at)
            await over.wait()

    with ThreadPoolExecutor(1) as thread, asyncio.Runner() as runner:
        running = thread.submit(runner.run, hold())
        yield url.result(timeout=20)
        runner.get_loop().call_soon_threadsafe(over.set)
        running.result(timeout=20)


@pytest.fixture
async def sandbox(sandbox_url: str) -> AsyncIterator[Bench]:
    """Return an account of this test's own; faults are shared, so none may be left over."""
    async with asking(sandbox_url, f"sk_test_{uuid4().hex}") as made:
        yield made
        await made.control("DELETE", "faults")


@pytest.fixture
async def alone() -> AsyncIterator[Bench]:
    """Return a sandbox that nobody else asks, for what is more than one account's."""
    async with bench(SandboxOptions(seed=1)) as made:
        yield made
