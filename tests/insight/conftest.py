"""A shop's books in a database of their own, so that a test may spoil them."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from fynlo.config import Config
from fynlo.kernel.ids import MerchantId
from fynlo.main import Wiring, create_app
from fynlo.payments.providers.stripe import StripeAccounts
from fynlo.platform.crypto import KeyRing
from fynlo.platform.database import connect
from fynlo.platform.relay import relay_due
from fynlo.sandbox import SandboxOptions
from fynlo.sandbox import create_app as create_sandbox
from tests.engines import make_database
from tests.support.clock import HandClock
from tests.support.crash import CrashingDatabase
from tests.support.provider import Provider
from tests.support.serve import serve
from tests.support.shop import Shop, Till, card, cash, said


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


async def _open_shop(engines: dict[str, str], name: str) -> Books:
    merchant_id = MerchantId(uuid4())
    url = await make_database(engines, name)
    async with serve(create_sandbox(SandboxOptions(seed=1))) as provider_url:
        cards = StripeAccounts(
            "sk_test_" + merchant_id.hex,
            api_base=provider_url,
            merchant_id=merchant_id,
            return_url="http://127.0.0.1/pay/return",
        )
        keys = KeyRing(["a secret that is long enough for a test"])
        wiring = Wiring(CrashingDatabase(await connect(url)), HandClock(), keys, cards)
        async with serve(create_app(Config(), wiring)) as api, httpx.AsyncClient() as http:
            shop = Shop(wiring, api, Provider(provider_url, http), merchant_id)
            await shop.found()
            async with shop.till() as till:
                ids = {**await _work(till), "merchant": str(merchant_id), "nobody": str(uuid4())}
            quiet = replace(shop, merchant_id=MerchantId(uuid4()))
            await quiet.found()
            async with quiet.till() as till:
                await till.open_drawer(500)
        await relay_due(shop.ports(), None)
        count = len(await shop.rows("select from events"))
        ids.update(events=str(count), fewer=str(count - 1))
        await wiring.close()
    return Books(url, name, merchant_id, quiet.merchant_id, ids)


async def _work(till: Till) -> dict[str, str]:
    """Do a day's work; returns what it made, by name."""
    till.register = 2
    closing = str(uuid4())
    first = await _shift(till, key=closing)
    last = await _shift(till)
    till.register = 1
    drawer = await till.open_drawer(10_000)
    await _by_hand(till, drawer, "loan", 500)
    orders = {
        name: await till.order("meal") for name in ("paid", "part", "waiting", "unpaid", "declined")
    }
    transfer = {"method": "bank_transfer", "amount": 800}
    paid, _, waiting, declined = [
        (await till.pay(orders["paid"], cash(600, tendered=1000), card(400, tip=50))).json(),
        (await till.pay(orders["part"], cash(300))).json(),
        (await till.pay(orders["waiting"], cash(200), transfer)).json(),
        (await till.pay(orders["declined"], card(1000, "pm_card_chargeDeclined"))).json(),
    ]
    await _by_hand(till, drawer, "paid_out", 100)
    transactions = {"paid": paid, "waiting": waiting, "declined": declined}
    rows = await till.shop.rows("select tax_rate_id from order_lines limit 1")
    return {
        **{name: order["id"] for name, order in orders.items()},
        **{f"{name}_tx": one["transaction"]["id"] for name, one in transactions.items()},
        "card": paid["transaction"]["payments"][1]["id"],
        "declined_card": declined["transaction"]["payments"][0]["id"],
        "drawer": drawer["id"],
        "closing": closing,
        "first_shift": first["id"],
        "last_shift": last["id"],
        "register": last["register_id"],
        "rate": str(rows[0]["tax_rate_id"]),
    }


async def _shift(till: Till, key: str | None = None) -> dict[str, Any]:
    """Open a drawer, count it 1 short, close it."""
    drawer = await till.open_drawer(100)
    path = f"/drawers/sessions/{drawer['id']}"
    said(await till.call("POST", f"{path}/count", {"counted": 99}), 200)
    parts = {"left_in_drawer": 90, "deposit": 9}
    return said(await till.call("POST", f"{path}/close", parts, key=key), 200)


async def _by_hand(till: Till, drawer: dict[str, Any], kind: str, amount: int) -> None:
    moved = {"type": kind, "amount": amount, "reason": "Coins"}
    said(await till.call("POST", f"/drawers/sessions/{drawer['id']}/movements", moved), 201)
