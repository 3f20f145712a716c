"""The journal: written once for each cause, and never changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from fynlo import ledger
from fynlo.kernel.ids import CauseId, MerchantId, OrderId, TaxRateId
from fynlo.kernel.money import Money, currency
from fynlo.ledger import recipes
from fynlo.platform.database import Database, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fynlo.ledger import Entry

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
JPY = currency("JPY")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(await connect(database_url, connections_max=2))
    yield database
    await database.close()


@pytest.fixture
def merchant_id() -> MerchantId:
    """Return an id of nobody's: the journal needs no more of a merchant."""
    return MerchantId(uuid4())


async def journal(db: Database, merchant_id: MerchantId) -> list[dict[str, object]]:
    async with db.transaction(merchant_id) as tx:
        rows = await tx.fetch("select * from ledger_postings order by cause_id, recipe, line")
    return [dict(row) for row in rows]


async def book(db: Database, merchant_id: MerchantId, *entries: Entry) -> None:
    async with db.transaction(merchant_id) as tx:
        for entry in entries:
            ledger.post(tx, entry, now=NOON)


async def test_an_entry_is_written_line_by_line(db: Database, merchant_id: MerchantId) -> None:
    cause, order_id = CauseId(uuid4()), OrderId(uuid4())
    entry = recipes.card_taken(cause, Money(900, JPY), Money(100, JPY))

    async with db.transaction(merchant_id) as tx:
        ledger.post(tx, entry, now=NOON, order_id=order_id)

    same = {
        "merchant_id": merchant_id,
        "cause_id": cause,
        "recipe": "card taken",
        "debit_account": "card_clearing",
        "currency": "JPY",
        "order_id": order_id,
        "booked_at": NOON,
    }
    assert await journal(db, merchant_id) == [
        {**same, "line": 1, "credit_account": "order_deposits", "amount_minor": 900},
        {**same, "line": 2, "credit_account": "tips_payable", "amount_minor": 100},
    ]


async def test_an_entry_that_moves_nothing_writes_nothing(
    db: Database, merchant_id: MerchantId
) -> None:
    nothing = recipes.order_paid(
        CauseId(uuid4()), Money(0, JPY), {TaxRateId(uuid4()): Money(0, JPY)}
    )

    await book(db, merchant_id, nothing)

    assert await journal(db, merchant_id) == []


async def test_a_cause_is_booked_once_under_one_recipe(
    db: Database, merchant_id: MerchantId
) -> None:
    cause = CauseId(uuid4())
    taken = recipes.card_taken(cause, Money(900, JPY), Money(0, JPY))
    returned = recipes.card_returned(cause, Money(900, JPY), Money(0, JPY))
    await book(db, merchant_id, taken, returned)
    before = await journal(db, merchant_id)

    with pytest.raises(asyncpg.UniqueViolationError, match="ledger_postings_pkey"):
        await book(db, merchant_id, recipes.surplus_taken(CauseId(uuid4()), Money(1, JPY)), taken)

    assert await journal(db, merchant_id) == before
    assert len(before) == 2


@pytest.mark.parametrize(
    "change",
    [
        "update ledger_postings set amount_minor = 1",
        "update ledger_postings set order_id = null",
        "delete from ledger_postings",
        "truncate ledger_postings",
        "alter table ledger_postings disable row level security",
    ],
)
async def test_what_is_booked_cannot_be_changed_by_the_application(
    db: Database, merchant_id: MerchantId, change: str
) -> None:
    await book(db, merchant_id, recipes.surplus_taken(CauseId(uuid4()), Money(900, JPY)))
    before = await journal(db, merchant_id)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(merchant_id) as tx:
            await tx.fetch(change)

    assert await journal(db, merchant_id) == before
