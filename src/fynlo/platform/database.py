"""Transactions on PostgreSQL: explicit, short, never nested, behind the merchant's wall.

Writes are queued and travel together: `Tx.write` costs no round trip of its own, and the queue goes
out as one statement before the next read or the commit. Queued writes of one statement do not see
each other, so two writes to one table that could meet are sent apart, in order.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from uuid import UUID

    from fynlo.kernel.ids import MerchantId

_LIMITS: Final = (
    "; set local lock_timeout = '8s'; set local idle_in_transaction_session_timeout = '30s'"
)
"""How long a transaction waits for others, and others for it. As settings of the connection, a
pooler in front of the database would refuse them, or share them with strangers."""

ACQUIRE_SECONDS: Final = 15.0
COMMAND_SECONDS: Final = 8.0

_GONE: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InternalClientError,  # What the driver says when the farewell came before the question.
)
"""Nobody is at the other end any more, or nobody who answers."""

_BUSY: Final = (
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
)
"""The database has too much to do to carry this out now."""


class DatabaseAway(Exception):
    """The database cannot be reached or does not answer in time. Nobody knows of the last commit.

    Asking again under the same key is safe: it finds what was committed.
    """


Row: TypeAlias = "asyncpg.Record"

_in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)

_PARAMETER: Final = re.compile(r"\$(\d+)")
_COUNT: Final = "c{0} as (select count(*) from w{0})"
_TARGET: Final = re.compile(r"\s*(insert into|update|delete from)\s+([a-z_.]+)", re.IGNORECASE)


def assert_no_transaction() -> None:
    """Providers call this first. A slow network must never hold a row lock."""
    assert not _in_transaction.get(), "A provider was called inside a database transaction."


@lru_cache(maxsize=1024)
def _target(sql: str) -> tuple[str, str]:
    match = _TARGET.match(sql)
    assert match, f"Not a write: {sql}"
    return match[1].lower(), match[2]


@lru_cache(maxsize=4096)
def _fold(statements: tuple[tuple[str, int], ...]) -> str:
    """Make one statement of several writes; it answers how many rows each of them touched."""
    parts: list[str] = []
    offset = 0
    for index, (sql, count) in enumerate(statements):
        parts.append(f"w{index} as ({_shift(sql, offset)} returning 1)")
        parts.append(_COUNT.format(index))
        offset += count
    # Only constant statements of ours come here; what is variable travels as parameters.
    counts = ", ".join(f"(table c{index})" for index in range(len(statements)))
    return " ".join(["with", ", ".join(parts), "select", counts])


def _shift(sql: str, by: int) -> str:
    """Count the parameters of a statement from `by` on."""
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}", sql)


class _Write(NamedTuple):
    sql: str
    args: Sequence[object]
    rows: int | None
    row: UUID | None


def _could_meet(one: _Write, other: _Write) -> bool:
    """Whether two writes could touch the same row, so that one must see the other's work."""
    (verb, table), (other_verb, other_table) = _target(one.sql), _target(other.sql)
    if table != other_table or (verb == other_verb == "insert into"):
        return False
    return one.row is None or other.row is None or one.row == other.row


class Tx:
    """One open transaction, as the application role, for one merchant."""

    def __init__(self, connection: Any, merchant_id: MerchantId) -> None:
        self.merchant_id = merchant_id
        self._connection = connection
        self._queue: list[_Write] = []

    async def fetchrow(self, sql: str, *args: object) -> Row | None:
        """Read one row, or None."""
        await self.flush()
        return await self._connection.fetchrow(sql, *args)

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        """Read rows."""
        await self.flush()
        return list(await self._connection.fetch(sql, *args))

    async def fetchval(self, sql: str, *args: object) -> Any:
        """Read one value, or None."""
        await self.flush()
        return await self._connection.fetchval(sql, *args)

    def write(self, sql: str, *args: object, rows: int | None = 1, row: UUID | None = None) -> None:
        """Queue one write that must touch `rows` rows (None: any number).

        The statement needs a fixed text; parameters are `$1…$n`. It runs with the next read or
        the commit, and its errors appear there. `row` names the only row that it can touch, so
        that changes of other rows of the table may travel with it.
        """
        self._queue.append(_Write(sql, args, rows, row))

    async def flush(self) -> None:
        """Send what is queued, in as few statements as their order allows."""
        while self._queue:
            batch = self._queue[: self._independent()]
            del self._queue[: len(batch)]
            folded = _fold(tuple((one.sql, len(one.args)) for one in batch))
            parameters = chain.from_iterable(one.args for one in batch)
            touched = await self._connection.fetchrow(folded, *parameters)
            for one, count in zip(batch, touched, strict=True):
                assert one.rows is None or one.rows == count, f"{count} rows touched: {one.sql}"

    def _independent(self) -> int:
        """Count how many of the queued writes may share a statement, from the first on."""
        for index, one in enumerate(self._queue):
            if any(_could_meet(one, earlier) for earlier in self._queue[:index]):
                return index
        return len(self._queue)


class Database:
    """The pool of connections, and the only two ways to open a transaction."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def transaction(self, merchant_id: MerchantId) -> AsyncIterator[Tx]:
        """Open a transaction as `fynlo_app` that can see and write this merchant's rows only."""
        opening = (
            "begin; set local role fynlo_app; set local search_path to fynlo; "
            f"set local fynlo.merchant_id = '{merchant_id}'"
        )
        async with self._open(opening) as connection:
            tx = Tx(connection, merchant_id)
            yield tx
            await tx.flush()

    @asynccontextmanager
    async def snapshot(self, merchant_id: MerchantId) -> AsyncIterator[Tx]:
        """Open a read-only transaction whose reads all see the same moment."""
        opening = (
            "begin isolation level repeatable read read only; set local role fynlo_app; "
            f"set local search_path to fynlo; set local fynlo.merchant_id = '{merchant_id}'"
        )
        async with self._open(opening) as connection:
            yield Tx(connection, merchant_id)

    @asynccontextmanager
    async def system(self) -> AsyncIterator[asyncpg.Connection]:
        """Open a transaction as `fynlo_system`: what is due, and what precedes a merchant."""
        opening = "begin; set local role fynlo_system; set local search_path to fynlo"
        async with self._open(opening) as connection:
            yield connection

    @asynccontextmanager
    async def _open(self, opening: str) -> AsyncIterator[Any]:
        opening += _LIMITS
        assert not _in_transaction.get(), "Transactions do not nest: pass `tx` down instead."
        token = _in_transaction.set(True)
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):  # The pool's own would cost a task.
                connection = await self._pool.acquire()
            try:
                # One round trip opens the transaction and raises the tenant wall.
                await connection.execute(opening)
                yield connection
                await self._commit(connection)
            except BaseException as error:  # Cancellation too: nothing stays open behind us.
                await _undo(connection, error)
                if isinstance(error, asyncpg.InterfaceError) and _is_lost(connection):
                    raise ConnectionResetError from error
                raise
            finally:
                await self._pool.release(connection)
        except (*_GONE, *_BUSY) as error:
            raise DatabaseAway(type(error).__name__) from error
        finally:
            _in_transaction.reset(token)

    async def _commit(self, connection: Any) -> None:
        await connection.execute("commit")

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()


async def _undo(connection: Any, error: BaseException) -> None:
    """Leave no transaction behind; a server that does not answer is not asked again."""
    if _is_lost(connection):
        return
    if isinstance(error, _GONE):
        connection.terminate()
        return
    await connection.execute("rollback")


def _is_lost(connection: Any) -> bool:
    """Whether it is closed, or was already taken from us for that."""
    try:
        closed: bool = connection.is_closed()
    except asyncpg.InterfaceError:
        return True
    return closed


async def _keep(_connection: object) -> None:
    """Leave a returned connection as it is: transactions set everything LOCAL."""


async def connect(
    url: str, *, connections_max: int = 10, command_seconds: float | None = COMMAND_SECONDS
) -> asyncpg.Pool:
    """Open the pool. Refuses a login that row-level security would not bind, or that is not ours.

    A statement that takes longer than `command_seconds` is given up; None gives it all the time
    it needs. Raises DatabaseAway when nobody listens there, PermissionError for the login.
    """
    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections_max,
            reset=_keep,
            command_timeout=command_seconds,
            server_settings={"application_name": "fynlo"},
        )
    except OSError as error:
        raise DatabaseAway(str(error) or type(error).__name__) from error
    refusal = await _unfit(pool)
    if refusal:
        await pool.close()
        raise PermissionError(refusal)
    return pool


async def _unfit(pool: asyncpg.Pool) -> str | None:
    """Say why this login cannot be the application's, or return None."""
    async with pool.acquire() as connection:
        login, free, foreign = await connection.fetchrow(
            """
            select session_user,
                   string_agg(rolname, ', ') filter (where rolsuper or rolbypassrls),
                   string_agg(rolname, ', ') filter (
                       where not pg_has_role(session_user, oid, 'MEMBER'))
            from pg_roles where rolname in (session_user, 'fynlo_app', 'fynlo_system')
            """
        )
    if free:
        return f"Row-level security would not bind {free}: use a login that cannot bypass it."
    if foreign:
        return f"The login {login} may not act as {foreign}: use the application's login."
    return None
