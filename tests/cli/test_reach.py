"""How a command reaches a database, and how long its statements may take there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from fynlo.cli.reach import database
from fynlo.config import Config
from fynlo.platform.database import DatabaseAway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fynlo.platform.database import Database

TAKE = "select pg_advisory_xact_lock(7001)"
WAITING = "select pg_backend_pid() = any (pg_blocking_pids(pid)) from pg_stat_activity"


@pytest.fixture
async def holder(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection that holds what the others must wait for, until its rollback."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(f"begin; {TAKE}")
    yield connection
    await connection.close()


async def take(db: Database) -> None:
    async with db.system() as connection:
        await connection.fetch(TAKE)


async def test_a_statement_that_takes_longer_than_it_may_is_given_up(
    database_url: str, holder: asyncpg.Connection, tmp_path: Path
) -> None:
    config = Config(database_url=database_url, data_dir=tmp_path)
    async with database(config, may_make=False, command_seconds=0.05) as db:
        with pytest.raises(DatabaseAway, match="TimeoutError"):
            await take(db)


async def test_a_statement_without_a_limit_takes_the_time_it_needs(
    database_url: str, holder: asyncpg.Connection, tmp_path: Path
) -> None:
    config = Config(database_url=database_url, data_dir=tmp_path)
    async with database(config, may_make=False, command_seconds=None) as db:
        taking = asyncio.create_task(take(db))
        while not any(row[0] for row in await holder.fetch(WAITING)):
            pass
        await holder.execute("rollback")
        await taking
