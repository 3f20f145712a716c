"""Open a register's drawer with its float, and compare it with what was left the last time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncpg import UniqueViolationError

from fynlo import ledger, staff
from fynlo.drawers import announce, store, store_counts
from fynlo.drawers.answers import session_answer
from fynlo.drawers.model.counts import Count, Counted, CountKind
from fynlo.drawers.model.errors import DrawerAlreadyOpen
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import CauseId, DrawerSessionId
from fynlo.kernel.money import Money
from fynlo.ledger import recipes
from fynlo.platform import commands, outbox
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.drawers.store import Place
    from fynlo.kernel.ids import CommandId, RegisterId, StaffId
    from fynlo.platform.commands import Command
    from fynlo.platform.database import Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


@dataclass(frozen=True, slots=True)
class OpenDrawer:
    """Which register, and what is in its drawer, if that was told."""

    register_id: RegisterId
    found: Counted | None


@dataclass(frozen=True, slots=True)
class _Opening:
    id: CommandId
    by: StaffId
    at: datetime


async def open_drawer(ports: Ports, caller: Caller, command: Command, wish: OpenDrawer) -> Answer:
    """Open a session; the command's id is the session's.

    Another float than was left the last time is no reason to refuse: it is recorded and told.

    Raises `DrawerAlreadyOpen` while the register has a session, `Invalid` for an unknown register,
    and for a float that is not told where the shop requires it.
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
                raise Invalid.at("/register_id", "There is no such register, or it is not in use.")
            actor.must_work_at(place.location_id)
            if wish.found is None and place.is_float_required:
                raise Invalid.at("/opening_amount", "Give `opening_amount` or `denominations`.")
            answer = await _open(tx, wish, place, _Opening(command.id, actor.staff_id, now))
            commands.finish(tx, command.id, answer)
    except UniqueViolationError as error:
        if error.constraint_name != "drawer_sessions_one_open":
            raise
        raise DrawerAlreadyOpen("Close the open session first.") from None
    return answer


async def _open(tx: Tx, wish: OpenDrawer, place: Place, opening: _Opening) -> Answer:
    session_id, found = DrawerSessionId(opening.id), wish.found or Counted(0)
    amount = Money(found.minor, place.currency)
    store.insert(tx, session_id, wish.register_id, amount, now=opening.at, by=opening.by)
    # From here on the register's one open session is this: what was left before cannot change.
    left = await store_counts.left_last(tx, wish.register_id, place.currency)
    count = Count(
        id=opening.id,
        number=1,
        kind=CountKind.OPENING,
        counted=amount,
        expected=left,
        denominations=found.denominations,
        movements=1,
        counted_by=opening.by,
        counted_at=opening.at,
    )
    store_counts.insert(tx, session_id, count)
    entry = recipes.drawer_opened(CauseId(opening.id), session_id, amount)
    ledger.post(tx, entry, now=opening.at)
    told = announce.opened(session_id, wish.register_id, place.location_id, count)
    outbox.append(tx, opening.at, told)
    return Answer(201, session_answer(await store.read(tx, session_id)))
