"""One sale from the order to whatever became of it, with all the trouble that tills make."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fynlo.chaos.chance import weighted
from fynlo.chaos.journal import LOST, UNDONE, Attempt
from fynlo.chaos.shapes import CUSTOMERS, LEAST, Shape, card, cash, choose, tenders
from fynlo.chaos.till import CALL_SECONDS_MAX, CLOCK

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from fynlo.chaos.till import Till
    from fynlo.chaos.world import World


@dataclass(frozen=True)
class Counter:
    """A till, the one beside it, and the customers' banks."""

    till: Till
    beside: Till
    world: World

    async def sell(self) -> None:
        """Take one order, and have it paid in one of the ways that customers pay."""
        chance = self.till.chance
        shape = choose(chance)
        order = await self.till.order(chance.randint(1, 3))
        if order is None or order["amount_due"] < 3 * LEAST:
            self.till.journal.count(shape, "no order")
            return
        attempt = self._open(shape, order, self.till)
        word = await self._play(shape, attempt, order)
        self.till.journal.count(shape, word)
        if word in UNDONE and chance.random() < 0.7:
            await self._settle_up(shape, attempt.order_id)

    def _open(self, shape: Shape, order: dict[str, Any], till: Till) -> Attempt:
        key = till.new_id()
        paid_with = tenders(shape, order["amount_due"], self.till.chance, f"V-{key}")
        made = Attempt(key, order["id"], till.number, shape, paid_with)
        return till.journal.open(made)

    async def _play(self, shape: Shape, attempt: Attempt, order: dict[str, Any]) -> str:
        match shape:
            case Shape.SECURE | Shape.SECURE_AND_CARD:
                word = await self.till.pay(attempt)
                return await self._customer(attempt) if word == "requires_action" else word
            case Shape.CANCELED:
                return await self._cancel(attempt)
            case Shape.TWO_TILLS:
                return await self._beside_each_other(attempt, order)
            case Shape.LINES_CHANGED:
                return await self._change_lines(attempt, order)
            case Shape.REPEATED:
                times = self.till.chance.randint(2, 5)
                await asyncio.gather(*(self.till.pay(attempt) for _ in range(times)))
                return attempt.outcome or attempt.refusal or LOST
            case _:
                hangs_up = shape is Shape.HUNG_UP
                first = self.till.chance.uniform(0.005, 0.3) if hangs_up else CALL_SECONDS_MAX
                return await self.till.pay(attempt, first_seconds_max=first)

    async def _beside_each_other(self, attempt: Attempt, order: dict[str, Any]) -> str:
        """Pay one order at two tills at once."""
        other = self._open(Shape.TWO_TILLS, order, self.beside)
        words = await asyncio.gather(self.till.pay(attempt), self.beside.pay(other))
        return " / ".join(sorted(words))

    async def _customer(self, attempt: Attempt) -> str:
        """Let the customer do something, or nothing; the till asks for it, or waits."""
        chance = self.till.chance
        behaves = weighted(chance, CUSTOMERS)
        intents = attempt.waiting
        if behaves == "walk away" or not intents:
            return "requires_action"
        outcome = "fail" if behaves == "fail" else "succeed"
        acts: list[Coroutine[Any, Any, Any]] = [self.world.answer(intents[0], outcome)]
        if behaves == "twice":
            acts.append(self.world.answer(intents[0], outcome))
        if behaves == "too late":
            acts.append(self._give_up(attempt))
        await asyncio.gather(*acts)
        if chance.random() < 0.5:
            said = await self.till.insist("POST", f"/transactions/{attempt.key}/confirm", {})
            self.till.hear(attempt, said, "confirm")
        return attempt.outcome or await self.till.until_heard(attempt)

    async def _cancel(self, attempt: Attempt) -> str:
        """Give up while the payment is under way."""

        async def later() -> None:
            await CLOCK.sleep(self.till.chance.uniform(0, 0.5))
            await self._give_up(attempt)

        word, _ = await asyncio.gather(self.till.pay(attempt), later())
        return attempt.outcome or word

    async def _give_up(self, attempt: Attempt) -> None:
        key = self.till.new_id()
        path = f"/transactions/{attempt.key}/cancel"
        for _ in range(3):
            said = await self.till.insist("POST", path, {"reason": "chaos"}, key=key)
            if said is None or said.status != 404:
                self.till.hear(attempt, said, "cancel")
                return
            await CLOCK.sleep(0.1)  # It is not journaled yet.

    async def _change_lines(self, attempt: Attempt, order: dict[str, Any]) -> str:
        """Try to change what is being paid."""

        async def meanwhile() -> None:
            await CLOCK.sleep(self.till.chance.uniform(0, 0.2))
            lines = [{"product_id": self.till.menu[0]["id"], "quantity": 1}]
            wish = {"version": order["version"], "lines": lines}
            await self.beside.call("PUT", f"/orders/{order['id']}/lines", wish)

        word, _ = await asyncio.gather(self.till.pay(attempt), meanwhile())
        return word

    async def _settle_up(self, shape: Shape, order_id: str) -> None:
        """Pay what is still owed, under a new key: in cash, or with another card."""
        found = await self.till.insist("GET", f"/orders/{order_id}")
        due = 0 if found is None else int(found.body.get("amount_due", 0))
        if due < LEAST:
            return
        chance, key = self.till.chance, self.till.new_id()
        tender = cash(due, chance) if chance.random() < 0.3 else card(due, chance)
        made = Attempt(key, order_id, self.till.number, f"{shape}: again", [tender])
        await self.till.pay(self.till.journal.open(made))
