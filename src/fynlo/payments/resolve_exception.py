"""Do what a person decided about an exception, once, and keep who decided it, when and why."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from asyncpg import UniqueViolationError

from fynlo import orders, staff
from fynlo.kernel.errors import NotFound
from fynlo.payments import queries_exceptions, store_exceptions
from fynlo.payments.advance import advance
from fynlo.payments.answers_exceptions import exception_out
from fynlo.payments.asked import Asked
from fynlo.payments.attach_payment import attach_payment
from fynlo.payments.follow import deadline
from fynlo.payments.look_again import look_at
from fynlo.payments.model.errors import ReferenceAlreadyUsed
from fynlo.payments.model.exceptions import (
    Action,
    ActionNotPossible,
    ExceptionState,
    PaymentUnderWay,
)
from fynlo.payments.record_word import record_word
from fynlo.platform import audit, commands
from fynlo.platform.audit import Act
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from fynlo.kernel.ids import MerchantId
    from fynlo.orders import Order
    from fynlo.payments.asked import Work
    from fynlo.payments.model.exceptions import QueuedException, Wish
    from fynlo.payments.ports import PaymentPorts
    from fynlo.platform.commands import Command
    from fynlo.platform.database import Tx
    from fynlo.staff import Actor, Caller


async def resolve_exception(
    ports: PaymentPorts, caller: Caller, command: Command, exception_id: UUID, wish: Wish
) -> Answer:
    """Carry a person's decision out; the answer is the exception as it stands afterwards.

    The same by the same person again changes nothing, under whichever key. Raises
    `AlreadyResolved` for anything else on a resolved one, `ActionNotPossible` for what cannot be
    done. A crash between any two lines is healed by asking again, or by the resolver.
    """
    wish.must_be_whole()
    now, until = ports.clock.now(), deadline(ports)
    try:
        async with ports.db.transaction(caller.merchant_id) as tx:
            actor = await staff.admit(tx, caller, Permission.EXCEPTIONS_RESOLVE, now)
            seen = await queries_exceptions.exception(tx, actor, exception_id)
            repeat = await commands.claim(tx, command, actor.staff_id, now)
            if repeat is not None and repeat.answer is not None:
                return repeat.answer
            order = await _lock_order(tx, actor, seen, wish)
            queued = await store_exceptions.lock(tx, exception_id)
            # Leases begin now: whoever waited has lost none of it.
            asked = Asked(queued, wish, actor, order, ports.clock.now())
            work = await _begin(tx, ports, asked)
            if not wish.is_in(queued.history, actor.staff_id):
                told = {"action": wish.action, "order_id": wish.order_id}
                act = Act("exception.handled", "exception", exception_id, None, told, wish.note)
                audit.record(tx, now, caller, act)
        is_done = work is None or await _carry_on(ports, work, until)
    except UniqueViolationError as error:
        _must_be_the_reference(error)
        raise ReferenceAlreadyUsed("This payment is known by now.") from None
    async with ports.db.transaction(caller.merchant_id) as tx:
        queued = await store_exceptions.load(tx, exception_id)
        answer = Answer(200, msgspec.json.encode(exception_out(queued)))
        # What still goes on behind the answer may change it: then it is not kept for repeats.
        return await commands.keep(tx, command.id, answer) if is_done else answer


def _must_be_the_reference(error: UniqueViolationError) -> None:
    """Nothing else that is unique is written here under a name that others may choose."""
    assert error.constraint_name == "tenders_provider_reference", error


async def _lock_order(tx: Tx, actor: Actor, seen: QueuedException, wish: Wish) -> Order | None:
    """Lock the order that is meant, if one is; one that only a note names need not exist."""
    order_id = wish.order_id or seen.about_order
    if order_id is None:
        return None
    try:
        order = await orders.lock(tx, order_id)
    except NotFound:
        if wish.order_id is not None:
            raise
        return None
    actor.must_work_at(order.location_id)
    return order


async def _begin(tx: Tx, ports: PaymentPorts, asked: Asked) -> Work | None:
    """Refuse, or do what belongs into this commit; return what is to be done behind it."""
    queued, wish = asked.exception, asked.wish
    was_done = wish.is_in(queued.history, asked.actor.staff_id)
    if was_done and queued.state is ExceptionState.RESOLVED:
        return None
    queued.must_allow(wish.action)
    try:
        return await _BEGIN[wish.action](tx, ports, asked)
    except (ActionNotPossible, PaymentUnderWay):
        if was_done and wish.action is not Action.LOOK_AGAIN:
            return None  # It was done before, and what followed from it goes on.
        raise


async def _dismiss(tx: Tx, _ports: PaymentPorts, asked: Asked) -> None:
    """Take it from the queue: somebody has seen it, and nothing else is to be done."""
    store_exceptions.add_entry(tx, asked.exception.id, asked.entry)
    store_exceptions.resolve(tx, asked.exception.id, asked.entry, asked.now)


async def _look_again(tx: Tx, ports: PaymentPorts, asked: Asked) -> Work:
    """Ask now what the resolver would ask later."""
    assert asked.exception.transaction_id is not None
    store_exceptions.add_entry(tx, asked.exception.id, asked.entry)
    return partial(_advance_and_credit, ports, tx.merchant_id, asked)


async def _advance_and_credit(ports: PaymentPorts, merchant_id: MerchantId, asked: Asked) -> None:
    assert asked.exception.transaction_id is not None
    await advance(ports, merchant_id, asked.exception.transaction_id)
    if asked.exception.payment_id is not None:
        about = asked.exception.transaction_id, asked.exception.payment_id
        await look_at(ports, merchant_id, *about)
    async with ports.db.transaction(merchant_id) as tx:
        store_exceptions.credit(tx, asked.exception.id, asked.entry)


_BEGIN: Final[dict[Action, Callable[[Tx, PaymentPorts, Asked], Awaitable[Work | None]]]] = {
    Action.LOOK_AGAIN: _look_again,
    Action.TAKEN: record_word,
    Action.NOT_TAKEN: record_word,
    Action.ATTACH: attach_payment,
    Action.REFUND: attach_payment,
    Action.DISMISS: _dismiss,
}
assert set(_BEGIN) == set(Action)


async def _carry_on(ports: PaymentPorts, work: Work, until: float) -> bool:
    """Do what is left within the time of a request; whether it was done by then.

    Whoever hangs up stops nothing: the work belongs to the process.
    """
    task = ports.background.start(work())
    rest = max(until - asyncio.get_running_loop().time(), 0)
    await asyncio.wait({task}, timeout=rest)
    if not task.done():
        return False
    task.result()
    return True
