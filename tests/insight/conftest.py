"""A shop's books in a database of their own, so that a test may spoil them."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest

from fynlo.kernel.ids import MerchantId
from fynlo.ledger.close_days import close_days
from fynlo.main import Wiring
from fynlo.payments.providers.stripe import StripeAccounts
from fynlo.platform import audit
from fynlo.platform.audit import Act
from fynlo.platform.chain import chain_due, link
from fynlo.platform.crypto import KeyRing
from fynlo.platform.database import Database, connect
from fynlo.platform.relay import relay_due
from fynlo.sandbox import SandboxOptions
from fynlo.sandbox import create_app as create_sandbox
from tests.engines import make_database
from tests.support.clock import HandClock
from tests.support.crash import CrashingDatabase
from tests.support.provider import Provider
from tests.support.serve import http_client, serve, serve_api
from tests.support.shop import Shop, Till, card, cash, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DAY = 24 * 3600


@dataclass(frozen=True)
class Books:
    """One database with two merchants: one that sold all day, and one that only opened."""

    url: str
    database: str
    merchant_id: MerchantId
    quiet: MerchantId
    ids: dict[str, str]


@pytest.fixture(scope="session")
def books(engines: dict[str, str]) -> Books:
    """Return what one day's work left behind."""
    name = f"fynlo_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_books"
    with ThreadPoolExecutor(1) as thread:  # Its loop must not disturb the tests' own.
        return thread.submit(asyncio.run, _open_shop(engines, name)).result()


@pytest.fixture
async def db(books: Books) -> AsyncIterator[Database]:
    """Return the books as the application sees them."""
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


async def _open_shop(engines: dict[str, str], name: str) -> Books:
    merchant_id = MerchantId(uuid4())
    url = await make_database(engines, name)
    async with (
        serve(create_sandbox(SandboxOptions(seed=1))) as provider_url,
        http_client(base_url=provider_url) as http,
    ):
        cards = StripeAccounts(
            "sk_test_" + merchant_id.hex,
            api_base=provider_url,
            merchant_id=merchant_id,
            return_url="http://127.0.0.1/pay/return",
        )
        keys = KeyRing(["a secret that is long enough for a test"])
        wiring = Wiring(CrashingDatabase(await connect(url)), HandClock(), keys, cards)
        async with serve_api(wiring) as api:
            shop = Shop(wiring, api, Provider(provider_url, http), merchant_id)
            await shop.found()
            ids = await _closed_days(shop)
            async with shop.till() as till:
                ids |= await _work(till)
            quiet = replace(shop, merchant_id=MerchantId(uuid4()))
            await quiet.found()
            async with quiet.till() as till:
                await till.open_drawer(500)
            ids |= await _told(shop)
            ids |= await _audited(shop)
            ids |= {"merchant": str(merchant_id), "nobody": str(uuid4())}
        await wiring.close()
    return Books(url, name, merchant_id, quiet.merchant_id, ids)


async def _closed_days(shop: Shop) -> dict[str, str]:
    """Open and close a drawer on each of two days, and close the days too; returns their ids."""
    closing = str(uuid4())
    shifts = []
    for key in (closing, str(uuid4())):
        async with shop.till(register=2) as till:
            shifts.append(await _shift(till, key))
        shop.advance(DAY)
        await close_days(shop.ports())
    first, last = shifts
    days = await shop.rows("select day from ledger_days order by day")
    counts = await shop.rows(
        "select id from drawer_counts where kind = 'closing' order by counted_at"
    )
    return {
        "closing": closing,
        "first_shift": first["id"],
        "first_count": str(counts[0]["id"]),
        "last_shift": last["id"],
        "register": last["register_id"],
        "first_day": str(days[0]["day"]),
        "second_day": str(days[1]["day"]),
    }


async def _told(shop: Shop) -> dict[str, str]:
    """Number all events; then something happens that nobody is told of yet."""
    await relay_due(shop.ports(), None)
    async with shop.till() as till:
        draft = await till.order("meal", validated=False)
    count = len(await shop.rows("select from events"))
    (untold,) = await shop.rows("select id from outbox")
    return {
        "draft": draft["id"],
        "untold": str(untold["id"]),
        "events": str(count),
        "fewer": str(count - 1),
    }


async def _audited(shop: Shop) -> dict[str, str]:
    """Put three acts on record and tie them; returns what they are, and what they could become."""
    now = shop.wiring.clock.now()
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        for word in ("one", "two", "three"):
            told = {"word": word}
            act = Act("shop.kept", "shop", shop.merchant_id, after=told, reason="agreed")
            audit.record(tx, now, None, act)
    await chain_due(shop.ports())
    rows = await shop.rows(
        "select c.sequence, c.hash, e.id, e.content from audit_chain c"
        " join audit_entries e on e.id = c.entry_id order by c.sequence"
    )
    assert [row["sequence"] for row in rows] == [1, 2, 3]
    first, second, third = rows
    forged = second["content"].replace("agreed", "forged")
    return {
        **{f"entry_{row['sequence']}": str(row["id"]) for row in rows},
        **{f"hash_{row['sequence']}": row["hash"].hex() for row in rows},
        "content_1": first["content"],
        "forged_2": link(first["hash"], forged).hex(),
        "bridged_3": link(first["hash"], third["content"]).hex(),
    }


async def _work(till: Till) -> dict[str, str]:
    """Do a day's work; returns what it made, by name."""
    drawer = await till.open_drawer(10_000)
    await _by_hand(till, drawer, "loan", 500)
    orders = {
        name: await till.order("meal") for name in ("paid", "part", "waiting", "unpaid", "declined")
    }
    transfer = {"method": "bank_transfer", "amount": 800}
    paid, part, waiting, declined = [
        (await till.pay(orders["paid"], cash(600, tendered=1000), card(400, tip=50))).json(),
        (await till.pay(orders["part"], cash(300))).json(),
        (await till.pay(orders["waiting"], cash(200), transfer)).json(),
        (await till.pay(orders["declined"], card(1000, "pm_card_chargeDeclined"))).json(),
    ]
    await _by_hand(till, drawer, "paid_out", 100)
    transactions = {"paid": paid, "part": part, "waiting": waiting, "declined": declined}
    rows = await till.shop.rows("select tax_rate_id from order_lines limit 1")
    (charge,) = await till.shop.rows("select id from operations where amount_minor = 450")
    asked, returned = await _asked(till), await _returned(till)
    return {
        **{name: order["id"] for name, order in orders.items()},
        **{f"{name}_tx": one["transaction"]["id"] for name, one in transactions.items()},
        "cash": paid["transaction"]["payments"][0]["id"],
        "card": paid["transaction"]["payments"][1]["id"],
        "waiting_cash": waiting["transaction"]["payments"][0]["id"],
        "declined_card": declined["transaction"]["payments"][0]["id"],
        "charge": str(charge["id"]),
        "asked_tx": asked["id"],
        "asked_card": asked["payments"][0]["id"],
        "returned": returned["order_id"],
        "returned_tx": returned["id"],
        "returned_card": returned["payments"][0]["id"],
        "drawer": drawer["id"],
        "rate": str(rows[0]["tax_rate_id"]),
    }


async def _asked(till: Till) -> dict[str, Any]:
    """Let a customer fail at the bank; returns the transaction."""
    asks = card(1000, "pm_card_authenticationRequired")
    waiting = said(await till.pay(await till.order("meal"), asks), 202)["transaction"]
    await till.shop.provider.answer(waiting["payments"][0]["provider_reference"], "fail")
    path = f"/transactions/{waiting['id']}/confirm"
    return _transaction(said(await till.call("POST", path, {}), 402))


async def _returned(till: Till) -> dict[str, Any]:
    """Give back what one card paid, because the other's hold was gone; returns the transaction."""
    transfer = {"method": "bank_transfer", "amount": 100}
    payments = card(400, tip=30), card(500), transfer
    held = said(await till.pay(await till.order("meal"), *payments), 202)["transaction"]
    _, gone, waiting = held["payments"]
    await till.shop.provider.http.post(
        f"/v1/payment_intents/{gone['provider_reference']}/cancel",
        headers={"Authorization": f"Bearer sk_test_{till.shop.merchant_id.hex}"},
    )
    path = f"/transactions/{held['id']}/confirm"
    answer = await till.call("POST", path, {"payment_ids": [waiting["id"]]})
    return _transaction(said(answer, 402))


def _transaction(answer: dict[str, Any]) -> dict[str, Any]:
    transaction: dict[str, Any] = answer["transaction"]
    return transaction


async def _shift(till: Till, key: str) -> dict[str, Any]:
    """Open a drawer, count it 1 short, close it."""
    drawer = await till.open_drawer(100)
    path = f"/drawers/sessions/{drawer['id']}"
    said(await till.call("POST", f"{path}/count", {"counted": 99}), 200)
    parts = {"left_in_drawer": 90, "deposit": 9}
    return said(await till.call("POST", f"{path}/close", parts, key=key), 200)


async def _by_hand(till: Till, drawer: dict[str, Any], kind: str, amount: int) -> None:
    moved = {"type": kind, "amount": amount, "reason": "Coins"}
    said(await till.call("POST", f"/drawers/sessions/{drawer['id']}/movements", moved), 201)
