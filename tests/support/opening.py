"""Open a shop for a test: the API, its database and its provider."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from fynlo.kernel.ids import MerchantId
from fynlo.main import Wiring
from fynlo.payments.providers.stripe import StripeAccounts, StripeEndpoint
from fynlo.platform.crypto import KeyRing
from fynlo.platform.database import connect
from tests.support.crash import CrashingCards, CrashingDatabase
from tests.support.provider import WEBHOOK_SECRET
from tests.support.serve import serve_api
from tests.support.shop import Shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fynlo.payments.ports import Patience
    from fynlo.payments.providers.stripe.accounts import CallLimits
    from tests.support.clock import HandClock
    from tests.support.provider import Provider


@asynccontextmanager
async def open_shop(
    database_url: str, clock: HandClock, provider: Provider, patience: Patience, limits: CallLimits
) -> AsyncIterator[Shop]:
    """Found a merchant of nobody else's, and serve the API to it."""
    merchant_id = MerchantId(uuid4())
    cards = StripeAccounts(
        "sk_test_" + merchant_id.hex,
        api_base=provider.url,
        merchant_id=merchant_id,
        return_url="http://127.0.0.1/pay/return",
        limits=limits,
    )
    db = CrashingDatabase(await connect(database_url, connections_max=20))
    keys = KeyRing(["a secret that is long enough for a test"])
    endpoint = StripeEndpoint(merchant_id, (WEBHOOK_SECRET,), is_live=False)
    wiring = Wiring(db, clock, keys, CrashingCards(cards), patience, endpoint)
    async with serve_api(wiring) as url:
        shop = Shop(wiring, url, provider, merchant_id)
        await shop.found()
        try:
            yield shop
        finally:  # The next shop in this database does not finish what this one left.
            db.fate = None
            db.crash_at(None)
            await shop.rows(
                "update transactions set due_at = null where due_at is not null returning id"
            )
    await cards.close()
    await db.close()
