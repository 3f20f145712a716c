"""Everything that is measured, started here and ended here: engines, sandbox, API processes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
import asyncpg
import msgspec

from bench.load import Plan, sold
from bench.processes import cpu_seconds
from bench.shop import REGISTERS, REPEATED, SELLING, found_shop, open_drawers, sign_in
from fynlo.cli.folder import Run
from fynlo.cli.supervisor import Options, Serving, serving
from fynlo.config import PUBLIC_URL, Config
from fynlo.platform.database import Database, connect
from fynlo.platform.roles import OWNER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bench.load import Report
    from bench.till import Shop

PRIMING_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Load:
    """A round against the API: what was sold, and the processor time of everybody in it."""

    report: Report
    cpu: dict[str, float]


@dataclass(frozen=True)
class Target:
    """One server to sell at: where its tills are, and its API processes by name."""

    shop: Shop
    pids: dict[str, int]


@dataclass(frozen=True)
class Rig:
    """The engines, and the API served by one process and by two, beside each other."""

    config: Config
    folder: Path
    output: IO[bytes]
    engines: dict[str, int]
    targets: dict[int, Target]

    @property
    def database_url(self) -> str:
        """Return the application's DSN."""
        assert self.config.database_url is not None
        return self.config.database_url

    @property
    def owner_url(self) -> str:
        """Return the DSN of the schema's owner."""
        return self.database_url.replace("//fynlo@", f"//{OWNER}@")

    @property
    def sockets(self) -> str:
        """Return the folder with PostgreSQL's socket."""
        return parse_qs(urlsplit(self.database_url).query)["host"][0]

    def postgres_cpu_seconds(self) -> float:
        """Tell what PostgreSQL has taken so far, all of its processes together."""
        return cpu_seconds(self.engines["postgres"], with_children=True)

    async def load(
        self, target: Target, seconds: float, *, by_card: bool = False, registers: int = REGISTERS
    ) -> Load:
        """Sell for some seconds at a server."""
        watched = dict(target.pids)
        if by_card:
            watched["sandbox"] = self.engines["sandbox"]
        before = {name: cpu_seconds(pid) for name, pid in watched.items()}
        postgres = self.postgres_cpu_seconds()
        report = await sold(Plan(target.shop, by_card, registers, seconds))
        cpu = {name: cpu_seconds(pid) - before[name] for name, pid in watched.items()}
        cpu |= {"postgres": self.postgres_cpu_seconds() - postgres, "load": report.cpu_seconds}
        return Load(report, cpu)


@asynccontextmanager
async def rig(folder: Path, output: IO[bytes]) -> AsyncIterator[Rig]:
    """Start everything in an empty folder, with two merchants that sell; stop it at the end."""
    config = Config(data_dir=folder / "1", stripe_merchant=SELLING, limits=False)
    async with serving(config, Options(workers=1, with_worker=False, output=output)) as one:
        config = replace(one.config, data_dir=folder / "2", public_url=PUBLIC_URL)
        options = Options(workers=2, with_worker=False, output=output)
        async with serving(config, options) as two:
            made = Rig(one.config, folder, output, _pids(one), {})
            await _found(made)
            for processes, server in ((1, one), (2, two)):
                made.targets[processes] = await _target(server)
            await open_drawers(made.targets[1].shop)
            # What the provider tells by itself is measured by itself.
            await provider_must(made, "webhooks", mode="drop")
            await _prime(made)
            yield made


def _pids(server: Serving) -> dict[str, int]:
    note = server.config.data_dir / "run.json"
    return msgspec.json.decode(note.read_bytes(), type=Run).processes


async def _target(server: Serving) -> Target:
    pids = {name: pid for name, pid in _pids(server).items() if name.startswith("api")}
    return Target(await sign_in(server.url, SELLING), pids)


@asynccontextmanager
async def one_more(
    made: Rig, *, stripe_api_base: str, workers: int = 1, with_worker: bool = False
) -> AsyncIterator[Target]:
    """Serve the API once more, by processes that reach the provider at this address."""
    config = replace(
        made.config,
        data_dir=made.folder / "3",
        public_url=PUBLIC_URL,
        stripe_api_base=stripe_api_base,
    )
    options = Options(workers=workers, with_worker=with_worker, output=made.output)
    async with serving(config, options) as server:
        yield await _target(server)


async def provider_must(made: Rig, path: str, **order: object) -> None:
    """Give the sandbox an order."""
    async with (
        aiohttp.ClientSession(made.config.stripe_api_base) as http,
        http.post(f"/_sandbox/{path}", json=order) as response,
    ):
        assert response.status == 200, await response.text()


async def provider_books(made: Rig) -> list[dict[str, Any]]:
    """Read what the sandbox believes of every intent."""
    async with (
        aiohttp.ClientSession(made.config.stripe_api_base) as http,
        http.get("/_sandbox/books") as response,
    ):
        found: list[dict[str, Any]] = (await response.json())["intents"]
    return found


async def ask_database(made: Rig, sql: str, *args: object) -> list[Any]:
    """Read rows of the merchant that sells."""
    db = Database(await connect(made.database_url, connections_max=1))
    try:
        async with db.transaction(SELLING) as tx:
            return list(await tx.fetch(sql, *args))
    finally:
        await db.close()


async def _found(made: Rig) -> None:
    db = Database(await connect(made.database_url, connections_max=1))
    try:
        for merchant_id in (SELLING, REPEATED):
            await found_shop(db, merchant_id)
    finally:
        await db.close()


async def _prime(made: Rig) -> None:
    """Fill every table a little and tell the planner, so that no round begins on empty ones."""
    for target in made.targets.values():
        await made.load(target, PRIMING_SECONDS)
    await analyze(made)


async def analyze(made: Rig) -> None:
    """Let the planner know the tables as they are."""
    connection = await asyncpg.connect(made.owner_url)
    try:
        await connection.execute("analyze")
    finally:
        await connection.close()
