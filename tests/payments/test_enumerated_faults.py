"""Every fault that a provider knows, at every call that we make to it, alone and among three cards.

Whatever goes wrong: nobody is charged twice, no money is lost, what the till was told stays true,
and in the end both sides' books agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest

from fynlo.payments.ports import Patience
from fynlo.payments.providers.stripe.accounts import CallLimits
from fynlo.sandbox.faults import FaultKind
from tests.payments.books import UNDONE, books, is_whole, owed, quiet
from tests.payments.luck import ASKS, by_hand, provider_is_back
from tests.support.shop import card, said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from tests.support.shop import Shop, Till

    Script: TypeAlias = "Callable[[Sale], Awaitable[None]]"

NO: Final = "pm_card_visa_chargeDeclined"
INTENTS: Final = "/v1/payment_intents"
WAITED_OUT: Final = {FaultKind.HANG, FaultKind.SLOW}


@dataclass
class Sale:
    """One order of 10.00, what goes wrong when it is paid, and all that the till was told."""

    till: Till
    order: dict[str, Any]
    kind: FaultKind
    skip: int
    key: str = field(default_factory=lambda: str(uuid4()))
    told: list[str] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)

    async def strike(self, method: str = "POST", path: str = INTENTS) -> None:
        """Let it go wrong at the next such call, after so many that go well."""
        more = {"delay_ms": 1500} if self.kind is FaultKind.SLOW else {}
        await self.till.shop.provider.fault(self.kind, path, method=method, skip=self.skip, **more)

    async def pay(self, *payments: dict[str, Any]) -> None:
        await self._hear(await self.till.pay(self.order, *payments, key=self.key))

    async def cancel(self) -> None:
        body = {"reason": "The customer left."}
        await self._hear(await self.till.call("POST", f"/transactions/{self.key}/cancel", body))

    async def confirm(self, *positions: int) -> None:
        seen = {"payment_ids": [self.shown["payments"][one]["id"] for one in positions]}
        path = f"/transactions/{self.key}/confirm"
        await self._hear(await self.till.call("POST", path, seen if positions else {}))

    async def _hear(self, answer: Any) -> None:
        assert answer.status_code in {200, 202, 402}, answer.text
        self.shown = answer.json()["transaction"]
        self.told.append(self.shown["status"])
        if self.shown["status"] in UNDONE:
            assert await self._received() == 0

    async def _received(self) -> int:
        return sum(
            one["amount_received"] - one["amount_refunded"]
            for one in await self.till.shop.provider.intents()
            if one["metadata"].get("transaction_id") == self.key
        )

    def intent(self, position: int) -> str:
        reference: str = self.shown["payments"][position]["provider_reference"]
        return reference


async def create_one(sale: Sale) -> None:
    await sale.strike()
    await sale.pay(card(1000))


async def create_one_and_leave(sale: Sale) -> None:
    await sale.strike()
    await sale.pay(card(1000))
    await sale.cancel()


async def create_three(sale: Sale) -> None:
    await sale.strike()
    await sale.pay(card(300), card(300), card(400))


async def create_three_and_leave(sale: Sale) -> None:
    await sale.strike()
    await sale.pay(card(300), card(300), card(400))
    await sale.cancel()


async def create_with_a_declined_one(sale: Sale) -> None:
    await sale.strike()
    await sale.pay(card(300), card(300), card(400, NO))


async def capture_one(sale: Sale) -> None:
    await sale.pay(card(900), TRANSFER)
    await sale.strike(path=f"{INTENTS}/")
    await sale.confirm(1)


async def capture_three(sale: Sale) -> None:
    await sale.strike(path=f"{INTENTS}/")
    await sale.pay(card(300), card(300), card(400))


async def cancel_one(sale: Sale) -> None:
    await sale.pay(card(1000, ASKS))
    await sale.strike(path=f"{INTENTS}/")
    await sale.cancel()


async def cancel_three(sale: Sale) -> None:
    await sale.strike(path=f"{INTENTS}/")
    await sale.pay(card(300), card(300), card(400, NO))


async def refund_one(sale: Sale) -> None:
    await sale.pay(card(400), card(500), TRANSFER)
    await by_hand(sale.till, f"payment_intents/{sale.intent(1)}/cancel")
    await sale.strike(path="/v1/refunds")
    await sale.confirm(2)


async def refund_two_of_three(sale: Sale) -> None:
    await sale.pay(card(300), card(300), card(300), TRANSFER)
    await by_hand(sale.till, f"payment_intents/{sale.intent(2)}/cancel")
    await sale.strike(path="/v1/refunds")
    await sale.confirm(3)


async def read_one(sale: Sale) -> None:
    await sale.pay(card(1000, ASKS))
    await sale.till.shop.provider.answer(sale.intent(0), "succeed")
    await sale.strike("GET")
    await sale.confirm()


async def read_one_of_three(sale: Sale) -> None:
    await sale.pay(card(300), card(300), card(400, ASKS))
    await sale.till.shop.provider.answer(sale.intent(2), "succeed")
    await sale.strike("GET")
    await sale.confirm()


async def list_what_was_done(sale: Sale) -> None:
    await sale.till.shop.provider.fault("lost_answer")
    await sale.pay(card(1000))
    await sale.strike("GET")
    await sale.cancel()


async def list_what_was_not_done(sale: Sale) -> None:
    await sale.till.shop.provider.fault("connection_reset")
    await sale.pay(card(1000))
    await sale.strike("GET")
    await sale.cancel()


async def list_after_its_last_word(sale: Sale) -> None:
    await sale.till.shop.provider.fault("http_500_acted")
    await sale.pay(card(1000))
    await sale.strike("GET")


async def burn_what_was_not_done(sale: Sale) -> None:
    await sale.till.shop.provider.fault("connection_reset")
    await sale.pay(card(1000))
    await sale.strike()
    await sale.cancel()


async def list_one_of_three(sale: Sale) -> None:
    await sale.till.shop.provider.fault("lost_answer", skip=1)
    await sale.pay(card(300), card(300), card(400))
    await sale.strike("GET")
    await sale.cancel()


TRANSFER: Final = {"method": "bank_transfer", "amount": 100}
DONE: Final = {"completed"}
ALONE: Final[tuple[tuple[Script, int, set[str]], ...]] = (
    (create_one, 0, {"completed", "declined"}),
    (create_one_and_leave, 0, {"completed", "canceled", "declined"}),
    (capture_one, 0, DONE),
    (cancel_one, 0, {"canceled"}),
    (refund_one, 0, {"declined"}),
    (read_one, 0, DONE),
    (list_what_was_done, 0, DONE),
    (list_what_was_done, 1, DONE),
    (list_what_was_not_done, 0, {"canceled"}),
    (list_what_was_not_done, 1, {"canceled"}),
    (list_after_its_last_word, 0, DONE),
    (burn_what_was_not_done, 0, {"canceled"}),
    (burn_what_was_not_done, 1, {"canceled"}),
)
"""What is played, after how many calls it goes wrong, and how it may end."""
AMONG_THREE: Final[tuple[tuple[Script, int, set[str]], ...]] = (
    *((create_three, skip, {"completed", "declined"}) for skip in range(3)),
    *((create_three_and_leave, skip, {"completed", "canceled", "declined"}) for skip in range(3)),
    *((create_with_a_declined_one, skip, {"declined"}) for skip in range(2)),
    *((capture_three, skip, DONE) for skip in range(3)),
    *((cancel_three, skip, {"declined"}) for skip in range(2)),
    *((refund_two_of_three, skip, {"declined"}) for skip in range(2)),
    (read_one_of_three, 0, DONE),
    (list_one_of_three, 0, {"canceled"}),
)


@pytest.fixture
def limits(kind: FaultKind) -> CallLimits:
    """Wait as long as a busy machine needs, but for the answers that never come in time."""
    seconds = 0.75 if kind in WAITED_OUT else 20
    return CallLimits(connect_seconds=20, call_seconds=seconds)


@pytest.fixture
def patience() -> Patience:
    return Patience(answer_seconds=60, release_seconds=60)


@pytest.mark.parametrize("sales", [ALONE, AMONG_THREE], ids=["alone", "among_three"])
@pytest.mark.parametrize("kind", FaultKind)
async def test_a_fault_at_any_call_charges_nobody_twice_and_loses_nothing(
    shop: Shop, kind: FaultKind, sales: tuple[tuple[Script, int, set[str]], ...]
) -> None:
    # By default every sixth one, others for each kind of fault; `ENUMERATE=all`: every one.
    first, step = (0, 1) if is_whole() else (list(FaultKind).index(kind) % 6, 6)
    for script, skip, ends in sales[first::step]:
        at = f"{script.__name__}, after {skip}"
        async with shop.till() as till:
            sale = Sale(till, await till.order("meal"), kind, skip)
            await script(sale)
            await quiet(shop)
            await provider_is_back(till)
        async with shop.till() as till:
            await must_be_right(till, sale, ends, at)


async def must_be_right(till: Till, sale: Sale, ends: set[str], at: str) -> None:
    found = await books(till.shop, sale.order, sale.key)
    final = [word for word in sale.told if word in UNDONE | {"completed"}]
    assert set(final) <= {found.status}, (at, sale.told, found)
    assert found.status in ends, (at, sale.told, found)
    left = 0 if found.status == "completed" else 1000
    assert await owed(till, sale.order) == (left, 0), (at, found)
    path = f"/transactions/{sale.key}"
    assert said(await till.call("GET", path), 200)["transaction"]["status"] == found.status
