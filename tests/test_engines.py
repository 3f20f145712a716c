"""The fixtures that all other tests stand on."""

from __future__ import annotations

import asyncpg
from redis.asyncio import Redis


async def test_the_shared_database_is_migrated_and_bound_by_row_level_security(
    database_url: str,
) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        login = await connection.fetchrow(
            "select rolname, rolsuper, rolbypassrls, rolinherit from pg_roles"
            " where rolname = session_user"
        )
        version = await connection.fetchval("select version_num from public.fynlo_version")
    finally:
        await connection.close()

    assert tuple(login) == ("fynlo", False, False, False)
    assert version is not None


async def test_the_shared_valkey_answers(valkey_url: str) -> None:
    client = Redis.from_url(valkey_url)
    try:
        assert await client.ping() is True
    finally:
        await client.aclose()
