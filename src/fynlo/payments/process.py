"""Take several tenders for one order: refuse → journal → call → record → answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asyncpg import UniqueViolationError

from fynlo import drawers, orders, staff
from fynlo.orders.model import Stage
from fynlo.payments import store, store_methods, store_names
from fynlo.payments.follow import deadline, follow, join
from fynlo.payments.model.errors import ReferenceAlreadyUsed
from fynlo.payments.model.opening import Owed, Shop, TransactionRequest, open_transaction
from fynlo.payments.model.plan import decide, due_at
from fynlo.payments.model.transaction import TenderType
from fynlo.payments.perform import Errand
from fynlo.payments.settle import Held, Settled, book
from fynlo.platform import commands
from fynlo.platform.turnstile import Crowded, Place
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.drawers import DrawerSession
    from fynlo.kernel.ids import RegisterId
    from fynlo.orders import Order
    from fynlo.payments.model.transaction import Transaction
    from fynlo.payments.ports import PaymentPorts
    from fynlo.platform.commands import Answer, Command
    from fynlo.platform.database import Tx
    from fynlo.staff import Actor, Caller


async def process(
    ports: PaymentPorts, caller: Caller, command: Command, request: TransactionRequest
) -> Answer:
    """Take one transaction's money towards its order, at most once per command id.

    All of it or nothing. A crash between any two lines leaves a journaled transaction that the
    resolver finishes; calling again with the same id joins it, because every id derives from it.
    Raises `Crowded` when too many cards are being charged already; nothing was begun then.
    """
    until = deadline(ports)
    line = ports.cards_at_once
    if not request.asks_provider or (line.is_full and await _is_known(ports, caller, command)):
        return await _process(ports, caller, command, request, until=until, place=Place())
    try:
        async with line.place(ports.patience.queue_seconds) as place:
            return await _process(ports, caller, command, request, until=until, place=place)
    except Crowded:
        if not await _is_known(ports, caller, command):
            raise
        return await _process(ports, caller, command, request, until=until, place=Place())


async def _is_known(ports: PaymentPorts, caller: Caller, command: Command) -> bool:
    """Whether this was begun before: a repeat begins nothing, and so does not stand in the line."""
    async with ports.db.transaction(caller.merchant_id) as tx:
        return await commands.is_known(tx, command.id)


async def _process(
    ports: PaymentPorts,
    caller: Caller,
    command: Command,
    request: TransactionRequest,
    *,
    until: float,
    place: Place,
) -> Answer:
    now = ports.clock.now()
    try:
        async with ports.db.transaction(caller.merchant_id) as tx:
            actor = await staff.admit(tx, caller, Permission.PAYMENTS_PROCESS, now)
            repeat = await commands.claim(tx, command, actor.staff_id, now)
            settled = None if repeat else await _journal(tx, ports, actor, request)
    except UniqueViolationError as error:
        if error.constraint_name != "tenders_single_reference":
            raise
        message = "One of these references was used before."
        raise ReferenceAlreadyUsed(message) from None
    if settled is None:
        assert repeat is not None
        return repeat.answer or await join(ports, caller.merchant_id, request.id)
    errands = [Errand(operation) for operation in settled.decision.sends]
    return await follow(ports, caller.merchant_id, settled, errands, until=until, place=place)


async def _journal(
    tx: Tx, ports: PaymentPorts, actor: Actor, request: TransactionRequest
) -> Settled:
    """Refuse, or queue the transaction and all that its opening does, for one commit."""
    order = await orders.lock(tx, request.order_id)
    now = ports.clock.now()  # Leases begin here: whoever waited for the order has lost none of it.
    actor.must_work_at(order.location_id)
    if request.fixes_draft and order.stage is Stage.DRAFT:
        fixed = await orders.fix(tx, actor, order, now)
        order = order if fixed.is_paid else fixed  # What costs nothing is confirmed, not paid.
    order.must_be_payable()
    methods, rules = await store_methods.load_rules(tx, order.location_id)
    shop = Shop(methods, rules, ports.cards.of(tx.merchant_id))
    opened = open_transaction(request, Owed(order.outstanding), shop, actor.staff_id, now)
    await _references_must_be_new(tx, opened)
    session = await _drawer(tx, request, opened, order, actor.register_id or order.register_id)
    if session is not None:
        opened = replace(opened, drawer_session_id=session.id)
    decision = decide(opened, now, ports.patience.lease)
    store.journal(tx, decision.transaction, due_at(decision.transaction, now))
    return await book(tx, Held(order, session), None, decision, now)


async def _references_must_be_new(tx: Tx, opened: Transaction) -> None:
    for tender in opened.tenders:
        if tender.single_use_reference and await store_names.reference_is_used(tx, tender):
            message = f"The reference {tender.reference} was used before."
            raise ReferenceAlreadyUsed(message, reference=tender.reference)


async def _drawer(
    tx: Tx,
    request: TransactionRequest,
    opened: Transaction,
    order: Order,
    register_id: RegisterId | None,
) -> DrawerSession | None:
    """Lock the open drawer session that the cash goes to; one that is named must fit anyway.

    It is that of the register where the cashier stands, if their device says so, or the order's.
    """
    has_cash = any(tender.type is TenderType.CASH for tender in opened.tenders)
    if not has_cash and request.drawer_session_id is None:
        return None
    session = await drawers.lock_fitting(
        tx,
        session_id=request.drawer_session_id,
        register_id=register_id,
        location_id=order.location_id,
        unit=order.currency,
    )
    return session if has_cash else None
