"""Open a register's drawer with its float."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncpg import UniqueViolationError

from fynlo import ledger, staff
from fynlo.drawers import announce, store
from fynlo.drawers.answers import session_answer
from fynlo.drawers.model.errors import DrawerAlreadyOpen
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import CauseId, DrawerSessionId
from fynlo.kernel.money import Money, currency
from fynlo.ledger import recipes
from fynlo.platform import commands, outbox
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import RegisterId
    from fynlo.platform.commands import Command
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


@dataclass(frozen=True, slots=True)
class OpenDrawer:
    """Which register, and how much is in its drawer, in minor units."""

    register_id: RegisterId
    opening_minor: int


async def open_drawer(ports: Ports, caller: Caller, command: Command, wish: OpenDrawer) -> Answer:
    """Open a session; the command's id is the session's.

    Raises `DrawerAlreadyOpen` while the register has one, `Invalid` for an unknown register.
    """
    now = ports.clock.now()
    try:
        async with ports.db.transaction(caller.merchant_id) as tx:
            actor = await staff.admit(tx, caller, Permission.DRAWER_OPERATE, now)
            repeat = await commands.claim(tx, command, actor.staff_id, now)
            if repeat is not None:
                assert repeat.answer is not None  # It is claimed and finished in one commit.
                return repeat.answer
            place = await store.place(tx, wish.register_id)
            if place is None:
                detail = "There is no such register, or it is not in use."
                raise Invalid(detail, errors=[{"pointer": "/register_id", "detail": detail}])
            actor.must_work_at(place["location_id"])
            opening = Money(wish.opening_minor, currency(place["currency"]))
            session_id = DrawerSessionId(command.id)
            store.insert(tx, session_id, wish.register_id, opening, now=now, by=actor.staff_id)
            entry = recipes.drawer_opened(CauseId(command.id), session_id, opening)
            ledger.post(tx, entry, now=now)
            told = announce.opened(session_id, wish.register_id, place["location_id"])
            outbox.append(tx, now, told)
            answer = Answer(201, session_answer(await store.read(tx, session_id)))
            commands.finish(tx, command.id, answer)
    except UniqueViolationError as error:
        if error.constraint_name != "drawer_sessions_one_open":
            raise
        raise DrawerAlreadyOpen("Close the open session first.") from None
    return answer
