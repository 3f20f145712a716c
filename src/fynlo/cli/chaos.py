"""`fynlo chaos`: sell under every kind of trouble, then prove that the money is right."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console

from fynlo.chaos import NotServing, Person, Setup, Target, Wish, play, show
from fynlo.cli.exits import FAILED, RefusedError, complete
from fynlo.cli.listen import listen
from fynlo.seed import PASSWORD

if TYPE_CHECKING:
    from fynlo.chaos import Report

Seed = Annotated[int | None, typer.Option(help="The plan's seed; a new one unless given.")]
Payments = Annotated[int, typer.Option(min=1, help="How many payments are tried.")]
Tills = Annotated[int, typer.Option(min=1, max=200, help="How many tills sell at once.")]
SecondsMax = Annotated[float | None, typer.Option(help="Begin no sale after so long.")]
Kills = Annotated[bool, typer.Option("--kill/--no-kill", help="Kill processes with -9.")]
Faults = Annotated[bool, typer.Option("--faults/--no-faults", help="Let the provider fail.")]
Webhooks = Annotated[int, typer.Option(min=0, help="Notifications to bring again, shuffled.")]
Outage = Annotated[float, typer.Option(min=0, help="Seconds in which the provider is away.")]
DataDir = Annotated[
    Path | None, typer.Option(help="New or empty folder, kept; else a temporary one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def chaos(  # noqa: PLR0913 - one parameter for each option
    *,
    seed: Seed = None,
    payments: Payments = 500,
    tills: Tills = 16,
    seconds_max: SecondsMax = None,
    kill: Kills = True,
    faults: Faults = True,
    webhooks: Webhooks = 0,
    outage: Outage = 0,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Play tills against a server that breaks: 0 all is right, 1 it is not, 2 it could not run."""
    wish = Wish(
        seed=secrets.randbelow(1_000_000) if seed is None else seed,
        payments=payments,
        tills=tills,
        seconds_max=seconds_max,
        kills=tuple(Target) if kill else (),
        has_faults=faults,
        webhooks=webhooks,
        outage_seconds=outage,
    )
    complete(perform(wish, data_dir, as_json=as_json))


async def perform(wish: Wish, data_dir: Path | None, *, as_json: bool) -> int:
    """Run once, print what it came to, and return the exit code.

    Raises RefusedError when the folder is not empty, or no server comes up in it.
    """
    console = Console(stderr=as_json, highlight=False)
    console.print(f"seed {wish.seed}")
    folder = await asyncio.to_thread(_folder, data_dir)
    report: Report | None = None
    try:
        report = await play(_setup(folder), wish, console.print)
    except NotServing as error:
        raise RefusedError(str(error)) from None
    finally:
        if report is not None and report.holds and data_dir is None:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        else:
            console.print(f"the data and the server's log are in {folder}")
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(report)))
    else:
        show(report, console)
    return 0 if report.holds else FAILED


def _folder(wanted: Path | None) -> Path:
    """Make the data folder; one with anything in it is somebody's."""
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="fynlo-chaos-"))
    folder = wanted.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RefusedError(f"{folder} is not an empty folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _setup(folder: Path) -> Setup:
    with listen("127.0.0.1", 0, default=0) as free:
        port = free.getsockname()[1]
    people = [Person(f"{one}@demo.fynlo.test", PASSWORD) for one in ("manager", "cashier")]
    command = (sys.executable, "-c", "from fynlo.cli import app; app()", "serve")
    return Setup(command, folder, port, people)
