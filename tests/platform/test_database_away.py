"""The database is away, frozen, or busy: that is said in time, and nothing stays open behind."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from fynlo.kernel.ids import MerchantId
from fynlo.platform.database import Database, DatabaseAway, connect
from tests.support.shop import card

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from tests.support.shop import Shop, Till


class Away:
    """A pool that cannot lend anything, for this reason."""

    def __init__(self, reason: BaseException) -> None:
        self._reason = reason

    def acquire(self) -> Any:
        raise self._reason


@pytest.mark.parametrize(
    "reason",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.AdminShutdownError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.LockNotAvailableError(),
        asyncpg.DeadlockDetectedError(),
    ],
    ids=lambda reason: type(reason).__name__,
)
async def test_what_says_nothing_of_a_statement_is_the_database_being_away(
    reason: BaseException,
) -> None:
    db = Database(Away(reason))

    with pytest.raises(DatabaseAway, match=type(reason).__name__):
        async with db.system():
            pass


async def test_a_mistake_of_ours_is_not_called_the_database_being_away(database_url: str) -> None:
    db = Database(await connect(database_url, connections_max=1))

    with pytest.raises(asyncpg.UndefinedColumnError):
        async with db.system() as connection:
            await connection.fetchval("select nothing")
    with pytest.raises(asyncpg.InterfaceError):
        async with db.system() as connection:
            await connection.fetchval("select $1::int")
    await db.close()


async def test_a_connection_that_is_cut_off_is_said_so_and_replaced(
    database_url: str, engines: dict[str, str]
) -> None:
    db = Database(await connect(database_url, connections_max=1))
    merchant_id = MerchantId(uuid4())
    owner = await asyncpg.connect(engines["owner"])

    with pytest.raises(DatabaseAway):
        async with db.transaction(merchant_id) as tx:
            pid = await tx.fetchval("select pg_backend_pid()")
            await owner.execute("select pg_terminate_backend($1)", pid)
            await tx.fetchval("select 1")
    async with db.transaction(merchant_id) as tx:
        assert await tx.fetchval("select 1") == 1

    await owner.close()
    await db.close()


class Line:
    """A connection that fails like this at every statement."""

    def __init__(self, error: Exception, *, is_closed: bool | None) -> None:
        self._error, self._is_closed = error, is_closed
        self.said: list[str] = []

    async def execute(self, statement: str) -> None:
        self.said.append(statement.partition(";")[0])
        raise self._error

    def is_closed(self) -> bool:
        if self._is_closed is None:
            raise asyncpg.InterfaceError("it has been released back to the pool")
        return self._is_closed

    def terminate(self) -> None:
        self.said.append("(terminated)")


@pytest.mark.parametrize(
    ("error", "is_closed", "raised", "said"),
    [
        (asyncpg.InterfaceError("closed"), True, DatabaseAway, ["begin"]),
        (ConnectionResetError(), True, DatabaseAway, ["begin"]),
        (ConnectionResetError(), None, DatabaseAway, ["begin"]),
        (TimeoutError(), False, DatabaseAway, ["begin", "(terminated)"]),
    ],
)
async def test_a_server_that_is_gone_or_does_not_answer_is_not_asked_again(
    error: Exception, *, is_closed: bool | None, raised: type[Exception], said: list[str]
) -> None:
    line = Line(error, is_closed=is_closed)

    with pytest.raises(raised):
        async with Database(Lends(line)).system():
            pass

    assert line.said == said


class Lends:
    """A pool of one connection."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def acquire(self) -> Line:
        return self._line

    async def release(self, line: Line) -> None:
        assert line is self._line


async def test_a_till_is_told_to_ask_again_soon_with_the_same_key(till: Till) -> None:
    order = await till.order("meal")
    key = str(uuid4())

    async with without_database(till.shop):
        answer = await till.pay(order, card(1000), key=key)
        ready = await till.http.get("/ready")

    assert (answer.status_code, ready.status_code) == (503, 503)
    problem = answer.json()
    assert (problem["code"], problem["retry"]) == ("temporarily-unavailable", "same_key")
    assert answer.headers["retry-after"] == "1"
    assert (await till.pay(order, card(1000), key=key)).status_code == 200
    assert await till.shop.provider.received() == 1000
    assert (await till.http.get("/ready")).status_code == 200


@asynccontextmanager
async def without_database(shop: Shop) -> AsyncIterator[None]:
    """Take the database away from the API."""
    db = shop.wiring.db
    pool, db._pool = db._pool, Away(ConnectionRefusedError())
    try:
        yield
    finally:
        db._pool = pool
