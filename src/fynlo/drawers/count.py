"""Keep what somebody found in a drawer, as they said it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.drawers import store, store_counts
from fynlo.drawers.answers import count_answer
from fynlo.drawers.model.session import must_be_operated_by
from fynlo.kernel.errors import Invalid
from fynlo.platform import commands
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.drawers.model.counts import Counted
    from fynlo.kernel.ids import DrawerSessionId
    from fynlo.platform.commands import Command
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


@dataclass(frozen=True, slots=True)
class CountDrawer:
    """Which drawer, and what was found in it."""

    session_id: DrawerSessionId
    found: Counted | None


async def count_drawer(ports: Ports, caller: Caller, command: Command, wish: CountDrawer) -> Answer:
    """Keep a count for ever; only who may read reports is told, afterwards, what was expected.

    Raises `CashPending`, `DrawerCounted` while an earlier count stands for somebody involved, and
    `Invalid` when nothing was told.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.DRAWER_OPERATE, now)
        await store.read(tx, wish.session_id)
        if wish.found is None:
            raise Invalid.at("/counted", "Give `counted` or `denominations`.")
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        session = await store.lock(tx, wish.session_id)
        must_be_operated_by(session, actor)
        counts = await store_counts.load(tx, session.id)
        actor = await staff.with_keys(tx, actor)
        count = session.count(counts, wish.found, actor, count_id=command.id, now=now)
        store_counts.insert(tx, session.id, count)
        in_full = Permission.REPORTS_READ in actor.permissions
        answer = Answer(200, count_answer(session.id, count, in_full=in_full))
        commands.finish(tx, command.id, answer)
        return answer
