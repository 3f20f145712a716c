"""`verify` derives everything again, and finds whatever was changed behind the journal's back."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from fynlo.insight import Difference, verify
from fynlo.insight.checks import CHECKS
from tests.insight.planted import PLANTED
from tests.insight.planted.names import BESIDE
from tests.support.shop import card

if TYPE_CHECKING:
    import asyncpg

    from fynlo.platform.database import Database
    from tests.insight.conftest import Books
    from tests.insight.planted.write import Found
    from tests.support.shop import Till


async def spoil(owner: asyncpg.Connection, sql: str) -> None:
    """Change one table behind the application's back, and remember how it was."""
    (table,) = re.findall(r"^(?:update|insert into|delete from) (\w+)", sql)
    await owner.execute("set session_replication_role = replica")  # No key stands in the way.
    await owner.execute(f"create temp table before as table {table}")
    status = await owner.execute(sql)
    assert status.split()[-1] == "1", status


async def mend(owner: asyncpg.Connection, sql: str) -> None:
    (table,) = re.findall(r"^(?:update|insert into|delete from) (\w+)", sql)
    async with owner.transaction():
        await owner.execute(f"delete from {table}; insert into {table} table before")


async def test_clean_books_differ_in_nothing(db: Database, books: Books) -> None:
    assert await verify(db) == []
    assert await verify(db, books.merchant_id) == []


@pytest.mark.parametrize(("sql", "found"), PLANTED, ids=[sql for sql, _ in PLANTED])
async def test_what_was_changed_is_found_and_nothing_else(
    sql: str,
    found: list[Found],
    db: Database,
    owner: asyncpg.Connection,
    books: Books,
) -> None:
    sql = sql.format(**books.ids)
    await spoil(owner, sql)
    try:
        differences = await verify(db)
    finally:
        await mend(owner, sql)

    expected = [
        Difference(books.merchant_id, *(text.format(**books.ids) for text in one)) for one in found
    ]
    assert sorted(differences, key=str) == sorted(expected, key=str)


async def test_each_merchants_books_are_checked_by_themselves(
    db: Database, owner: asyncpg.Connection, books: Books
) -> None:
    sql = f"update drawer_sessions set held_minor = 7 where merchant_id = '{books.quiet}'"
    await spoil(owner, sql)
    try:
        everybodys, mine, theirs = [
            await verify(db, whose) for whose in (None, books.merchant_id, books.quiet)
        ]
    finally:
        await mend(owner, sql)

    (found,) = theirs
    assert (found.merchant_id, found.check, found.found) == (books.quiet, BESIDE, "7")
    assert everybodys == theirs
    assert mine == []


def test_every_check_is_proved_by_something_that_it_finds() -> None:
    findings = chain.from_iterable(found for _, found in PLANTED)

    assert {check for check, *_ in findings} == set(CHECKS)


async def test_an_answer_that_nobody_was_told_yet_is_no_difference(till: Till) -> None:
    order, shop = await till.order("meal"), till.shop
    await shop.provider.fault("connection_reset", "/v1/payment_intents/", times=9)
    async with shop.crashing_at_commit(4):
        await till.pay(order, card(400), card(600, "pm_card_visa_chargeDeclined"))

    differences = await verify(shop.wiring.db, shop.merchant_id)

    (found,) = await shop.rows(
        "select x.status, c.state, x.due_at > x.completed_at as is_due"
        " from transactions x join commands c on c.id = x.id"
    )
    assert found == {"status": "declined", "state": "running", "is_due": True}
    assert differences == []
