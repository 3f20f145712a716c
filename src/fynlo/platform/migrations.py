"""Bring a database to this version's schema: Alembic keeps the order, plain SQL does the work."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
from alembic import command, op
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from fynlo.platform.database import DatabaseAway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

SCRIPTS: Final = Path(__file__).parents[1] / "migrations"
VERSION_TABLE: Final = "fynlo_version"
_LOCK: Final = 0x6D696772  # "migr": two starts at once must not both migrate.
_LOCK_TIMEOUT: Final = "5s"  # A migration that waits longer for a table would stop the shop.


class SchemaTooNewError(Exception):
    """The database was migrated by a newer Fynlo than this one."""


def run_sql(path: Path) -> None:
    """Run a file of statements inside the present migration's transaction."""
    bind = op.get_bind()
    # This goes through SQLAlchemy so that its transaction is open before the file runs.
    bind.exec_driver_sql(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
    text = path.read_text("utf-8")
    # Only a bare `execute` speaks the simple protocol, which takes many statements.
    bind.connection.run_async(lambda raw: raw.execute(text))


async def migrate(migration_url: str, scripts: Path = SCRIPTS) -> list[str]:
    """Run what is pending, each migration in its own transaction; return what ran, in order.

    A crash leaves the migrations before it done and its own undone. Processes that start
    together wait for each other. The URL must be direct: a transaction pooler would lose the lock.
    """
    async with _connection(migration_url) as connection:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        wanted = await _pending(connection, scripts)
        if not wanted:
            return []
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: asyncpg.connect(migration_url),
            poolclass=NullPool,
        )
        try:
            async with engine.connect() as alembic_connection:
                await alembic_connection.run_sync(_upgrade, scripts)
        finally:
            await engine.dispose()
        await connection.execute(f"grant select on public.{VERSION_TABLE} to public")
        return wanted


async def pending(url: str, scripts: Path = SCRIPTS) -> list[str]:
    """List what `migrate` would run. Any login will do.

    Raises SchemaTooNewError when the database is ahead of this program, DatabaseAway when nobody
    listens there.
    """
    async with _connection(url) as connection:
        return await _pending(connection, scripts)


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    try:
        connection = await asyncpg.connect(url, statement_cache_size=0)
    except OSError as error:
        raise DatabaseAway(str(error) or type(error).__name__) from error
    try:
        yield connection
    finally:
        await connection.close()


async def _pending(connection: asyncpg.Connection, scripts: Path) -> list[str]:
    table = f"public.{VERSION_TABLE}"
    current = None
    if await connection.fetchval("select to_regclass($1)", table) is not None:
        current = await connection.fetchval(f"select version_num from {table}")  # noqa: S608
    revisions = list(ScriptDirectory(str(scripts)).walk_revisions())
    if current is not None and current not in {revision.revision for revision in revisions}:
        message = f"The database is at version {current}, which this Fynlo does not know."
        raise SchemaTooNewError(message)
    missing = []
    for revision in revisions:  # From the newest back to the first.
        if revision.revision == current:
            break
        missing.append(revision.revision)
    return missing[::-1]


def _upgrade(connection: Connection, scripts: Path) -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
