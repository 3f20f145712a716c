"""Tills that wait: for a slow provider, for their own first call, for nobody at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fynlo.payments.ports import Patience
from tests.support.shop import card, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


@pytest.fixture
def patience() -> Patience:
    """Answer at once, finished or not; on the test's clock nobody waits at all."""
    return Patience(answer_seconds=0.05)


async def finished(till: Till) -> None:
    """Look until the only transaction is decided."""
    while (await till.shop.rows("select status from transactions"))[0]["status"] == "processing":
        pass


async def test_a_slow_provider_does_not_keep_the_till_waiting(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    await till.shop.provider.fault("slow", delay_ms=400)

    first = said(await till.pay(order, card(1000), key=key), 202)["transaction"]
    assert first["status"] == "processing"
    assert (await till.look(order))["amount_reserved"] == 1000
    await finished(till)

    again = await till.pay(order, card(1000), key=key)
    assert said(again, 200)["transaction"]["status"] == "completed"
    assert again.headers["idempotent-replayed"] == "true"
    assert await till.shop.provider.received() == 1000


@pytest.mark.parametrize("slow", [1, 2])
async def test_a_call_that_outlives_its_lease_is_asked_again_under_its_key(
    till: Till, slow: int
) -> None:
    order, key = await till.order("meal"), str(uuid4())
    await till.shop.provider.fault("slow", delay_ms=300, times=slow)
    said(await till.pay(order, card(1000), key=key), 202)

    till.shop.advance(11)
    waiting = asyncio.create_task(till.pay(order, card(1000), key=key))
    while not waiting.done():
        await asyncio.sleep(0)
        till.shop.advance(0.001)
    assert (await waiting).status_code in {200, 202, 409}

    await finished(till)
    await till.resolve()
    again = said(await till.pay(order, card(1000), key=key), 200)
    assert again["transaction"]["status"] == "completed"
    assert await till.shop.provider.received() == 1000
    assert len(await till.shop.provider.intents()) == 1


async def test_a_second_caller_is_told_to_come_back(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    await till.shop.provider.fault("slow", delay_ms=400)
    said(await till.pay(order, card(1000), key=key), 202)

    waiting = asyncio.create_task(till.pay(order, card(1000), key=key))
    while not waiting.done():
        await asyncio.sleep(0)
        till.shop.advance(0.001)

    answer = await waiting
    problem = refused(answer, 409, "in-progress")
    assert problem["retry"] == "same_key"
    assert answer.headers["retry-after"] == "1"
    await finished(till)
    assert await till.shop.provider.received() == 1000
