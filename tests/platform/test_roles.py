"""Who is who in the database: made once, safe to repeat, bound by the wall."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from fynlo.platform.roles import APP, LOGIN, OWNER, SYSTEM, create_roles, missing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def owner(engines: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(engines["owner"])
    yield connection
    await connection.close()


async def test_roles_and_database_are_made_once_however_often_it_is_asked(
    engines: dict[str, str], owner: asyncpg.Connection
) -> None:
    name = f"fynlo_roles_{uuid4().hex}"

    await asyncio.gather(*(create_roles(engines["owner"], name) for _ in range(3)))

    found = await owner.fetch(
        "select pg_get_userbyid(datdba) as owner from pg_database where datname = $1", name
    )
    assert [row["owner"] for row in found] == [OWNER]


async def test_no_role_can_bypass_the_wall_and_the_login_inherits_nothing(
    owner: asyncpg.Connection,
) -> None:
    rows = await owner.fetch(
        """
        select rolname, rolcanlogin, rolinherit from pg_roles
        where rolname = any($1) and not rolsuper and not rolbypassrls
          and not rolcreaterole and not rolcreatedb
        """,
        [APP, SYSTEM, LOGIN, OWNER],
    )

    assert {row["rolname"]: row["rolcanlogin"] for row in rows} == {
        APP: False,
        SYSTEM: False,
        LOGIN: True,
        OWNER: True,
    }
    assert [row["rolinherit"] for row in rows if row["rolname"] == LOGIN] == [False]
    members = await owner.fetch(
        "select pg_get_userbyid(roleid) as role from pg_auth_members"
        " where pg_get_userbyid(member) = $1",
        LOGIN,
    )
    assert {row["role"] for row in members} == {APP, SYSTEM}


async def test_nothing_is_missing_where_the_roles_are(engines: dict[str, str]) -> None:
    assert await missing(engines["app"]) == []


async def test_a_name_that_is_no_name_is_our_bug(engines: dict[str, str]) -> None:
    for name in ("", "Fynlo", "1st", "a b", 'x"; drop database postgres; --', "x" * 64):
        with pytest.raises(AssertionError):
            await create_roles(engines["owner"], name)
