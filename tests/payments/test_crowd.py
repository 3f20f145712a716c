"""More cards at once than a process can carry: the rest comes again, and nothing of it began."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fynlo.payments.ports import Patience
from fynlo.payments.providers.stripe.accounts import CallLimits
from tests.support.hold import held_at
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


@pytest.fixture
def patience() -> Patience:
    """Charge one card at a time, let nobody wait for it, and answer before a slow call is done."""
    return Patience(cards_at_once=1, queue_seconds=0, answer_seconds=0.5)


async def test_who_finds_no_place_is_told_to_come_again_and_nothing_was_begun(till: Till) -> None:
    await till.open_drawer()
    first, second, third = [await till.order("meal") for _ in range(3)]
    async with held_at(till, "charge") as (slow, held):
        paid = str(uuid4())
        said(await slow.pay(first, card(1000), key=paid), 202)  # It goes on, and keeps its place.
        before, key = await till.shop.everything(), str(uuid4())

        answer = await slow.pay(second, card(1000), key=key)

        problem = refused(answer, 503, "temporarily-unavailable")
        assert problem["retry"] == "same_key"
        assert answer.headers["retry-after"] == "1"
        assert await till.shop.everything() == before
        # Whoever asks again for what was begun stands in no line, and is not told that it was not.
        repeated = asyncio.create_task(slow.pay(first, card(1000), key=paid))
        while not repeated.done():
            await asyncio.sleep(0)
            till.shop.advance(0.001)
        refused(await repeated, 409, "in-progress")
        # Cash does not stand in that line.
        said(await slow.pay(third, cash(1000)), 200)
        held.answered.set()
        while await till.shop.rows("select 1 from transactions where status = 'processing'"):
            pass
        await slow.pay(second, card(1000), key=key)
        while await till.shop.rows("select 1 from transactions where status = 'processing'"):
            pass
        again = await slow.pay(second, card(1000), key=key)
    assert said(again, 200)["transaction"]["status"] == "completed"
    assert await till.shop.provider.received() == 2000


@pytest.mark.parametrize(
    "patience", [Patience(cards_at_once=1, queue_seconds=2, answer_seconds=20)]
)
@pytest.mark.parametrize("limits", [CallLimits(connect_seconds=20, call_seconds=20)])
async def test_who_waited_for_what_began_meanwhile_is_not_told_that_it_did_not(till: Till) -> None:
    first, second = await till.order("meal"), await till.order("meal")
    key = str(uuid4())
    for seconds in (1, 3):
        await till.shop.provider.fault("slow", delay_ms=1000 * seconds)
    paying = asyncio.create_task(till.pay(first, card(1000)))
    while not await till.shop.rows("select 1 from transactions"):
        pass

    twice = await asyncio.gather(*(till.pay(second, card(1000), key=key) for _ in range(2)))

    said(await paying, 200)
    assert {one.status_code for one in twice} <= {200, 202, 409}, [one.text for one in twice]
    again = await till.pay(second, card(1000), key=key)
    assert said(again, 200)["transaction"]["status"] == "completed"
    assert await till.shop.provider.received() == 2000
