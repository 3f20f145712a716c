"""The merchant's wall, table by table: in the catalogue of the database, and by trying."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import pytest

from tests.http.furnished import furnish
from tests.support.provider import Provider
from tests.support.serve import http_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.shop import Shop

_WALL: Final = "(NULLIF(current_setting('fynlo.merchant_id'::text, true), ''::text))::uuid"
# Global by nature: an address, or a device without a merchant, is counted before anybody is known.
_NOBODYS: Final = {"failed_attempts", "alembic_version"}
# Which of them the role that serves no merchant may read rows of, to find whose work is due.
_LEAD_TO_A_MERCHANT: Final = {
    *("merchants", "logins", "refresh_tokens", "devices", "api_keys", "password_resets"),
    *("transactions", "outbox", "event_streams", "notifications", "audit_waiting"),
}
# What people send to kitchens, ask each other for, and are told of afterwards.
_OF_PEOPLE: Final = {
    *("stations", "ticket_numbers", "kitchen_tickets", "kitchen_ticket_lines"),
    *("kitchen_ticket_history", "approvals", "audit_entries", "audit_waiting"),
    *("audit_chain", "audit_heads"),
}
_TABLES: Final = """
    select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as walled,
      exists (select from pg_attribute where attrelid = c.oid and attname = 'merchant_id')
        as has_merchant
    from pg_class c
    where c.relnamespace = 'fynlo'::regnamespace and c.relkind = 'r'
    order by 1
"""


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Return a provider that is not there: nobody pays by card here."""
    async with http_client() as http:
        yield Provider("http://127.0.0.1:9", http)


@asynccontextmanager
async def asking(database_url: str, role: str, merchant: object) -> AsyncIterator[Any]:
    """Put a role on for one merchant, or for none; nothing of it stays."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"begin; set local role {role}; set local search_path to fynlo")
        if merchant is not None:
            await connection.execute(f"set local fynlo.merchant_id = '{merchant}'")
        yield connection
    finally:
        await connection.close()


async def looked_up(database_url: str, sql: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(database_url)
    try:
        return [dict(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def attempt(connection: Any, sql: str, *args: object) -> str:
    """Try a statement; return what it touched, or that it may not be done."""
    await connection.execute("savepoint before")
    try:
        done: str = await connection.execute(sql, *args)
    except asyncpg.InsufficientPrivilegeError:
        done = "refused"
    await connection.execute("rollback to before")
    return done


async def test_x14_every_table_of_merchants_stands_behind_the_wall(database_url: str) -> None:
    tables = await looked_up(database_url, _TABLES)
    policies = await looked_up(
        database_url, "select * from pg_policies where schemaname = 'fynlo' order by tablename"
    )
    by_table: dict[str, list[dict[str, Any]]] = {one["name"]: [] for one in tables}
    for policy in policies:
        by_table[policy["tablename"]].append(policy)

    assert len(tables) > 40
    for table in tables:
        name = table["name"]
        ours = [one for one in by_table[name] if one["roles"] == ["fynlo_app"]]
        if name in _NOBODYS:
            assert ours == [], name
            continue
        column = "id" if name == "merchants" else "merchant_id"
        assert table["walled"], name
        assert table["has_merchant"] or name == "merchants"
        # Policies that let in are added up; only those that keep out may stand beside the wall.
        (wall,) = [one for one in ours if one["permissive"] == "PERMISSIVE"]
        assert (wall["cmd"], wall["qual"]) == ("ALL", f"({column} = {_WALL})"), name
        assert wall["with_check"] in {None, wall["qual"]}
        others = [one for one in by_table[name] if one["roles"] != ["fynlo_app"]]
        assert all(one["roles"] == ["fynlo_system"] for one in others)
        assert not others or name in _LEAD_TO_A_MERCHANT, name


async def test_x14_no_row_can_refer_to_another_merchants(database_url: str) -> None:
    keys = await looked_up(
        database_url,
        """
        select k.conname, k.confrelid::regclass::text as target,
          (select array_agg(a.attname order by u.at)::text[]
           from unnest(k.conkey) with ordinality u (number, at)
           join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number) as columns,
          (select array_agg(a.attname order by u.at)::text[]
           from unnest(k.confkey) with ordinality u (number, at)
           join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number) as referred
        from pg_constraint k
        where k.contype = 'f' and k.connamespace = 'fynlo'::regnamespace
        """,
    )

    assert len(keys) > 30
    for key in keys:
        to_merchant = "id" if key["target"] == "fynlo.merchants" else "merchant_id"
        assert key["columns"][0] == "merchant_id", key
        assert key["referred"][0] == to_merchant, key


async def test_old_rows_are_held_to_what_new_ones_are(database_url: str) -> None:
    unread = await looked_up(
        database_url,
        """
        select conrelid::regclass::text as of, conname from pg_constraint
        where connamespace = 'fynlo'::regnamespace and not convalidated
        """,
    )

    assert unread == []


async def test_x14_no_statement_reaches_another_merchants_rows(
    shop: Shop, database_url: str
) -> None:
    async with shop.till("admin") as admin, shop.stranger("admin") as stranger:
        await furnish(admin, "theirs")
        mine = stranger.shop.merchant_id
        theirs: dict[str, str] = {}
        async with asking(database_url, "fynlo_app", shop.merchant_id) as connection:
            for table in await looked_up(database_url, _TABLES):
                name = table["name"]
                if name not in _NOBODYS:
                    row = await connection.fetchval(
                        f"select to_json(t)::text from {name} t limit 1"
                    )
                    theirs |= {} if row is None else {name: row}

        assert len(theirs) >= 39
        assert {*theirs} >= _OF_PEOPLE
        for somebody in (mine, None):
            async with asking(database_url, "fynlo_app", somebody) as connection:
                for name, row in theirs.items():
                    column = "id" if name == "merchants" else "merchant_id"
                    its = f"{name} where {column} = '{shop.merchant_id}'"
                    assert await attempt(connection, f"select from {its}") == "SELECT 0", name
                    update = f"update {its.replace(' where', f' set {column} = {column} where')}"
                    assert await attempt(connection, update) in {"UPDATE 0", "refused"}, name
                    delete = await attempt(connection, f"delete from {its}")
                    assert delete in {"DELETE 0", "refused"}, name
                    insert = (
                        f"insert into {name} overriding system value"
                        f" select * from json_populate_record(null::{name}, $1::text::json)"
                    )
                    assert await attempt(connection, insert, row) == "refused", name
        # What a merchant has it cannot hand to another one either.
        async with asking(database_url, "fynlo_app", mine) as connection:
            for name in ("locations", "registers", "products"):
                away = f"update {name} set merchant_id = '{shop.merchant_id}'"
                assert await attempt(connection, away) == "refused", name


async def test_x14_without_a_merchant_there_are_no_rows(database_url: str) -> None:
    async with asking(database_url, "fynlo_app", None) as connection:
        for table in await looked_up(database_url, _TABLES):
            if table["name"] not in _NOBODYS:
                assert await connection.fetchval(f"select count(*) from {table['name']}") == 0
