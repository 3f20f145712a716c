"""Transactions: the merchant's wall, folded writes in their order, nothing left open."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg
import pytest

from fynlo.kernel.ids import MerchantId
from fynlo.platform.database import Database, Tx, assert_no_transaction, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(await connect(database_url, connections_max=4))
    yield database
    await database.close()


def add_merchant(tx: Tx, name: str = "A shop") -> None:
    tx.write(
        "insert into merchants (id, name, country, created_at) values ($1, $2, 'GB', $3)",
        *(tx.merchant_id, name, NOON),
    )


def add_category(tx: Tx, row: UUID, name: str, position: int = 0) -> None:
    tx.write(
        "insert into categories (merchant_id, id, name, position, created_at)"
        " values ($1, $2, $3, $4, $5)",
        *(tx.merchant_id, row, name, position, NOON),
        row=row,
    )


async def merchant(db: Database) -> MerchantId:
    merchant_id = MerchantId(uuid4())
    async with db.transaction(merchant_id) as tx:
        add_merchant(tx)
    return merchant_id


async def names(db: Database, merchant_id: MerchantId) -> list[str]:
    async with db.transaction(merchant_id) as tx:
        return [row["name"] for row in await tx.fetch("select name from categories order by name")]


async def test_what_is_queued_is_written_at_the_commit(db: Database) -> None:
    merchant_id = await merchant(db)
    async with db.transaction(merchant_id) as tx:
        add_category(tx, uuid4(), "Drinks")
        add_category(tx, uuid4(), "Mains")

    assert await names(db, merchant_id) == ["Drinks", "Mains"]


async def test_a_read_sees_every_write_queued_before_it(db: Database) -> None:
    merchant_id, row = await merchant(db), uuid4()
    async with db.transaction(merchant_id) as tx:
        add_category(tx, row, "Drinks")
        tx.write("update categories set name = 'Wines' where id = $1", row, row=row)
        tx.write("update categories set name = name || '!' where id = $1", row, row=row)

        assert await tx.fetchval("select name from categories where id = $1", row) == "Wines!"
        found = await tx.fetchrow("select name from categories where id = $1", row)
        assert found is not None


async def test_changes_of_different_rows_travel_in_one_statement(db: Database) -> None:
    merchant_id, first, second = await merchant(db), uuid4(), uuid4()
    async with db.transaction(merchant_id) as tx:
        add_category(tx, first, "a")
        add_category(tx, second, "b")
        tx.write("update categories set name = 'c' where id = $1", first, row=first)

        assert tx._independent() == 2
        await tx.flush()
        tx.write("update categories set name = 'd' where id = $1", first, row=first)
        tx.write("update categories set name = 'e' where id = $1", second, row=second)
        assert tx._independent() == 2

    assert await names(db, merchant_id) == ["d", "e"]


async def test_a_write_that_touches_other_rows_than_it_said_undoes_everything(
    db: Database,
) -> None:
    merchant_id = await merchant(db)
    with pytest.raises(AssertionError, match="0 rows touched"):
        async with db.transaction(merchant_id) as tx:
            add_category(tx, uuid4(), "Drinks")
            tx.write("update categories set name = 'x' where id = $1", uuid4())

    assert await names(db, merchant_id) == []


async def test_a_refusal_undoes_everything(db: Database) -> None:
    merchant_id = await merchant(db)
    with pytest.raises(ZeroDivisionError):
        async with db.transaction(merchant_id) as tx:
            add_category(tx, uuid4(), "Drinks")
            await tx.flush()
            raise ZeroDivisionError

    assert await names(db, merchant_id) == []


async def test_x14_a_merchant_sees_and_writes_its_own_rows_only(db: Database) -> None:
    mine, theirs = await merchant(db), await merchant(db)
    async with db.transaction(theirs) as tx:
        add_category(tx, uuid4(), "Theirs")

    assert await names(db, mine) == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(mine) as tx:
            tx.write(
                "insert into categories (merchant_id, id, name, created_at)"
                " values ($1, $2, 'Planted', $3)",
                *(theirs, uuid4(), NOON),
            )
    assert await names(db, theirs) == ["Theirs"]


async def test_a_connection_outside_a_transaction_has_no_rights_at_all(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from fynlo.merchants")
    finally:
        await connection.close()


async def test_the_application_role_without_a_merchant_sees_nothing(
    db: Database, database_url: str
) -> None:
    await merchant(db)
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("set role fynlo_app")
        assert await connection.fetch("select * from fynlo.merchants") == []
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "journal",
    [
        *("ledger_postings", "drawer_movements", "drawer_counts", "drawer_closings"),
        *("order_history", "ledger_snapshots"),
    ],
)
async def test_journals_cannot_be_changed_or_emptied(db: Database, journal: str) -> None:
    merchant_id = await merchant(db)
    for statement in (f"update {journal} set merchant_id = merchant_id", f"delete from {journal}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(merchant_id) as tx:
                await tx.fetch(statement)


async def test_the_system_role_reads_only_what_is_due(db: Database) -> None:
    async with db.system() as connection:
        await connection.fetch("select merchant_id, id, due_at from transactions")
    for statement in (
        "select status from transactions",
        "select * from orders",
        "select payload from outbox",
        "update transactions set due_at = null",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.system() as connection:
                await connection.fetch(statement)


async def test_transactions_do_not_nest_and_providers_are_told_of_them(db: Database) -> None:
    merchant_id = await merchant(db)
    assert_no_transaction()
    async with db.transaction(merchant_id):
        with pytest.raises(AssertionError, match="provider was called inside"):
            assert_no_transaction()
        with pytest.raises(AssertionError, match="do not nest"):
            async with db.system():
                pass
    assert_no_transaction()


async def test_a_login_that_could_pass_the_wall_is_refused(engines: dict[str, str]) -> None:
    with pytest.raises(PermissionError, match="Row-level security would not bind"):
        await connect(engines["owner"])


def test_only_writes_can_be_queued() -> None:
    tx = Tx(None, MerchantId(uuid4()))
    tx.write("select 1")
    tx.write("select 2")
    with pytest.raises(AssertionError, match="Not a write"):
        tx._independent()
