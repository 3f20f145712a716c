"""Record cash that goes in or out of an open drawer by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo import ledger, staff
from fynlo.drawers import store
from fynlo.drawers.answers import movement_answer
from fynlo.drawers.model.session import DIRECTION, Movement, must_be_operated_by
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import CauseId
from fynlo.kernel.money import Money
from fynlo.ledger import recipes
from fynlo.platform import commands
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import DrawerSessionId
    from fynlo.platform.commands import Command
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


@dataclass(frozen=True, slots=True)
class MoveCash:
    """What moved, by its type; a magnitude in minor units, and why."""

    session_id: DrawerSessionId
    type: str
    amount_minor: int
    reason: str


async def move_cash(ports: Ports, caller: Caller, command: Command, wish: MoveCash) -> Answer:
    """Append a movement. Nothing is refused for lack of book cash: it is recorded as it happened.

    Raises `Invalid` for an amount that does not fit the type.
    """
    direction = DIRECTION[wish.type]
    if (wish.amount_minor == 0) != (direction == 0):
        detail = "Only opening the drawer without a sale moves nothing."
        raise Invalid(detail, errors=[{"pointer": "/amount", "detail": detail}])
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.DRAWER_OPERATE, now)
        await store.read(tx, wish.session_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        was = await store.lock(tx, wish.session_id)
        must_be_operated_by(was, actor)
        amount = Money(wish.amount_minor, was.currency)
        session = was.move(wish.type, amount)
        movement = Movement(wish.type, amount, reason=wish.reason)
        store.save(tx, session, was=was, now=now, by=actor.staff_id, movements=[movement])
        book = recipes.cash_put_in if direction > 0 else recipes.cash_taken_out
        ledger.post(tx, book(CauseId(command.id), session.id, wish.type, amount), now=now)
        number = was.movements + 1
        answer = Answer(201, movement_answer(command.id, session.id, number, movement, now))
        commands.finish(tx, command.id, answer)
        return answer
