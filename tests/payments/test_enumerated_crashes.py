"""The process dies at every commit, and before and after every call to the provider: all of them.

Each shape is played once to count the moments at which a process can die, then once more for each
of them. Then either the till asks again under the same keys, or only the resolver is left.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import httpx
import pytest

from fynlo.kernel.ids import derive
from fynlo.payments.ports import Patience
from fynlo.payments.providers.stripe.accounts import CallLimits
from fynlo.payments.resolve import resolve_due
from tests.payments.books import books, is_whole, owed, quiet
from tests.payments.luck import ASKS, by_hand, provider_is_back
from tests.support.crash import Crash
from tests.support.shop import card, cash

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from tests.support.crash import Fate
    from tests.support.shop import Shop, Till

    Script: TypeAlias = "Callable[[Play], Awaitable[None]]"

NO: Final = "pm_card_visa_chargeDeclined"
TRANSFER: Final = {"method": "bank_transfer", "amount": 100}


@dataclass
class Play:
    """One order, paid in one shape, under keys that are the same at every try."""

    till: Till
    order: dict[str, Any]
    key: str

    async def pay(self, *payments: dict[str, Any]) -> dict[str, Any]:
        """Pay; returns the transaction as the till is shown it."""
        answer = await self.till.pay(self.order, *payments, key=self.key)
        if answer.status_code not in {200, 202, 402}:
            raise Crash(answer.text)
        shown: dict[str, Any] = answer.json()["transaction"]
        return shown

    async def call(self, verb: str, body: dict[str, Any]) -> None:
        """Cancel or confirm it."""
        key = str(derive(UUID(self.key), verb))
        await self.till.call("POST", f"/transactions/{self.key}/{verb}", body, key=key)


async def one_card(play: Play) -> None:
    await play.pay(card(1000))


async def cash_and_card(play: Play) -> None:
    await play.pay(cash(300, tendered=500), card(700))


async def three_cards(play: Play) -> None:
    await play.pay(card(300), card(300, tip=30), card(400))


async def the_third_declined(play: Play) -> None:
    await play.pay(card(300), card(300), card(400, NO))


async def the_bank_asks(play: Play) -> None:
    shown = await play.pay(cash(100), card(900, ASKS))
    provider, intent = play.till.shop.provider, shown["payments"][1]["provider_reference"]
    asking = [one["id"] for one in await provider.intents() if one["status"] == "requires_action"]
    if intent in asking:
        await provider.answer(intent, "succeed")
    await play.call("confirm", {})


async def given_up(play: Play) -> None:
    await play.pay(card(400), card(600, ASKS))
    await play.call("cancel", {"reason": "The customer left."})


async def too_late(play: Play) -> None:
    await play.pay(card(400), card(600, ASKS))
    play.till.shop.advance(901)
    for _ in range(3):
        play.till.shop.advance(1)
        await resolve_due(play.till.shop.ports())


async def lost_and_given_up(play: Play) -> None:
    """The request is lost on its way, so its key must be burned."""
    await provider_is_back(play.till)
    await play.till.shop.provider.fault("connection_reset")
    await play.pay(card(1000))
    await provider_is_back(play.till)
    await play.call("cancel", {"reason": "The customer left."})


async def half_taken(play: Play) -> None:
    """One hold is gone when both are captured, so what the other took goes back."""
    shown = await play.pay(card(400), card(500), TRANSFER)
    second, transfer = shown["payments"][1]["provider_reference"], shown["payments"][2]["id"]
    intents = await play.till.shop.provider.intents()
    if second in [one["id"] for one in intents if one["status"] == "requires_capture"]:
        await by_hand(play.till, f"payment_intents/{second}/cancel")
    await play.call("confirm", {"payment_ids": [transfer]})


SHAPES: Final[dict[Script, set[str]]] = {
    one_card: {"completed"},
    cash_and_card: {"completed"},
    three_cards: {"completed"},
    the_third_declined: {"declined"},
    the_bank_asks: {"completed", "expired"},
    given_up: {"canceled", "expired"},
    too_late: {"expired"},
    lost_and_given_up: {"canceled", "completed"},
    half_taken: {"declined", "expired"},
}
"""How each may end; the first is how it ends when the till sees it through."""
WHOLE: Final[dict[Script, str]] = {
    one_card: "completed",
    cash_and_card: "completed",
    three_cards: "completed",
    the_third_declined: "declined",
    the_bank_asks: "completed",
    given_up: "canceled",
    too_late: "expired",
    lost_and_given_up: "canceled",
    half_taken: "declined",
}


@pytest.fixture
def patience() -> Patience:
    return Patience(answer_seconds=60, release_seconds=60)


@pytest.fixture
def limits() -> CallLimits:
    """Nothing is lost here but what a test loses: a busy machine may take its time."""
    return CallLimits(connect_seconds=20, call_seconds=20)


async def begin(till: Till, number: int) -> Play:
    order = await till.order("meal")
    return Play(till, order, str(derive(till.shop.merchant_id, f"play:{number}")))


async def play_until(fate: Fate, dies_at: int | None, play: Play, script: Script) -> list[str]:
    """Play it until the process dies; return the moments that it came to."""
    fate.restart(dies_at)
    with suppress(Crash, httpx.HTTPError):
        await script(play)
    moments = fate.moments
    fate.restart()
    return moments


@pytest.mark.parametrize("script", SHAPES, ids=lambda script: script.__name__)
@pytest.mark.parametrize("is_asked_again", [True, False], ids=["asked_again", "resolver_alone"])
async def test_a_crash_at_any_moment_is_healed(
    shop: Shop, script: Script, *, is_asked_again: bool
) -> None:
    fate = shop.fate()
    async with shop.till() as till:
        await till.open_drawer()
        rehearsal = await begin(till, 0)
        moments = await play_until(fate, None, rehearsal, script)
        await quiet(shop)
        await must_have_ended(rehearsal, {WHOLE[script]})
    for number, moment in enumerate(moments, 1):
        if not is_whole() and number % 8 != (1 if is_asked_again else 5):
            continue  # Every eighth moment, others for each way; `ENUMERATE=all`: all, in both.
        async with shop.till() as till:
            play = await begin(till, number)
            reached = await play_until(fate, number, play, script)
            assert len(reached) == number, (moment, reached, moments)
            shop.advance(11)
            if is_asked_again:
                await script(play)
            await quiet(shop)
        async with shop.till() as till:
            later = replace(play, till=till)
            ends = {WHOLE[script]} if is_asked_again else SHAPES[script]
            is_journaled = is_asked_again or number > 1
            await must_have_ended(later, ends if is_journaled else {None}, (number, moment))


async def must_have_ended(play: Play, ends: set[str] | set[None], at: object = None) -> None:
    """Hold both sides' books to each other, and what the till is told to both."""
    found = await books(play.till.shop, play.order, play.key)
    assert found.status in ends, (at, found)
    left = 0 if found.status == "completed" else 1000
    assert await owed(play.till, play.order) == (left, 0), (at, found)
