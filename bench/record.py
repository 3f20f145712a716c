"""Sales made by the real application in this process, with every statement written down."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from bench.counter import Traffic, counting
from bench.shop import REPEATED, open_drawers, sign_in
from bench.till import Shop, Till
from fynlo.cli.listen import address, listen
from fynlo.main import Wiring, create_app
from fynlo.payments.providers.stripe import StripeAccounts
from fynlo.platform.clock import SystemClock
from fynlo.platform.crypto import KeyRing
from fynlo.platform.database import Database, connect

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bench.rig import Rig

PORT: Final = 8100
_STATEMENTS: Final = ";"
_LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Call:
    """One statement that was sent, its arguments, and the first row of its answer."""

    sql: str
    args: tuple[object, ...]
    row: dict[str, Any] | None

    @property
    def is_several(self) -> bool:
        """Whether it is several statements in one message."""
        return _STATEMENTS in self.sql


@dataclass
class Request:
    """What one HTTP request said to PostgreSQL."""

    name: str
    calls: list[Call]
    traffic: Traffic

    @property
    def statements(self) -> int:
        """How many statements PostgreSQL carried out."""
        return sum(call.sql.count(_STATEMENTS) + 1 for call in self.calls)

    @property
    def commits(self) -> int:
        """How many transactions were committed."""
        return sum(call.sql == "commit" for call in self.calls)


@dataclass
class Sale:
    """What one sale said to PostgreSQL, and at which register it was made."""

    register_id: str
    requests: list[Request] = field(default_factory=list)

    @property
    def calls(self) -> list[Call]:
        """List everything in its order."""
        found: list[Call] = []
        for request in self.requests:
            found += request.calls
        return found


class _Connection:
    """A pooled connection that writes down what goes over it."""

    def __init__(self, connection: Any, calls: list[Call]) -> None:
        self.connection = connection
        self._calls = calls

    async def execute(self, sql: str, *args: object) -> str:
        """Carry out a statement without rows."""
        done: str = await self.connection.execute(sql, *args)
        self._calls.append(Call(sql, args, None))
        return done

    async def fetchrow(self, sql: str, *args: object) -> Any:
        """Read one row."""
        row = await self.connection.fetchrow(sql, *args)
        self._calls.append(Call(sql, args, dict(row) if row is not None else None))
        return row

    async def fetch(self, sql: str, *args: object) -> Any:
        """Read rows."""
        rows = await self.connection.fetch(sql, *args)
        self._calls.append(Call(sql, args, None))
        return rows

    async def fetchval(self, sql: str, *args: object) -> Any:
        """Read one value; asyncpg asks the server for one row here too."""
        row = await self.fetchrow(sql, *args)
        return None if row is None else row[0]

    def is_closed(self) -> bool:
        """Whether the connection is lost."""
        closed: bool = self.connection.is_closed()
        return closed


class _Pool:
    """A pool whose connections write down what goes over them."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.calls: list[Call] = []

    async def acquire(self) -> _Connection:
        """Lend a connection."""
        return _Connection(await self._pool.acquire(), self.calls)

    async def release(self, connection: _Connection) -> None:
        """Take it back."""
        await self._pool.release(connection.connection)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()


@dataclass
class Recorder:
    """The application in this process, its tills, and what it says to PostgreSQL."""

    shop: Shop
    pool: _Pool
    traffic: Traffic

    async def warm(self) -> None:
        """Let every statement be prepared, and every drawer that is recorded have seen money."""
        for register, by_card in ((0, False), (1, False), (0, True)):
            await self.sale(register, by_card=by_card)

    async def sale(self, register: int, *, by_card: bool) -> Sale:
        """Make one sale, request by request."""
        sale = Sale(self.shop.registers[register])
        till = await Till(self.shop, sale.register_id).connect()
        try:
            order = await self._request(sale, "create", till.create())
            await self._request(sale, "validate", till.validate(order))
            await self._request(sale, "process", till.pay(order, by_card=by_card))
        finally:
            till.close()
        return sale

    async def _request(self, sale: Sale, name: str, work: Any) -> Any:
        self.pool.calls.clear()
        before = Traffic(self.traffic)
        done = await work
        after = Traffic(self.traffic)
        after.subtract(before)
        sale.requests.append(Request(name, list(self.pool.calls), after))
        return done


@asynccontextmanager
async def recorder(rig: Rig, folder: Path) -> AsyncIterator[Recorder]:
    """Serve the application in this process, for the merchant whose sales are repeated.

    PostgreSQL is reached through a socket in the folder, where the traffic is counted.
    """
    async with counting(rig.sockets, folder) as traffic:
        url = rig.database_url.replace(rig.sockets, str(folder))
        pool = _Pool(await connect(url, connections_max=1))
        cards = StripeAccounts(
            rig.config.stripe_secret_key,
            api_base=rig.config.stripe_api_base,
            merchant_id=REPEATED,
            return_url=rig.config.public_url,
        )
        wiring = Wiring(Database(pool), SystemClock(), KeyRing(rig.config.secret_keys), cards)
        with listen("127.0.0.1", None, default=PORT) as listener:
            config = uvicorn.Config(
                create_app(rig.config, lambda _: nullcontext(wiring)),
                log_level="warning",
                access_log=False,
                lifespan="on",
            )
            async with _served(uvicorn.Server(config), listener):
                shop = await sign_in(address(listener), REPEATED)
                await open_drawers(shop)
                yield Recorder(shop, pool, traffic)
        await wiring.close()


@asynccontextmanager
async def _served(server: uvicorn.Server, listener: socket.socket) -> AsyncIterator[None]:
    running = asyncio.create_task(server.serve([listener]))
    while not server.started:
        if running.done():
            running.result()
        await asyncio.sleep(_LOOK_SECONDS)
    try:
        yield
    finally:
        server.should_exit = True
        await running
