"""Close a drawer on its count: the Z report."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fynlo import ledger, staff
from fynlo.drawers import announce, store, store_counts
from fynlo.drawers.answers import report_answer
from fynlo.drawers.count import CountDrawer, count_drawer
from fynlo.drawers.model.counts import Counted
from fynlo.drawers.model.errors import DrawerCounted
from fynlo.drawers.model.session import DrawerState, Movement, approve, must_be_operated_by
from fynlo.kernel.ids import CauseId, CommandId, derive
from fynlo.kernel.money import Money
from fynlo.ledger import recipes
from fynlo.platform import commands, outbox
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.drawers.model.session import DrawerSession
    from fynlo.kernel.ids import DrawerSessionId
    from fynlo.platform.commands import Command
    from fynlo.platform.database import Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


@dataclass(frozen=True, slots=True)
class CloseDrawer:
    """Where the counted cash goes, in minor units, and what the closer has to say."""

    session_id: DrawerSessionId
    left_minor: int
    deposit_minor: int
    reason: str | None


async def close_drawer(ports: Ports, caller: Caller, command: Command, wish: CloseDrawer) -> Answer:
    """Close a session under the register's next Z number.

    Where the shop asks for no count before, what stays and what goes is the count: it is kept in a
    commit of its own, and stands whatever becomes of the closing. A crash between the two leaves a
    count; the same key again closes on it.

    Raises `CashPending` while a payment with cash is undecided, `DrawerCountRequired` and
    `DrawerCountMismatch` for a count that is missing or another, and `VarianceNeedsApproval` when
    a count differed by more than the shop tolerates and the caller may not approve it.
    """
    now = ports.clock.now()
    if await _is_the_count(ports, caller, command, wish):
        of_close = replace(command, id=CommandId(derive(command.id, "count")), kind="drawers.count")
        found = Counted(wish.left_minor + wish.deposit_minor)
        with suppress(DrawerCounted):  # Somebody else was faster: then it closes on their count.
            await count_drawer(ports, caller, of_close, CountDrawer(wish.session_id, found))
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.DRAWER_OPERATE, now)
        await store.read(tx, wish.session_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        was = await store.lock(tx, wish.session_id)
        must_be_operated_by(was, actor)
        counts = await store_counts.load(tx, was.id)
        rules = await store.closing_rules(tx, was.register_id)
        parts = Money(wish.left_minor, was.currency), Money(wish.deposit_minor, was.currency)
        session = was.close(counts, *parts)
        actor = await staff.with_keys(tx, actor)
        approval = approve(was, counts, rules.tolerance_minor, actor, wish.reason)
        session = replace(session, z_number=rules.z_number, closed_by=actor.staff_id, closed_at=now)
        store.save_closed(tx, session, was=was)
        store_counts.insert_closing(tx, session.id, counts[-1], approval)
        closing = Movement("closing", _known(session.counted), reason=f"Z {rules.z_number}")
        store.append(tx, was, now, actor.staff_id, [closing])
        _book(tx, session, command, now)
        outbox.append(tx, now, *announce.closed(session, rules, approval))
        in_full = Permission.REPORTS_READ in actor.permissions
        answer = Answer(200, report_answer(session, counts, approval, in_full=in_full))
        commands.finish(tx, command.id, answer)
        return answer


async def _is_the_count(ports: Ports, caller: Caller, command: Command, wish: CloseDrawer) -> bool:
    """Whether closing counts by itself: the shop asks for no count before, and none stands."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.DRAWER_OPERATE, ports.clock.now())
        session = await store.read(tx, wish.session_id)
        rules = await store.closing_rules(tx, session.register_id)
        if rules.count_required or session.state is not DrawerState.OPEN:
            return False
        if await commands.stored_answer(tx, command.id) is not None:
            return False  # The key was used, and the claim says for what.
        return session.standing(await store_counts.load(tx, session.id)) is None


def _book(tx: Tx, session: DrawerSession, command: Command, now: datetime) -> None:
    cause, counted = CauseId(command.id), _known(session.counted)
    ledger.post(tx, recipes.drawer_counted(cause, session.id, session.variance), now=now)
    ledger.post(tx, recipes.drawer_emptied(cause, session.id, counted), now=now)


def _known(amount: Money | None) -> Money:
    assert amount is not None
    return amount
