"""A closed day keeps what every account came to; nothing in it is summed up again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from fynlo import ledger
from fynlo.insight import verify
from fynlo.kernel.ids import CauseId, MerchantId, TaxRateId
from fynlo.kernel.money import Money, currency
from fynlo.ledger import Balance, recipes, store
from fynlo.ledger.close_days import close_days
from fynlo.ledger.model import CARD_CLEARING, ORDER_DEPOSITS, SALES, tax_payable
from fynlo.platform.database import Database, connect
from fynlo.platform.ports import Ports
from tests.support.clock import HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fynlo.ledger import Account, Entry

GBP = currency("GBP")
EUR = currency("EUR")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
RATE = TaxRateId(uuid4())


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(await connect(database_url, connections_max=4))
    yield database
    await database.close()


@pytest.fixture
async def merchant_id(db: Database) -> MerchantId:
    merchant_id = MerchantId(uuid4())
    async with db.transaction(merchant_id) as tx:
        tx.write(
            "insert into merchants (id, name, country, created_at) values ($1, 'A', 'GB', $2)",
            *(merchant_id, NOON),
        )
    return merchant_id


def taken(minor: int, unit: str = "GBP") -> Entry:
    return recipes.card_taken(CauseId(uuid4()), Money(minor, currency(unit)), Money(0, GBP))


async def book(db: Database, merchant_id: MerchantId, at: datetime, *entries: Entry) -> None:
    async with db.transaction(merchant_id) as tx:
        for entry in entries:
            ledger.post(tx, entry, now=at)


async def close(db: Database, at: datetime) -> int:
    return await close_days(Ports(db, HandClock(at)))


async def balances(
    db: Database, merchant_id: MerchantId, until: datetime | None = None
) -> dict[tuple[Account, str], int]:
    async with db.transaction(merchant_id) as tx:
        found = await ledger.trial_balance(tx, until)
    return {(one.account, one.amount.currency.code): one.amount.minor for one in found}


async def rows(db: Database, merchant_id: MerchantId, table: str) -> list[tuple[object, ...]]:
    what = {"days": "day, closed_at", "snapshots": "account, currency, debit_minor, credit_minor"}
    async with db.transaction(merchant_id) as tx:
        found = await tx.fetch(f"select {what[table]} from ledger_{table} order by 1, 2")
    return [tuple(row) for row in found]


async def test_a_trial_balance_lists_what_is_not_zero_by_account_and_currency(
    db: Database, merchant_id: MerchantId
) -> None:
    sold = recipes.order_paid(CauseId(uuid4()), Money(1000, GBP), {RATE: Money(200, GBP)})
    euros = recipes.card_taken(CauseId(uuid4()), Money(500, EUR), Money(0, EUR))
    await book(db, merchant_id, NOON, taken(1200), sold, euros)

    found = await balances(db, merchant_id)

    assert found == {
        (CARD_CLEARING, "GBP"): 1200,
        (CARD_CLEARING, "EUR"): 500,
        (ORDER_DEPOSITS, "EUR"): -500,
        (SALES, "GBP"): -1000,
        (tax_payable(RATE), "GBP"): -200,
    }


async def test_a_day_is_closed_an_hour_after_its_end_and_not_before(
    db: Database, merchant_id: MerchantId
) -> None:
    await book(db, merchant_id, NOON, taken(700))

    await close(db, MIDNIGHT + HOUR - timedelta(seconds=1))
    assert await rows(db, merchant_id, "days") == []

    await close(db, MIDNIGHT + HOUR)
    assert await rows(db, merchant_id, "days") == [(NOON.date(), MIDNIGHT + HOUR)]
    assert await rows(db, merchant_id, "snapshots") == [
        (CARD_CLEARING, "GBP", 700, 0),
        (ORDER_DEPOSITS, "GBP", 0, 700),
    ]


async def test_balances_count_the_closed_day_and_what_came_after_it_once(
    db: Database, merchant_id: MerchantId
) -> None:
    await book(db, merchant_id, NOON, taken(700))
    await book(db, merchant_id, MIDNIGHT, taken(30))
    before = await balances(db, merchant_id)

    await close(db, MIDNIGHT + HOUR)

    assert await balances(db, merchant_id) == before
    assert before[CARD_CLEARING, "GBP"] == 730


async def test_who_comes_second_to_a_day_writes_nothing(
    db: Database, merchant_id: MerchantId
) -> None:
    """Two processes may both have found the day open; the day's row decides between them."""
    day, other = NOON.date(), Balance(CARD_CLEARING, Money(1, GBP))
    await book(db, merchant_id, NOON, taken(700))
    await close(db, MIDNIGHT + HOUR)
    before = await rows(db, merchant_id, "snapshots")

    async with db.transaction(merchant_id) as tx:
        assert not await store.close_day(tx, day, [other], MIDNIGHT + 2 * HOUR)

    assert await rows(db, merchant_id, "snapshots") == before
    assert await rows(db, merchant_id, "days") == [(day, MIDNIGHT + HOUR)]


async def test_a_day_is_closed_once(db: Database, merchant_id: MerchantId) -> None:
    await book(db, merchant_id, NOON, taken(700))

    assert await close(db, MIDNIGHT + HOUR) >= 1
    assert await close(db, MIDNIGHT + HOUR) == 0

    assert len(await rows(db, merchant_id, "days")) == 1


async def test_what_lies_in_a_closed_day_is_not_summed_up_again(
    db: Database, merchant_id: MerchantId
) -> None:
    await book(db, merchant_id, NOON, taken(700))
    await close(db, MIDNIGHT + HOUR)

    await book(db, merchant_id, NOON, taken(1))  # Nobody can; it shows where the sum begins.

    assert (await balances(db, merchant_id))[CARD_CLEARING, "GBP"] == 700
    assert {one.subject for one in await verify(db, merchant_id) if "closed day" in one.check} == {
        "account card_clearing on 2026-01-02",
        "account order_deposits on 2026-01-02",
    }


async def test_the_next_day_builds_on_the_last(db: Database, merchant_id: MerchantId) -> None:
    await book(db, merchant_id, NOON, taken(700))
    await close(db, MIDNIGHT + HOUR)
    await book(db, merchant_id, NOON + 2 * DAY, taken(5))

    await close(db, MIDNIGHT + HOUR + 2 * DAY)

    days = await rows(db, merchant_id, "days")
    assert [day for day, _ in days] == [NOON.date(), (NOON + 2 * DAY).date()]
    assert (CARD_CLEARING, "GBP", 705, 0) in await rows(db, merchant_id, "snapshots")
    assert [one for one in await verify(db, merchant_id) if "closed day" in one.check] == []


async def test_a_quiet_day_is_not_written_down(db: Database, merchant_id: MerchantId) -> None:
    await book(db, merchant_id, NOON, taken(700))
    await close(db, MIDNIGHT + HOUR)

    await close(db, MIDNIGHT + HOUR + DAY)

    assert len(await rows(db, merchant_id, "days")) == 1


async def test_a_day_that_came_to_nothing_is_closed_as_well(
    db: Database, merchant_id: MerchantId
) -> None:
    cause = CauseId(uuid4())
    given_back = recipes.card_returned(cause, Money(700, GBP), Money(0, GBP))
    await book(db, merchant_id, NOON, taken(700), given_back)

    await close(db, MIDNIGHT + HOUR)

    assert len(await rows(db, merchant_id, "days")) == 1
    assert await rows(db, merchant_id, "snapshots") == []


async def test_many_workers_close_a_day_once(db: Database, merchant_id: MerchantId) -> None:
    await book(db, merchant_id, NOON, taken(700))

    await asyncio.gather(*(close(db, MIDNIGHT + HOUR) for _ in range(8)))

    assert len(await rows(db, merchant_id, "days")) == 1
    assert len(await rows(db, merchant_id, "snapshots")) == 2


@pytest.mark.parametrize("table", ["ledger_days", "ledger_snapshots"])
async def test_a_closed_day_is_never_changed(
    db: Database, merchant_id: MerchantId, table: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(merchant_id) as tx:
            await tx.fetch(f"delete from {table}")
