"""`verify` derives everything again, and finds whatever was changed behind the journal's back."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
import pytest

from fynlo.insight import Difference, verify
from fynlo.insight.checks import CHECKS
from fynlo.platform.database import Database, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.insight.conftest import Books

PAID_SUM = "an order's paid sum is what its completed transactions took"
TIPS = "an order's tips are those of its completed transactions"
RESERVED = "an order's reserved sum is what its undecided transactions ask for"
RESERVES = "a transaction reserves all of its amount until it is decided, and nothing then"
AMOUNTS = "a transaction's amounts are the sums of its tenders"
STATE = "an order's payment state follows from what was paid"
LINES = "an order's total is the sum of its lines"
SOLD = "a paid order is booked as sold, once, with its taxes"
RATES = "each tax rate is booked as the lines say"
DEPOSITS = "what is deposited for an order is what was taken and not sold yet"
CAPTURED = "a captured tender is booked once, with its tip"
STANDS = "a completed transaction has no tender that does not stand"
COMMANDS = "a finished command has the final answer of its transaction, and no other has"
DUE = "what is unfinished has a moment at which somebody looks again"
BALANCE = "a drawer's balance is the sum of its movements"
TOTALS = "a drawer's running totals are those of its movements"
ACCOUNT = "an open drawer's account agrees with its balance, and a closed one is empty"
NUMBERS = "a drawer's movements are numbered without a gap"
MOVED = "a movement's balance is the one before it and what it moved"
BESIDE = "cash beside a drawer is that of undecided transactions"
Z = "Z numbers have no gap"
EVENTS = "events are numbered without a gap"
CLOSED = "a closed day's balances are those of the journal"
CURRENCY = "a currency is never mixed with another"

Found: TypeAlias = "tuple[str, str, str, str]"


def at(table: str, name: str, change: str) -> str:
    """Write the change of one row; names in braces are those of the books."""
    return f"update {table} set {change} where id = '{{{name}}}'"


def moved(number: int, change: str) -> str:
    where = f"session_id = '{{drawer}}' and sequence = {number}"
    return f"update drawer_movements set {change} where {where}"


def booked(where: str, change: str) -> str:
    return f"update ledger_postings set {change} where {where}"


def book(debit: str, credit: str, minor: int, **more: str) -> str:
    """Write a posting that no recipe wrote."""
    told = {"cause": "{nobody}", "recipe": "planted", "order": "null", **more}
    return (
        "insert into ledger_postings (merchant_id, cause_id, recipe, line, debit_account,"
        " credit_account, amount_minor, currency, order_id, booked_at)"
        f" values ('{{merchant}}', '{told['cause']}', '{told['recipe']}', 9, '{debit}',"
        f" '{credit}', {minor}, 'GBP', {told['order']}, now())"
    )


ORDERS: list[tuple[str, list[Found]]] = [
    (at("orders", "part", "paid_minor = 301"), [(PAID_SUM, "order {part}", "300", "301")]),
    (at("orders", "paid", "tip_total_minor = 49"), [(TIPS, "order {paid}", "50", "49")]),
    (
        at("orders", "waiting", "reserved_minor = 999"),
        [(RESERVED, "order {waiting}", "1000", "999")],
    ),
    (at("orders", "unpaid", "reserved_minor = 1"), [(RESERVED, "order {unpaid}", "0", "1")]),
    (
        at("orders", "part", "payment_state = 'unpaid'"),
        [(STATE, "order {part}", "partially_paid", "unpaid")],
    ),
    (
        at("orders", "unpaid", "payment_state = 'partially_paid'"),
        [(STATE, "order {unpaid}", "unpaid", "partially_paid")],
    ),
    (
        at("orders", "paid", "stage = 'canceled'"),
        [(STATE, "order {paid}", "partially_paid", "paid")],
    ),
    (
        "update order_lines set total_minor = 999 where order_id = '{unpaid}'",
        [(LINES, "order {unpaid}", "999, tax 167", "1000, tax 167")],
    ),
    (
        "update order_lines set tax_minor = 166 where order_id = '{unpaid}'",
        [(LINES, "order {unpaid}", "1000, tax 166", "1000, tax 167")],
    ),
    (
        "delete from order_lines where order_id = '{unpaid}'",
        [(LINES, "order {unpaid}", "0, tax 0", "1000, tax 167")],
    ),
]

TRANSACTIONS: list[tuple[str, list[Found]]] = [
    (
        at("transactions", "waiting_tx", "reserved_minor = 999"),
        [(RESERVES, "transaction {waiting_tx}", "1000", "999")],
    ),
    (
        at("transactions", "paid_tx", "reserved_minor = 1"),
        [(RESERVES, "transaction {paid_tx}", "0", "1")],
    ),
    (
        at("transactions", "declined_tx", "amount_minor = 1001"),
        [(AMOUNTS, "transaction {declined_tx}", "1000 + 0", "1001 + 0")],
    ),
    (
        at("tenders", "declined_card", "tip_minor = 1"),
        [(AMOUNTS, "transaction {declined_tx}", "1000 + 1", "1000 + 0")],
    ),
    (
        at("tenders", "card", "state = 'authorized'"),
        [
            (PAID_SUM, "order {paid}", "600", "1000"),
            (DEPOSITS, "order {paid}", "-400", "0"),
            (CAPTURED, "tender {card}", "0", "450"),
            (STANDS, "tender {card}", "captured", "authorized"),
        ],
    ),
    (
        at("commands", "paid_tx", "state = 'running', status = null, answer = null"),
        [(COMMANDS, "transaction {paid_tx}", "finished", "running")],
    ),
    (
        at("commands", "waiting_tx", "state = 'finished', status = 200, answer = ''"),
        [(COMMANDS, "transaction {waiting_tx}", "running", "finished")],
    ),
    (
        "delete from commands where id = '{paid_tx}'",
        [(COMMANDS, "transaction {paid_tx}", "finished", "no command")],
    ),
    (
        at("transactions", "waiting_tx", "due_at = null"),
        [(DUE, "transaction {waiting_tx}", "a due moment", "none")],
    ),
    (
        "update operations set state = 'sent' where transaction_id = '{paid_tx}'",
        [(DUE, "transaction {paid_tx}", "a due moment", "none")],
    ),
    (
        "update operations set state = 'lost' where transaction_id = '{paid_tx}'",
        [(DUE, "transaction {paid_tx}", "a due moment", "none")],
    ),
]

POSTINGS: list[tuple[str, list[Found]]] = [
    (
        booked("cause_id = '{paid}' and line = 1", "amount_minor = 832"),
        [(SOLD, "order {paid}", "1000", "999"), (DEPOSITS, "order {paid}", "0", "1")],
    ),
    (
        book("safe", "sales", 1, cause="{unpaid}", recipe="order paid"),
        [(SOLD, "order {unpaid}", "0", "1")],
    ),
    (
        booked("cause_id = '{paid}' and line = 2", "credit_account = 'sales'"),
        [(RATES, "order {paid}, rate {rate}", "167", "0")],
    ),
    (
        booked("cause_id = '{paid}' and line = 1", "credit_account = 'tax_payable:{nobody}'"),
        [(RATES, "order {paid}, rate {nobody}", "0", "833")],
    ),
    (
        book("card_clearing", "order_deposits", 5, order="'{part}'"),
        [(DEPOSITS, "order {part}", "300", "305")],
    ),
    (
        "delete from ledger_postings where cause_id = '{card}' and line = 2",
        [(CAPTURED, "tender {card}", "450", "400")],
    ),
    (
        book("card_clearing", "tips_payable", 7, cause="{declined_card}", recipe="card taken"),
        [(CAPTURED, "tender {declined_card}", "0", "7")],
    ),
    (
        book("cash_drawer:{drawer}", "safe", 1),
        [(ACCOUNT, "drawer session {drawer}", "11300", "11301")],
    ),
    (
        book("safe", "cash_drawer:{first_shift}", 1),
        [(ACCOUNT, "drawer session {first_shift}", "0", "-1")],
    ),
]

RUNNING_TOTALS = {
    "opening": 10_000,
    "tendered": 1_300,
    "change": 400,
    "refund": 0,
    "paid_in": 0,
    "loan": 500,
    "paid_out": 100,
    "drop": 0,
    "pickup": 0,
}

DRAWERS: list[tuple[str, list[Found]]] = [
    *(
        (
            at("drawer_sessions", "drawer", f"{kind}_minor = {total + 1}"),
            [(TOTALS, f"drawer session {{drawer}}, {kind}", str(total), str(total + 1))],
        )
        for kind, total in RUNNING_TOTALS.items()
    ),
    (
        at("drawer_sessions", "drawer", "balance_minor = 11301"),
        [
            (BALANCE, "drawer session {drawer}", "11300", "11301"),
            (ACCOUNT, "drawer session {drawer}", "11301", "11300"),
        ],
    ),
    (
        at("drawer_sessions", "drawer", "movements = 7"),
        [(NUMBERS, "drawer session {drawer}", "7", "6, up to 6")],
    ),
    (moved(6, "sequence = 8"), [(NUMBERS, "drawer session {drawer}", "6", "6, up to 8")]),
    (
        "delete from drawer_movements where session_id = '{first_shift}' and type = 'closing'",
        [(NUMBERS, "drawer session {first_shift}", "2", "1, up to 1")],
    ),
    (
        moved(2, "balance_minor = 1"),
        [(MOVED, "drawer session {drawer}, movement 2", "10500", "1")],
    ),
    (
        moved(6, "amount_minor = 90"),
        [
            (BALANCE, "drawer session {drawer}", "11310", "11300"),
            (TOTALS, "drawer session {drawer}, paid_out", "90", "100"),
            (MOVED, "drawer session {drawer}, movement 6", "11310", "11300"),
        ],
    ),
    (
        at("drawer_sessions", "drawer", "held_minor = 201"),
        [(BESIDE, "drawer session {drawer}", "200", "201")],
    ),
    (
        at("drawer_sessions", "last_shift", "held_minor = 1"),
        [(BESIDE, "drawer session {last_shift}", "0", "1")],
    ),
    (
        at("drawer_sessions", "last_shift", "z_number = 3"),
        [(Z, "register {register}", "2", "3")],
    ),
]

OTHERS: list[tuple[str, list[Found]]] = [
    (
        "delete from events where merchant_id = '{merchant}' and sequence = 1",
        [(EVENTS, "events", "{events}", "{fewer}, up to {events}")],
    ),
    (
        "update events set sequence = 99 where merchant_id = '{merchant}' and sequence = 2",
        [(EVENTS, "events", "{events}", "{events}, up to 99")],
    ),
    (
        (
            "insert into ledger_snapshots (merchant_id, account, currency, day, debit_minor,"
            " credit_minor) values ('{merchant}', 'sales', 'GBP', '2026-03-03', 0, 5)"
        ),
        [(CLOSED, "account sales on 2026-03-03", "0", "-5")],
    ),
    (
        at("transactions", "declined_tx", "currency = 'USD'"),
        [(CURRENCY, "transaction {declined_tx}", "GBP", "USD")],
    ),
    (
        at("tenders", "declined_card", "currency = 'USD'"),
        [(CURRENCY, "tender {declined_card}", "GBP", "USD")],
    ),
    (
        moved(2, "currency = 'USD'"),
        [(CURRENCY, "movement 2 of drawer session {drawer}", "GBP", "USD")],
    ),
    (
        booked("cause_id = '{card}' and line = 1", "currency = 'USD'"),
        [(CURRENCY, "posting 1 of card taken {card}", "GBP", "USD")],
    ),
    (
        booked("cause_id = '{drawer}'", "currency = 'USD'"),
        [(CURRENCY, "posting 1 of drawer opened {drawer}", "GBP", "USD")],
    ),
    (
        booked("cause_id = '{closing}' and recipe = 'drawer emptied'", "currency = 'USD'"),
        [(CURRENCY, "posting 1 of drawer emptied {closing}", "GBP", "USD")],
    ),
]

PLANTED = ORDERS + TRANSACTIONS + POSTINGS + DRAWERS + OTHERS


@pytest.fixture
async def db(books: Books) -> AsyncIterator[Database]:
    database = Database(await connect(books.url, connections_max=1))
    yield database
    await database.close()


@pytest.fixture
async def owner(books: Books, engines: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection that nothing is refused to."""
    connection = await asyncpg.connect(
        engines["owner"], database=books.database, server_settings={"search_path": "fynlo, pg_temp"}
    )
    yield connection
    await connection.close()


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

    assert differences == [
        Difference(books.merchant_id, *(text.format(**books.ids) for text in one)) for one in found
    ]


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
