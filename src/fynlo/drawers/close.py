"""Close a drawer on its count: the Z report."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fynlo import ledger, staff
from fynlo.drawers import announce, store, store_counts
from fynlo.drawers.answers import report_answer
from fynlo.drawers.count import CountDrawer, count_drawer
from fynlo.drawers.model.counts import Counted
from fynlo.drawers.model.errors import DrawerCounted
from fynlo.drawers.model.session import (
    DrawerState,
    Movement,
    approve,
    must_be_operated_by,
)
from fynlo.drawers.wishes import wish_to_close
from fynlo.kernel.ids import CauseId, CommandId, derive
from fynlo.kernel.money import Money
from fynlo.ledger import recipes
from fynlo.platform import commands, outbox
from fynlo.platform.commands import Answer
from fynlo.staff import NOBODY, Consent, NeedsApproval, Permission

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.drawers.model.session import DrawerSession
    from fynlo.kernel.ids import DrawerSessionId, StaffId
    from fynlo.platform.commands import Command
    from fynlo.platform.database import Tx
    from fynlo.platform.ports import Ports
    from fynlo.staff import Actor, Allowed, Brought, Caller, Wish


@dataclass(frozen=True, slots=True)
class CloseDrawer:
    """Where the counted cash goes, in minor units, and what the closer has to say, and brings."""

    session_id: DrawerSessionId
    left_minor: int
    deposit_minor: int
    reason: str | None
    brought: Brought = NOBODY

    @property
    def told(self) -> dict[str, Any]:
        """What whoever allows a difference is shown, and stands by, besides the count."""
        return {
            "left_in_drawer": self.left_minor,
            "deposit": self.deposit_minor,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class _Backed:
    """What somebody else allowed."""

    wish: Wish
    allowed: Allowed


async def close_drawer(ports: Ports, caller: Caller, command: Command, wish: CloseDrawer) -> Answer:
    """Close a session under the register's next Z number.

    Where the shop asks for no count before, what stays and what goes is the count: it is kept in a
    commit of its own, and stands whatever becomes of the closing. A crash between the two leaves a
    count; the same key again closes on it.

    Raises `CashPending` while a payment with cash is undecided, `DrawerCountRequired` and
    `DrawerCountMismatch` for a count that is missing or another, and, when a count differed by more
    than the shop tolerates and the caller may not approve it, what `staff.ask` and `staff.allow`
    raise.
    """
    consent = await staff.consent(ports, caller, Permission.DRAWER_OPERATE, wish.brought)
    if await _is_the_count(ports, caller, command, wish):
        of_close = replace(command, id=CommandId(derive(command.id, "count")), kind="drawers.count")
        found = Counted(wish.left_minor + wish.deposit_minor)
        with suppress(DrawerCounted):  # Somebody else was faster: then it closes on their count.
            await count_drawer(ports, caller, of_close, CountDrawer(wish.session_id, found))
    return await staff.ask(ports, caller, _close(ports, caller, command, wish, consent))


async def _close(
    ports: Ports, caller: Caller, command: Command, wish: CloseDrawer, consent: Consent
) -> Answer:
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.DRAWER_OPERATE, now)
        seen = await store.read(tx, wish.session_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        actor = await staff.with_keys(tx, actor)
        must_be_operated_by(seen, actor)
        # Approvals are locked before drawers: it is taken for the drawer as it is seen till then.
        needed = None if consent == Consent() else await _needed(tx, seen, actor, wish)
        backed = None
        if needed is not None:
            backed = _Backed(needed, await staff.allow(tx, caller, needed, consent, now))
        was = await store.lock(tx, wish.session_id)
        counts = await store_counts.load(tx, was.id)
        rules = await store.closing_rules(tx, was.register_id)
        session = was.close(counts, *_parts(wish, was))
        needed = wish_to_close(was, counts, rules.tolerance_minor, actor, wish.told)
        by = _who_stands_by(needed, backed, actor)
        approval = approve(counts, rules.tolerance_minor, by, wish.reason)
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


async def _needed(tx: Tx, seen: DrawerSession, actor: Actor, wish: CloseDrawer) -> Wish | None:
    """Say what must be allowed; nobody is asked about a drawer that cannot be closed like this."""
    counts = await store_counts.load(tx, seen.id)
    rules = await store.closing_rules(tx, seen.register_id)
    seen.close(counts, *_parts(wish, seen))
    return wish_to_close(seen, counts, rules.tolerance_minor, actor, wish.told)


def _parts(wish: CloseDrawer, session: DrawerSession) -> tuple[Money, Money]:
    return Money(wish.left_minor, session.currency), Money(wish.deposit_minor, session.currency)


def _who_stands_by(needed: Wish | None, backed: _Backed | None, actor: Actor) -> StaffId:
    """Return who approves the differences; refuse them if nobody allowed the very same wish."""
    if needed is None:
        return actor.staff_id
    if backed is None or backed.wish != needed:
        raise NeedsApproval(needed)
    return backed.allowed.by


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
