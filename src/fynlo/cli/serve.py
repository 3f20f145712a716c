"""`fynlo serve`, `demo` and `worker`: the commands that keep running."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from fynlo import worker as working
from fynlo.cli import tour
from fynlo.cli.books import balance_tables, differences_table
from fynlo.cli.exits import FAILED, FailedError, RefusedError, complete
from fynlo.cli.reach import attach
from fynlo.cli.supervisor import Options, serving
from fynlo.config import VARIABLES, Config
from fynlo.insight import trial_balances, verify
from fynlo.platform.database import Database, connect
from fynlo.platform.telemetry import configure_logs
from fynlo.seed import PASSWORD

if TYPE_CHECKING:
    from fynlo.cli.supervisor import Serving

_LOG_LINES: Final = 40
_DEMO_LOG: Final = "fynlo.log"

ENVIRONMENT: Final = "\n".join(
    [
        "\b",  # Keeps typer from joining the lines.
        "Environment:",
        *(f"  {one.name}\n      {one.meaning} (default: {one.default})" for one in VARIABLES),
    ]
)

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="Port to listen on; else 8000 or the next free one."),
]
DataDir = Annotated[
    Path | None, typer.Option(help="Data folder; else FYNLO_DATA_DIR or the user's own.")
]
Workers = Annotated[int, typer.Option(min=1, max=64, help="API processes.")]
NoWorker = Annotated[bool, typer.Option("--no-worker", help="No background work in this one.")]
Once = Annotated[bool, typer.Option("--once", help="Play the tour in a new folder, then end.")]


def configured(data_dir: Path | None) -> Config:
    """Read the environment; a folder on the command line wins."""
    config = Config.from_environment()
    return config if data_dir is None else replace(config, data_dir=data_dir.absolute())


def serve(
    *,
    host: Host = "127.0.0.1",
    port: Port = None,
    workers: Workers = 1,
    data_dir: DataDir = None,
    no_worker: NoWorker = False,
) -> None:
    """Serve the API, starting every engine that is not given by URL."""
    options = Options(host=host, port=port, workers=workers, with_worker=not no_worker)
    complete(_serve(data_dir, options), stopped=0)


async def _serve(data_dir: Path | None, options: Options) -> int:
    config = configured(data_dir)
    configure_logs(config.log)
    async with serving(config, options) as up:
        _introduce(Console(), up)
        await asyncio.Event().wait()
    return 0


def demo(*, once: Once = False, port: Port = None, data_dir: DataDir = None) -> None:
    """Start everything with a demo restaurant, play its day through the API, keep serving."""
    complete(_demo(data_dir, port, once=once), stopped=130 if once else 0)


async def _demo(data_dir: Path | None, port: int | None, *, once: bool) -> int:
    config = configured(data_dir)
    if not config.embedded:
        raise RefusedError("The demo is for embedded engines: unset the database and Stripe key.")
    configure_logs("console")
    console = Console()
    with ExitStack() as stack:
        if once:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fynlo-demo-")))
        else:
            folder = config.data_dir / "demo"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = folder / _DEMO_LOG
        options = Options(port=port, output=stack.enter_context(log.open("wb")), durable=not once)
        async with serving(replace(config, data_dir=folder), options) as up:
            _introduce(console, up)
            held = await _play(console, up)
            if not held:
                console.print("".join(log.read_text().splitlines(keepends=True)[-_LOG_LINES:]))
            if once:
                return 0 if held else FAILED
            console.print(f"\nSign in as owner@demo.fynlo.test, password {PASSWORD}. Ctrl-C ends.")
            await asyncio.Event().wait()
    return 0


async def _play(console: Console, up: Serving) -> bool:
    """Play the tour, then derive everything again from the journal."""
    if not await tour.play(up.url, up.sandbox_url, console):
        return False
    assert up.config.database_url is not None
    url = up.config.database_url
    db = Database(await connect(url, connections_max=1, command_seconds=None))
    try:
        differences = await verify(db)
        books = await trial_balances(db)
    finally:
        await db.close()
    for table in balance_tables(books):
        console.print(table)
    if differences:
        console.print(differences_table(differences))
        return False
    console.print("[green]✓[/green] every balance and state follows from the journal")
    return True


def _introduce(console: Console, up: Serving) -> None:
    console.print(f"[bold]Fynlo[/bold] serves {up.url}", highlight=False)
    console.print(f"  data in {up.config.data_dir}", highlight=False)
    if up.sandbox_url is not None:
        console.print(f"  no real money: cards go to the sandbox at {up.sandbox_url}\n")


def worker(data_dir: DataDir = None) -> None:
    """Do the background work, for servers that run with `--no-worker`."""
    complete(_worker(data_dir), stopped=0)


async def _worker(data_dir: Path | None) -> int:
    await working.run(attach(configured(data_dir)))
    raise FailedError("The worker ended by itself.")
