"""Holds that run out: customers let a week pass before they answer their bank.

This comes once it is quiet. The provider forgets keys after a day, and we believe our own clock:
so a week may pass for the provider only while no call of ours is under way or unheard.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from fynlo.chaos.journal import Attempt
from fynlo.chaos.plan import Jump
from fynlo.chaos.shapes import LEAST, Shape, tenders

if TYPE_CHECKING:
    from fynlo.chaos.till import Till
    from fynlo.chaos.world import World

WEEK_SECONDS: Final = 8 * 86_400
SALES_MAX: Final = 10
NAME: Final = "a hold that ran out"


async def let_holds_run_out(till: Till, world: World, sales: int) -> None:
    """Hold one card while another's customer thinks for a week; then that customer agrees."""
    waiting = [one for _ in range(min(sales, SALES_MAX)) if (one := await _begin(till))]
    await world.apply(Jump(WEEK_SECONDS))
    await asyncio.gather(*(_agree(till, world, one) for one in waiting))


async def _begin(till: Till) -> Attempt | None:
    order = await till.order(3)
    if order is None or order["amount_due"] < 2 * LEAST:
        return None
    paid_with = tenders(Shape.SECURE_AND_CARD, order["amount_due"], till.chance, "")
    made = Attempt(till.new_id(), order["id"], till.number, NAME, paid_with)
    word = await till.pay(till.journal.open(made))
    return made if word == "requires_action" else None


async def _agree(till: Till, world: World, attempt: Attempt) -> None:
    for intent_id in attempt.waiting:
        await world.answer(intent_id, "succeed")
    said = await till.insist("POST", f"/transactions/{attempt.key}/confirm", {})
    till.hear(attempt, said, "confirm")
    till.journal.count(NAME, await till.until_heard(attempt))
