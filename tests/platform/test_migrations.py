"""Migrations: in order, once, each whole or not at all, and never by two at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from fynlo.platform.migrations import SCRIPTS, SchemaTooNewError, migrate, pending
from tests.engines import login_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SCRIPT = """
from pathlib import Path
from fynlo.platform.migrations import run_sql
revision = "{revision}"
down_revision = {before!r}

def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
"""


@pytest.fixture
async def empty_url(engines: dict[str, str]) -> AsyncIterator[str]:
    """Give the owner's DSN of an empty database."""
    name = f"empty_{uuid4().hex}"
    connection = await asyncpg.connect(engines["owner"])
    await connection.execute(f"create database {name} template template0 owner fynlo_owner")
    yield login_url(engines, "fynlo_owner", name)
    await connection.execute(f"drop database {name}")
    await connection.close()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """Make a folder for migrations, with the real entry and no migration."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text((SCRIPTS / "env.py").read_text())
    return tmp_path


def add(scripts: Path, revision: str, before: str | None, sql: str) -> None:
    path = scripts / "versions" / f"{revision}.py"
    path.write_text(SCRIPT.format(revision=revision, before=before))
    path.with_suffix(".sql").write_text(sql)


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_what_is_pending_runs_in_order_and_once(empty_url: str, scripts: Path) -> None:
    add(scripts, "0001", None, "create table a (n int); insert into a values (1); -- ünï")
    add(scripts, "0002", "0001", "update a set n = n + 1;")

    assert await pending(empty_url, scripts) == ["0001", "0002"]
    assert await migrate(empty_url, scripts) == ["0001", "0002"]
    assert await migrate(empty_url, scripts) == []
    assert await pending(empty_url, scripts) == []
    assert await ask(empty_url, "select n from a") == 2


async def test_a_later_version_runs_only_what_is_new(empty_url: str, scripts: Path) -> None:
    add(scripts, "0001", None, "create table a (n int);")
    await migrate(empty_url, scripts)
    add(scripts, "0002", "0001", "insert into a values (7);")

    assert await pending(empty_url, scripts) == ["0002"]
    assert await migrate(empty_url, scripts) == ["0002"]
    assert await ask(empty_url, "select n from a") == 7


async def test_a_failing_migration_leaves_those_before_it_and_nothing_of_its_own(
    empty_url: str, scripts: Path
) -> None:
    add(scripts, "0001", None, "create table a (n int);")
    add(scripts, "0002", "0001", "create table b (n int); select 1 / 0;")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_url, scripts)

    assert await pending(empty_url, scripts) == ["0002"]
    assert await ask(empty_url, "select to_regclass('a') is not null") is True
    assert await ask(empty_url, "select to_regclass('b') is null") is True


async def test_two_starts_at_once_migrate_once(empty_url: str, scripts: Path) -> None:
    add(scripts, "0001", None, "create table a (n int);")

    ran = await asyncio.gather(migrate(empty_url, scripts), migrate(empty_url, scripts))

    assert sorted(ran) == [[], ["0001"]]


async def test_a_migration_does_not_wait_for_ever_for_a_busy_table(
    empty_url: str, scripts: Path
) -> None:
    add(scripts, "0001", None, "create table seen as select current_setting('lock_timeout') t;")

    await migrate(empty_url, scripts)

    assert await ask(empty_url, "select t from seen") == "5s"


async def test_a_database_of_a_newer_version_is_refused(empty_url: str, scripts: Path) -> None:
    add(scripts, "0001", None, "select 1;")
    await migrate(empty_url, scripts)
    (scripts / "versions" / "0001.py").unlink()
    add(scripts, "0000", None, "select 1;")

    with pytest.raises(SchemaTooNewError, match="0001"):
        await pending(empty_url, scripts)


async def test_the_application_itself_may_ask_what_is_pending(
    engines: dict[str, str], empty_url: str
) -> None:
    await migrate(empty_url)
    name = empty_url.split("/")[3].split("?", maxsplit=1)[0]

    assert await pending(login_url(engines, "fynlo", name)) == []
