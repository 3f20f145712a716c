"""Count a drawer and close it: the Z report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fynlo import ledger, staff
from fynlo.drawers import announce, store
from fynlo.drawers.answers import report_answer
from fynlo.drawers.model.errors import VarianceNeedsApproval
from fynlo.drawers.model.session import Movement, must_be_operated_by
from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import CauseId
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
    from fynlo.staff import Actor, Caller


@dataclass(frozen=True, slots=True)
class CloseDrawer:
    """What was counted, and where it goes; minor units. No count: what goes where is the count."""

    session_id: DrawerSessionId
    counted_minor: int | None
    left_minor: int
    deposit_minor: int


async def close_drawer(ports: Ports, caller: Caller, command: Command, wish: CloseDrawer) -> Answer:
    """Close a session under the register's next Z number.

    Raises `CashPending` while a payment with cash is undecided, and `VarianceNeedsApproval` when
    the difference is more than the shop tolerates and the caller may not approve it.
    """
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.DRAWER_OPERATE, now)
        await store.read(tx, wish.session_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None  # It is claimed and finished in one commit.
            return repeat.answer
        was = await store.lock_open(tx, session_id=wish.session_id, register_id=None)
        must_be_operated_by(was, actor)
        session = _counted(was, wish)
        tolerance, z_number = await store.closing_rules(tx, was.register_id)
        _must_be_tolerable(session, tolerance, actor)
        session = replace(session, z_number=z_number, closed_by=actor.staff_id, closed_at=now)
        store.save_closed(tx, session, was=was)
        closing = Movement("closing", _known(session.counted), reason=f"Z {z_number}")
        store.append(tx, was, now, actor.staff_id, [closing])
        _book(tx, session, command, now)
        outbox.append(tx, now, announce.closed(session.id, session.register_id))
        answer = Answer(200, report_answer(session))
        commands.finish(tx, command.id, answer)
        return answer


def _counted(was: DrawerSession, wish: CloseDrawer) -> DrawerSession:
    left, deposit = Money(wish.left_minor, was.currency), Money(wish.deposit_minor, was.currency)
    counted = left + deposit
    if wish.counted_minor is not None and wish.counted_minor != counted.minor:
        detail = f"{left} left and {deposit} deposited are not the {wish.counted_minor} counted."
        raise Invalid(detail, errors=[{"pointer": "/counted", "detail": detail}])
    return was.close(counted, left, deposit)


def _must_be_tolerable(session: DrawerSession, tolerance_minor: int, actor: Actor) -> None:
    variance = session.variance
    if abs(variance.minor) > tolerance_minor and (
        Permission.DRAWER_APPROVE not in actor.permissions
    ):
        raise VarianceNeedsApproval(
            "The count differs by more than may pass without approval.",
            tolerance=tolerance_minor,
        )


def _book(tx: Tx, session: DrawerSession, command: Command, now: datetime) -> None:
    cause, counted = CauseId(command.id), _known(session.counted)
    ledger.post(tx, recipes.drawer_counted(cause, session.id, session.variance), now=now)
    ledger.post(tx, recipes.drawer_emptied(cause, session.id, counted), now=now)


def _known(amount: Money | None) -> Money:
    assert amount is not None
    return amount
