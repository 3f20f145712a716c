"""What every test may ask for: a database of its own worker, and a Valkey, started when needed."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import HealthCheck, settings

from fynlo.payments.ports import Patience
from fynlo.payments.providers.stripe.accounts import CallLimits
from fynlo.sandbox import SandboxOptions
from fynlo.sandbox import create_app as create_sandbox
from tests.engines import make_database
from tests.support.auditor import Auditor
from tests.support.clock import HandClock
from tests.support.opening import open_shop
from tests.support.provider import Provider
from tests.support.serve import http_client, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.support.shop import Shop, Till

FOLDER = "TEST_ENGINES_FOLDER"
_alive = pytest.StashKey[int]()

# How long an example takes says how busy the machine is, and nothing about the product.
settings.register_profile("fynlo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fynlo")

# Unless it is told otherwise, structlog draws each traceback with all its values: that takes a
# second of one processor, and the product, which tells it otherwise, never does it.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_configure(config: pytest.Config) -> None:
    """In the process that the person started: make the folder that all workers share."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="fynlo-tests-"))
    os.mkfifo(folder / "alive")
    # The engines run until this end closes, however this process ends.
    config.stash[_alive] = os.open(folder / "alive", os.O_RDWR | os.O_CLOEXEC)
    os.environ[FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let the engines end, wait for it, and remove the folder."""
    if _alive not in config.stash:
        return
    folder = Path(os.environ.pop(FOLDER))
    os.close(config.stash[_alive])
    del config.stash[_alive]
    with (folder / "running").open("w") as running:
        fcntl.flock(running, fcntl.LOCK_EX)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def engines() -> dict[str, str]:
    """Return the URLs `owner`, `app` and `valkey`; whichever worker asks first starts them."""
    folder = Path(os.environ[FOLDER])
    urls = folder / "urls.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not urls.exists():
            urls.write_text(_start(folder))
    found: dict[str, str] = json.loads(urls.read_text())
    return found


def _start(folder: Path) -> str:
    """Start the engines in a process of their own, because this worker may end before others."""
    with (folder / "running").open("w") as running, (folder / "log").open("w") as log:
        fcntl.flock(running, fcntl.LOCK_EX)  # The child inherits it and holds it to its end.
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.engines", str(folder)],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=[running.fileno()],
            start_new_session=True,
        )
    assert child.stdout is not None
    with child.stdout as answer:
        urls = answer.read().decode()
    child.returncode = 0  # It outlives this worker on purpose: nothing to warn about.
    assert urls, (folder / "log").read_text()
    return urls


@pytest.fixture(scope="session")
def database_url(engines: dict[str, str]) -> str:
    """Return the application's DSN of this worker's own, migrated database.

    Tests of one worker share it: each makes its own merchant and sees nobody else's rows.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with ThreadPoolExecutor(1) as thread:  # Its loop must not disturb the tests' own.
        return thread.submit(asyncio.run, make_database(engines, f"fynlo_{worker}")).result()


@pytest.fixture(scope="session")
def valkey_url(engines: dict[str, str]) -> str:
    """Return the URL of the shared Valkey; use keys of your own."""
    return engines["valkey"]


@pytest.fixture
def clock() -> HandClock:
    """Return the test's clock."""
    return HandClock()


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Return the hand on the sandbox, which serves the provider's API to this test alone."""
    async with (
        serve(create_sandbox(SandboxOptions(seed=1))) as url,
        http_client(base_url=url, timeout=20) as http,
    ):
        yield Provider(url, http)


@pytest.fixture
def patience() -> Patience:
    """Return how long a till waits; a module whose tills wait less has its own."""
    return Patience()


@pytest.fixture(scope="session")
def auditor(database_url: str) -> Iterator[Auditor]:
    """Return who checks the books after each test of this worker."""
    with Auditor(database_url) as auditor:
        yield auditor


@pytest.fixture
def limits() -> CallLimits:
    """Return how long a call to the provider may take; a module may have its own."""
    return CallLimits(connect_seconds=1, call_seconds=1)


@pytest.fixture
async def shop(
    auditor: Auditor,
    clock: HandClock,
    provider: Provider,
    patience: Patience,
    limits: CallLimits,
) -> AsyncIterator[Shop]:
    """Return a merchant of this test's own, with the API serving it."""
    async with open_shop(auditor.database_url, clock, provider, patience, limits) as shop:
        yield shop
        found = await auditor.verify(shop.merchant_id)
        assert {one.check for one in found} == shop.spoiled, found


@pytest.fixture
async def till(shop: Shop) -> AsyncIterator[Till]:
    """Return the manager at the first register."""
    async with shop.till() as till:
        yield till
