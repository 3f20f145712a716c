"""`fynlo sandbox` as somebody starts it: what it says, what it refuses, and how it ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
from typer.testing import CliRunner

from fynlo.cli import app
from tests.sandbox.bench import asking

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

    from typer.testing import Result

INTRODUCED = 5
"""How many lines a sandbox says before it serves."""


@dataclass
class Running:
    """A sandbox in a process of its own, and what it said at its start."""

    process: Process
    said: str

    @property
    def url(self) -> str:
        """Read the address that it tells."""
        found = re.search(r"The sandbox serves (http://\S+)", self.said)
        assert found is not None, self.said
        return found[1]

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal and wait for its end; returns its code."""
        self.process.send_signal(how)
        _, errors = await self.process.communicate()
        assert b"Traceback" not in errors, errors.decode()
        assert self.process.returncode is not None
        return self.process.returncode


async def start(*words: str) -> Process:
    """Start a command with nothing of this machine's configuration."""
    environment = {name: one for name, one in os.environ.items() if not name.startswith("FYNLO_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from fynlo.cli import app; app()", *words),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def running(*words: str) -> AsyncIterator[Running]:
    """Start a sandbox with nothing of this machine's configuration; it ends with the block."""
    process = await start("sandbox", *words)
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(INTRODUCED)]
    one = Running(process, "".join(lines))
    try:
        yield one
    finally:
        if process.returncode is None:
            await one.end(signal.SIGKILL)


def refused(*words: str, **variables: str) -> str:
    """Run a command that must be refused; returns its only sentence."""
    result: Result = CliRunner(env=variables).invoke(app, words)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.startswith("fynlo: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("fynlo: ").strip()


async def test_what_it_prints_is_enough_to_use_it() -> None:
    async with running() as sandbox:
        key = re.findall(r"sk_test_\w+", sandbox.said)[0]
        assert f'stripe.StripeClient("{key}", base_addresses=' in sandbox.said
        async with asking(sandbox.url, key) as bench:
            paid = await bench.paid()
        assert await sandbox.end() == 0

    assert paid.status == "succeeded"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_it_ends_well_even_with_a_caller_who_hangs(how: signal.Signals) -> None:
    async with running() as sandbox, asking(sandbox.url) as bench:
        await bench.fault("hang", match={"path": "/v1/customers"})
        await bench.fault("slow", match={"path": "/v1/refunds"}, delay_ms=600_000)
        waiting = [
            asyncio.ensure_future(bench.http.post(f"/v1/{path}", timeout=60))
            for path in ("customers", "refunds")
        ]
        while len((await bench.control("GET", "requests")).json()["items"]) < 2:
            pass
        code = await sandbox.end(how)
        for call in waiting:
            with pytest.raises(httpx.RemoteProtocolError):
                await call

    assert code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--webhook-url", "http://127.0.0.1:1/hook"],
            "--webhook-url needs --webhook-secret: deliveries are signed with it.",
        ),
        (
            ["--webhook-url", "http://127.0.0.1:1/hook", "--webhook-secret", ""],
            "--webhook-url needs --webhook-secret: deliveries are signed with it.",
        ),
        (
            ["--webhook-secret", "whsec_1"],
            "--webhook-secret needs --webhook-url: nothing is delivered otherwise.",
        ),
        *(
            (
                ["--webhook-url", url, "--webhook-secret", "whsec_1"],
                f"--webhook-url is an address like http://127.0.0.1:8000/hook, not {url!r}.",
            )
            for url in ("", "hook", "ftp://a.test/hook", "http://", "http://a:b", "http://[::1")
        ),
        (
            ["--public-url", "a.test"],
            "--public-url is an address like http://127.0.0.1:8000/hook, not 'a.test'.",
        ),
        (
            ["--public-url", "https://a.test/sandbox"],
            "--public-url is an address without a path.",
        ),
    ],
)
def test_options_that_lead_nowhere_are_refused(words: list[str], sentence: str) -> None:
    assert refused("sandbox", *words) == sentence


@pytest.mark.parametrize("command", [["sandbox"], ["tour", "--url", "http://127.0.0.1:1"]])
def test_an_unknown_variable_stops_it(command: list[str]) -> None:
    said = refused(*command, FYNLO_DATBASE_URL="x")

    assert said == "FYNLO_DATBASE_URL is not a variable of Fynlo: see `fynlo serve --help`."


async def test_a_state_file_belongs_to_one_sandbox_at_a_time(tmp_path: Path) -> None:
    state = tmp_path / "a state.sqlite"
    async with running("--state", str(state)) as first:
        async with asking(first.url) as bench:
            made = await bench.v1.customers.create_async({"name": "Ann"})

        second = await start("sandbox", "--state", str(state))
        said = await second.communicate()
        assert second.returncode == 2
        assert said == (
            b"",
            f"fynlo: The state file {state} is in use by another sandbox.\n".encode(),
        )

        async with asking(first.url) as bench:
            assert (await bench.v1.customers.retrieve_async(made.id)).name == "Ann"
        assert await first.end(signal.SIGKILL) == -signal.SIGKILL

    async with running("--state", str(state)) as third, asking(third.url) as bench:
        assert (await bench.v1.customers.retrieve_async(made.id)).name == "Ann"


def test_a_state_file_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("This is no database, however long it may be read." * 100)
    other = sqlite3.connect(tmp_path / "other")
    other.execute("create table somebody_elses (x)")
    other.close()

    reasons = {
        name: refused("sandbox", "--state", str(tmp_path / name))
        for name in (".", "missing/state", "text", "other")
    }

    unopened = "unable to open database file"
    assert reasons == {
        name: f"The state file {tmp_path / name} cannot be used: {reason}."
        for name, reason in {
            ".": unopened,
            "missing/state": unopened,
            "text": "file is not a database",
            "other": "it is the database of something else",
        }.items()
    }
    with sqlite3.connect(tmp_path / "other") as kept:
        names = [row[0] for row in kept.execute("select name from sqlite_master")]
    kept.close()
    assert names == ["somebody_elses"]


async def test_whoever_comes_by_the_network_gets_links_that_lead_back() -> None:
    async with running("--host", "0.0.0.0") as sandbox:
        assert sandbox.url.startswith("http://127.0.0.1:")
        port = sandbox.url.rsplit(":", 1)[1]
        async with asking(f"http://localhost:{port}") as bench:
            intent = await bench.paid("pm_card_authenticationRequired", return_url="https://a.test")

    link = intent.next_action.redirect_to_url.url
    assert link == f"http://localhost:{port}/_sandbox/3ds/{intent.id}"
