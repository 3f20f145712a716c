"""Who is who in the database: the schema's owner, the login, and the two roles it may put on.

The login owns nothing and inherits nothing: each transaction chooses `fynlo_app` (one merchant's
rows) or `fynlo_system` (what is due, for anybody), and row-level security binds both.
"""

from __future__ import annotations

import re
from typing import Final

import asyncpg

OWNER: Final = "fynlo_owner"
LOGIN: Final = "fynlo"
APP: Final = "fynlo_app"
SYSTEM: Final = "fynlo_system"

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_LOCK: Final = 0x66796E6C  # "fynl": two starts at once must not both create.

CREATE: Final = f"""
do $$
begin
  if not exists (select from pg_roles where rolname = '{APP}') then
    create role {APP} nologin nosuperuser nobypassrls;
  end if;
  if not exists (select from pg_roles where rolname = '{SYSTEM}') then
    create role {SYSTEM} nologin nosuperuser nobypassrls;
  end if;
  if not exists (select from pg_roles where rolname = '{LOGIN}') then
    create role {LOGIN} login nosuperuser nobypassrls noinherit;
  end if;
  if not exists (select from pg_roles where rolname = '{OWNER}') then
    create role {OWNER} login nosuperuser nobypassrls;
  end if;
end
$$;
grant {APP}, {SYSTEM} to {LOGIN};
"""  # noqa: S608 - our own constants


async def create_roles(owner_url: str, database: str) -> None:
    """Create the roles and the database where they do not exist yet. Safe to repeat.

    `owner_url` logs in as one who may create both; passwords are the operator's business.
    """
    assert _NAME.fullmatch(database), database
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        await connection.execute(CREATE)
        found = await connection.fetchval(
            "select true from pg_database where datname = $1", database
        )
        if not found:
            await connection.execute(f"create database {database} owner {OWNER}")
    finally:
        await connection.close()


async def missing(url: str) -> list[str]:
    """List the roles that a database given by URL still lacks."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("select rolname from pg_roles where rolname like 'fynlo%'")
    finally:
        await connection.close()
    return sorted({APP, SYSTEM} - {row["rolname"] for row in rows})
