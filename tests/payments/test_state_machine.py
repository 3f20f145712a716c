"""Days that nobody planned: people, cards, faults, crashes and time, in any order."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from fynlo.insight import verify
from fynlo.payments.look_again import look_again
from fynlo.payments.model.notice import Notice, Saying
from fynlo.payments.ports import Patience
from fynlo.payments.providers.stripe.accounts import CallLimits
from fynlo.payments.resolve import resolve_due
from fynlo.sandbox import SandboxOptions
from fynlo.sandbox import create_app as create_sandbox
from fynlo.sandbox.faults import FaultKind
from tests.payments.books import UNDONE, books, quiet
from tests.payments.luck import ASKS
from tests.support.clock import HandClock
from tests.support.crash import Crash
from tests.support.opening import open_shop
from tests.support.provider import Provider
from tests.support.serve import http_client, serve
from tests.support.shop import card, cash, said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from tests.support.shop import Till

DAYS: Final = int(os.environ.get("STATE_MACHINE_DAYS", "6"))
STEPS: Final = 20
NO: Final = "pm_card_visa_chargeDeclined"
TRANSFER: Final = {"method": "bank_transfer"}
SHAPES: Final[dict[str, Callable[[int], list[dict[str, Any]]]]] = {
    "cash": lambda due: [cash(due, tendered=due + 500)],
    "card": lambda due: [card(due)],
    "a part": lambda due: [card(max(due // 2, 30))],
    "the bank asks": lambda due: [card(due, ASKS)],
    "cash and card": lambda due: [cash(100), card(due - 100, tip=50)],
    "two cards": lambda due: [card(400), card(due - 400)],
    "three cards": lambda due: [card(300), card(300, ASKS), card(due - 600)],
    "one declined": lambda due: [cash(100), card(300), card(due - 400, NO)],
    "card and transfer": lambda due: [card(due - 100), TRANSFER | {"amount": 100}],
}
FAULTS: Final = sorted(set(FaultKind) - {FaultKind.HANG, FaultKind.SLOW})  # They take real time.
CALLS: Final = (
    ("POST", "/v1/payment_intents"),
    ("POST", "/v1/payment_intents/"),
    ("POST", "/v1/refunds"),
    ("GET", "/v1/payment_intents"),
)


@dataclass(frozen=True)
class Sale:
    """What was asked for, and under which key."""

    order: dict[str, Any]
    payments: list[dict[str, Any]]
    key: str


class Day(RuleBasedStateMachine):
    """One shop, one sandbox and one event loop for everything that happens."""

    database_url: str
    orders = Bundle("orders")
    sales = Bundle("sales")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.all: list[Sale] = []
        self.told: dict[str, str] = {}
        self.stack = self.runner.run(self._open())
        self.fate = self.shop.fate()
        self._with(lambda till: till.open_drawer())

    async def _open(self) -> AsyncExitStack:
        stack, app = AsyncExitStack(), create_sandbox(SandboxOptions(seed=1))
        url = await stack.enter_async_context(serve(app))
        http = await stack.enter_async_context(http_client(base_url=url, timeout=60))
        patience = Patience(answer_seconds=60, release_seconds=60)
        limits = CallLimits(connect_seconds=20, call_seconds=20)
        shop = open_shop(self.database_url, HandClock(), Provider(url, http), patience, limits)
        self.shop = await stack.enter_async_context(shop)
        return stack

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def _with(self, act: Callable[[Till], Awaitable[Any]]) -> Any:
        async def at_a_till() -> Any:
            async with self.shop.till() as till:
                return await act(till)

        return self._run(at_a_till())

    @rule(target=orders, names=st.sampled_from([("meal",), ("meal", "coffee"), ("meal", "meal")]))
    def order(self, names: tuple[str, ...]) -> dict[str, Any]:
        made: dict[str, Any] = self._with(lambda till: till.order(*names))
        return made

    @rule(target=sales, order=orders, shape=st.sampled_from(sorted(SHAPES)))
    def pay(self, order: dict[str, Any], shape: str) -> Any:
        due = self._due(order)
        if due < 1000:
            shape = "cash" if due < 30 else "card"
        if due == 0:
            return multiple()
        sale = Sale(order, SHAPES[shape](due), str(uuid4()))
        self._with(lambda till: self._pay(till, sale))
        self.all.append(sale)
        return sale

    async def _pay(self, till: Till, sale: Sale) -> None:
        answer = await till.pay(sale.order, *sale.payments, key=sale.key)
        if answer.status_code in {200, 202, 402}:
            self._hear(answer.json()["transaction"])
        else:
            assert answer.status_code in {409, 422}, answer.text

    def _hear(self, shown: dict[str, Any]) -> None:
        """Whatever final was told once is told for ever."""
        if shown["status"] in UNDONE | {"completed"}:
            assert self.told.setdefault(shown["id"], shown["status"]) == shown["status"]

    def _due(self, order: dict[str, Any]) -> int:
        due: int = self._with(lambda till: till.look(order))["amount_due"]
        return due

    @rule(sale=sales)
    def same_key_again(self, sale: Sale) -> None:
        self.shop.advance(11)  # Or it would wait for a lease that only time ends.
        self._with(lambda till: self._pay(till, sale))

    @rule(order=orders)
    def two_tills_at_once(self, order: dict[str, Any]) -> None:
        due = self._due(order)
        if due == 0:
            return
        method = cash if due < 30 else card
        both = [Sale(order, [method(due)], str(uuid4())) for _ in range(2)]
        self.all += both

        async def at_once(till: Till) -> None:
            await asyncio.gather(*(self._pay(till, one) for one in both))

        self._with(at_once)

    @rule(sale=sales, verb=st.sampled_from(["confirm", "cancel", "vouch"]))
    def somebody_decides(self, sale: Sale, verb: str) -> None:
        async def decide(till: Till) -> None:
            body: dict[str, Any] = {"reason": "The customer left."} if verb == "cancel" else {}
            if verb == "vouch":
                sql = "select id from tenders where transaction_id = $1 and needs_confirmation"
                rows = await self.shop.rows(sql, sale.key)
                body = {"payment_ids": [str(row["id"]) for row in rows]} if rows else {}
            path = "cancel" if verb == "cancel" else "confirm"
            answer = await till.call("POST", f"/transactions/{sale.key}/{path}", body)
            if answer.status_code in {200, 202, 402}:
                self._hear(answer.json()["transaction"])
            else:
                assert answer.status_code == 404, answer.text

        self.shop.advance(11)
        self._with(decide)

    @rule(outcome=st.sampled_from(["succeed", "fail"]))
    def the_customer_answers(self, outcome: str) -> None:
        async def answer() -> None:
            for one in await self.shop.provider.intents():
                if one["status"] == "requires_action":
                    await self.shop.provider.answer(one["id"], outcome)

        self._run(answer())

    @rule(
        kind=st.sampled_from(FAULTS),
        call=st.sampled_from(CALLS),
        skip=st.integers(0, 2),
        times=st.integers(1, 3),
    )
    def something_will_go_wrong(
        self, kind: FaultKind, call: tuple[str, str], skip: int, times: int
    ) -> None:
        method, path = call
        self._run(self.shop.provider.fault(kind, path, method=method, skip=skip, times=times))

    @rule(seconds=st.sampled_from([1, 11, 61, 901, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.shop.advance(seconds)

    @rule(rounds=st.integers(1, 3))
    def the_resolver_looks(self, rounds: int) -> None:
        for _ in range(rounds):
            self.shop.advance(2)
            self._run(resolve_due(self.shop.ports()))

    @rule(target=sales, order=orders, shape=st.sampled_from(sorted(SHAPES)), at=st.integers(1, 12))
    def the_process_dies(self, order: dict[str, Any], shape: str, at: int) -> Any:
        due = self._due(order)
        if due < 1000:
            return multiple()
        sale = Sale(order, SHAPES[shape](due), str(uuid4()))
        self.all.append(sale)

        async def die(till: Till) -> None:
            self.fate.restart(at)
            with suppress(Crash, httpx.HTTPError):
                await till.pay(sale.order, *sale.payments, key=sale.key)
            self.fate.restart()

        self._with(die)
        return sale

    @rule(order=orders)
    def the_order_changes(self, order: dict[str, Any]) -> None:
        async def change(till: Till) -> None:
            found = await till.look(order)
            coffee = {"product_id": str(self.shop.product_id("coffee")), "quantity": 4}
            body = {"version": found["version"], "lines": [coffee]}
            answer = await till.call("PUT", f"/orders/{order['id']}/lines", body)
            assert answer.status_code in {200, 409, 422}, answer.text

        self._with(change)

    @rule(saying=st.sampled_from(Saying), which=st.integers(0, 5))
    def the_provider_speaks(self, saying: Saying, which: int) -> None:
        async def look() -> None:
            intents = await self.shop.provider.intents()
            if not intents:
                return
            name = intents[which % len(intents)]["id"]
            now = self.shop.wiring.clock.now()
            notice = Notice(f"evt_{uuid4().hex}", "any", name, now, saying, name)
            await look_again(self.shop.ports(), self.shop.merchant_id, notice)

        self._run(look())

    @invariant()
    def nothing_is_taken_twice_and_the_rest_is_owed(self) -> None:
        self._run(self._must_add_up())

    async def _must_add_up(self) -> None:
        received: dict[str, int] = {}
        for one in await self.shop.provider.intents():
            about = one["metadata"].get("transaction_id", "")
            taken = one["amount_received"] - one["amount_refunded"]
            received[about] = received.get(about, 0) + taken
        rows = await self.shop.rows(
            "select t.id::text, t.status, t.amount_minor, (select coalesce(sum(p.amount_minor"
            " + p.tip_minor), 0)::bigint from tenders p where p.merchant_id = t.merchant_id"
            " and p.transaction_id = t.id and p.type = 'card') as asked from transactions t"
        )
        for row in rows:
            taken = received.get(row["id"], 0)
            assert taken <= row["asked"], row
            assert row["status"] != "completed" or taken == row["asked"], row
            assert row["status"] not in UNDONE or taken == 0, row
        orders = await self.shop.rows(
            "select o.total_minor, coalesce(sum(t.amount_minor) filter"
            " (where t.status = 'completed'), 0)::bigint as paid,"
            " coalesce(sum(t.reserved_minor), 0)::bigint as kept, o.paid_minor, o.reserved_minor"
            " from orders o left join transactions t on t.merchant_id = o.merchant_id"
            " and t.order_id = o.id group by o.merchant_id, o.id"
        )
        for one in orders:
            assert (one["paid"], one["kept"]) == (one["paid_minor"], one["reserved_minor"]), one
            assert one["paid"] + one["kept"] <= one["total_minor"], one
        assert await verify(self.shop.wiring.db, self.shop.merchant_id) == []

    def teardown(self) -> None:
        """The storm is over: everything ends, and both sides' books are the same."""
        try:
            self._run(self._end())
        finally:
            self._run(self.stack.aclose())
            self.runner.close()

    async def _end(self) -> None:
        await self.shop.provider.http.delete("/_sandbox/faults")
        self.shop.advance(11)
        await quiet(self.shop)
        for sale in self.all:
            found = await books(self.shop, sale.order, sale.key, is_alone=False)
            assert self.told.get(sale.key, found.status) == found.status, sale
            if found.status is not None:
                async with self.shop.till() as till:
                    shown = await till.call("GET", f"/transactions/{sale.key}")
                    assert said(shown, 200)["transaction"]["status"] == found.status
        await self._must_add_up()


@pytest.mark.timeout(600)
def test_no_day_however_bad_loses_money_or_takes_it_twice(database_url: str) -> None:
    day = type("ThisDay", (Day,), {"database_url": database_url})

    run_state_machine_as_test(
        day,
        settings=settings(
            max_examples=DAYS,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
