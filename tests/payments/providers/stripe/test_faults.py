"""Each fault of the wire at each method of the port: what we hear, and what the books say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pytest

from fynlo.kernel.ids import OperationId, TenderId
from fynlo.payments.model.outcomes import ActionRequired, AnswerLost, Approved, Burned, Standing
from fynlo.payments.providers.stripe.lookup import PAGE_TRIES
from fynlo.sandbox.faults import ACTS, FaultKind
from tests.payments.providers.stripe.script import cards_at
from tests.payments.providers.stripe.told import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fynlo.payments.model.outcomes import Found
    from fynlo.payments.providers.port import Instruction
    from fynlo.payments.providers.stripe import StripeCards
    from tests.support.provider import Provider

REASONS: Final = {
    "lost_answer": "APIConnectionError",
    "connection_reset": "APIConnectionError",
    "http_500": "HTTP 500",
    "http_500_acted": "HTTP 500",
    "http_429": "HTTP 429",
    "http_409": "HTTP 409",
    "hang": "APIConnectionError",
    "html_502": "HTTP 502",
    "truncated_json": "an unreadable answer",
}
"""Why each fault loses the answer; the others only delay it, or show an older one."""

READINGS: Final = {"lost_answer": 2, "connection_reset": 2}
"""How often a reading is tried: where the line breaks, the HTTP client asks again by itself."""

REMEMBERED: Final = {"http_500", "http_500_acted"}
"""These answers stay with the key for good."""

LAST_WORD: Final = AnswerLost("the provider repeats its error", is_last_word=True)


@dataclass(frozen=True)
class Call:
    """A method that moves money: where it must stand before, and where it stands after."""

    path: str
    before: Standing | None
    after: Standing
    books: tuple[str, int]
    untouched: tuple[str, int] | None


HELD: Final = ("requires_capture", 0)
TAKEN: Final = ("succeeded", 1000)
GIVEN_UP: Final = ("canceled", 0)
GIVEN_BACK: Final = ("succeeded", 0)
CALLS: Final = {
    "charge": Call("/v1/payment_intents", None, Standing.CAPTURED, TAKEN, None),
    "authorize": Call("/v1/payment_intents", None, Standing.HELD, HELD, None),
    "capture": Call("/v1/payment_intents/", Standing.HELD, Standing.CAPTURED, TAKEN, HELD),
    "void": Call("/v1/payment_intents/", Standing.HELD, Standing.RELEASED, GIVEN_UP, HELD),
    "refund": Call("/v1/refunds", Standing.CAPTURED, Standing.RETURNED, GIVEN_BACK, TAKEN),
}


@dataclass
class Wire:
    """One account at the sandbox."""

    cards: StripeCards
    provider: Provider

    async def made(self, before: Standing | None) -> Instruction:
        """Bring the money where it must stand, and give the next instruction about it."""
        asked = told(tender_id=TenderId(uuid4()))
        if before is None:
            return asked
        method = self.cards.charge if before is Standing.CAPTURED else self.cards.authorize
        done = await method(asked)
        assert isinstance(done, Approved)
        following = uuid4()
        return replace(
            asked,
            operation_id=OperationId(following),
            key=f"fynlo-1-{following}",
            reference=done.reference,
        )

    async def books(self, asked: Instruction) -> list[tuple[str, int]]:
        """Say what the provider believes of a tender: each intent's state, and its takings."""
        return [
            (one["status"], one["amount_received"] - one["amount_refunded"])
            for one in await self.provider.intents()
            if one["metadata"]["payment_id"] == str(asked.tender_id)
        ]


@pytest.fixture
async def wire(provider: Provider) -> AsyncIterator[Wire]:
    """Return a hurried account."""
    async with cards_at(provider.url, connect_seconds=0.5, call_seconds=0.5) as cards:
        yield Wire(cards, provider)


def standing(found: Found | None) -> Standing | None:
    """Say where the money stands, if that is what was found."""
    if found is None:
        return None
    assert isinstance(found, Approved), found
    assert found.amount_minor == (0 if found.standing is Standing.RELEASED else 1000)
    return found.standing


@pytest.mark.parametrize("method", CALLS)
async def test_every_fault_is_lost_and_the_same_key_again_moves_money_once(
    wire: Wire, method: str
) -> None:
    call = CALLS[method]
    for kind in FaultKind:
        asked = await wire.made(call.before)
        ask = getattr(wire.cards, method)
        await wire.provider.fault(kind, call.path, delay_ms=10)

        heard = await ask(asked)

        happened = [call.books] if kind in ACTS else [call.untouched] if call.untouched else []
        if kind in REASONS:
            assert heard == AnswerLost(REASONS[kind]), kind
        else:
            assert standing(heard) is call.after, kind
        assert await wire.books(asked) == happened, kind

        again = await ask(replace(asked, is_repeat=True))

        if kind in REMEMBERED:
            assert again == LAST_WORD, kind
            assert await wire.books(asked) == happened, kind
        else:
            assert standing(again) is call.after, kind
            assert await wire.books(asked) == [call.books], kind
        truth = call.before if kind == FaultKind.HTTP_500 else call.after
        assert standing(await wire.cards.find(asked)) is truth, kind


@pytest.mark.parametrize("is_known", [True, False], ids=["by its id", "by its names"])
async def test_a_lookup_that_goes_wrong_finds_nothing_out_and_changes_nothing(
    wire: Wire, *, is_known: bool
) -> None:
    paid = await wire.made(None)
    done = await wire.cards.charge(paid)
    assert isinstance(done, Approved)
    asked = replace(paid, reference=done.reference if is_known else None)
    for kind in set(REASONS) | {"slow"}:
        times = READINGS.get(kind, 1) * (1 if is_known else PAGE_TRIES)
        await wire.provider.fault(kind, method="GET", delay_ms=10, times=times)

        found = await wire.cards.find(asked)

        assert found == (AnswerLost(REASONS[kind]) if kind in REASONS else done), kind
        assert await wire.cards.find(asked) == done, kind
    assert await wire.books(asked) == [TAKEN]


async def test_an_old_reading_is_only_old_and_the_next_is_right(wire: Wire) -> None:
    held = await wire.made(Standing.HELD)
    assert standing(await wire.cards.capture(held)) is Standing.CAPTURED
    await wire.provider.fault("stale_read", method="GET")

    assert standing(await wire.cards.find(held)) is Standing.HELD
    assert standing(await wire.cards.find(held)) is Standing.CAPTURED
    assert await wire.books(held) == [TAKEN]


async def test_the_refunds_of_an_intent_that_cannot_be_read_leave_it_unknown(wire: Wire) -> None:
    paid = await wire.made(Standing.CAPTURED)
    assert standing(await wire.cards.refund(paid)) is Standing.RETURNED
    for kind, reason in REASONS.items():
        times = READINGS.get(kind, 1) * PAGE_TRIES
        await wire.provider.fault(kind, "/v1/refunds", method="GET", times=times)

        assert await wire.cards.find(paid) == AnswerLost(reason), kind
        # One page that fails does not make all of it in vain.
        await wire.provider.fault(kind, "/v1/refunds", method="GET", times=times - 1)
        assert standing(await wire.cards.find(paid)) is Standing.RETURNED, kind
    assert standing(await wire.cards.find(paid)) is Standing.RETURNED


async def test_the_secret_of_the_customers_device_is_read_or_not_known(wire: Wire) -> None:
    asked = await wire.made(None)
    waiting = await wire.cards.charge(
        replace(asked, payment_method_ref="pm_card_authenticationRequired")
    )
    assert isinstance(waiting, ActionRequired)
    for kind in REASONS:
        await wire.provider.fault(kind, method="GET", times=READINGS.get(kind, 1))

        assert await wire.cards.next_action(waiting.reference) is None, kind
    action = await wire.cards.next_action(waiting.reference)

    assert action is not None
    assert action.client_secret is not None
    assert action.client_secret.startswith(f"{waiting.reference}_secret_")
    assert action.redirect_url is not None
    assert action.redirect_url.endswith(f"/_sandbox/3ds/{waiting.reference}")
    assert await wire.cards.next_action("pi_nobodys") is None
    assert action.client_secret not in repr(waiting)
    assert action.redirect_url not in repr(waiting)


@pytest.mark.parametrize("step", ["create", "cancel"])
async def test_a_key_is_burned_or_nobody_knows_and_never_pays(wire: Wire, step: str) -> None:
    path = "/v1/payment_intents" + ("" if step == "create" else "/")
    for kind in FaultKind:
        asked = await wire.made(None)
        await wire.provider.fault(kind, path, delay_ms=10)

        heard = await wire.cards.burn(asked)

        if step == "create" and kind in REASONS:
            assert heard == AnswerLost(REASONS[kind]), kind
            assert isinstance(await wire.cards.burn(asked), Burned), kind
        else:
            assert isinstance(heard, Burned), kind
        assert {taken for _, taken in await wire.books(asked)} <= {0}, kind
        for method in (wire.cards.charge, wire.cards.authorize):
            assert await method(asked) == AnswerLost("the key was used for something else"), kind
        assert await wire.cards.find(asked) is None, kind
        made = 0 if (step, kind) == ("create", FaultKind.HTTP_500) else 1
        assert len(await wire.books(asked)) == made, kind


async def test_a_key_that_was_sent_cannot_be_burned_and_is_found(wire: Wire) -> None:
    for method, taken in (("charge", TAKEN), ("authorize", HELD)):
        asked = await wire.made(None)
        await wire.provider.fault("lost_answer")
        assert isinstance(await getattr(wire.cards, method)(asked), AnswerLost)

        assert await wire.cards.burn(asked) == AnswerLost("HTTP 400", is_key_taken=True)
        assert standing(await wire.cards.find(asked)) is CALLS[method].after
        assert await wire.books(asked) == [taken]


async def test_a_burned_key_stays_burned(wire: Wire) -> None:
    asked = await wire.made(None)

    first = await wire.cards.burn(asked)

    assert isinstance(first, Burned)
    assert await wire.cards.burn(asked) == first
    assert await wire.books(asked) == [GIVEN_UP]


async def test_a_call_that_is_slower_than_we_wait_moves_money_once(wire: Wire) -> None:
    asked = await wire.made(None)
    await wire.provider.fault("slow", delay_ms=700)

    assert await wire.cards.charge(asked) == AnswerLost("APIConnectionError")
    assert standing(await wire.cards.charge(asked)) is Standing.CAPTURED

    await wire.provider.fault("slow", method="GET", delay_ms=300)
    assert standing(await wire.cards.find(asked)) is Standing.CAPTURED
    assert await wire.books(asked) == [TAKEN]


@pytest.mark.parametrize("method", CALLS)
async def test_a_second_time_under_the_same_key_gives_the_first_answer(
    wire: Wire, method: str
) -> None:
    call = CALLS[method]
    asked = await wire.made(call.before)
    ask = getattr(wire.cards, method)

    answers = await asyncio.gather(*(ask(asked) for _ in range(5)))

    assert {standing(one) for one in answers} == {call.after}
    assert await wire.books(asked) == [call.books]
