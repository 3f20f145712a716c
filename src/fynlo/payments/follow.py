"""Answer within the time a till waits; what is not finished by then goes on behind the answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fynlo import orders
from fynlo.payments import answers, store
from fynlo.payments.advance import advance, carry_out
from fynlo.payments.model.machines import OperationState, TenderState
from fynlo.payments.model.transaction import FINAL, Status
from fynlo.platform import commands
from fynlo.platform.commands import InProgress

if TYPE_CHECKING:
    from asyncio import Future, Task
    from collections.abc import Sequence

    from fynlo.kernel.ids import MerchantId, TenderId, TransactionId
    from fynlo.kernel.money import Money
    from fynlo.orders import Order
    from fynlo.payments.model.outcomes import NextAction
    from fynlo.payments.model.transaction import Transaction
    from fynlo.payments.perform import Errand
    from fynlo.payments.ports import Patience, PaymentPorts
    from fynlo.payments.settle import Settled
    from fynlo.platform.commands import Answer, Command
    from fynlo.platform.turnstile import Place

POLL_SECONDS_MAX = 0.5


async def follow(
    ports: PaymentPorts,
    merchant_id: MerchantId,
    settled: Settled,
    errands: Sequence[Errand],
    *,
    until: float,
    is_replay: bool = False,
    place: Place | None = None,
) -> Answer:
    """Carry out what was journaled, and tell the till how far it came by then.

    `until` is of `deadline`. A till that hangs up stops nothing: the work belongs to the process,
    not to the request, and keeps the request's place in it.
    """
    if errands:
        decided = asyncio.get_running_loop().create_future()
        work = ports.background.start(carry_out(ports, merchant_id, settled, errands, decided))
        if place is not None:
            place.keep_until(work)
        if not await _is_done(work, decided, until, ports.patience):
            transaction, order, stored = await look(ports, merchant_id, settled.transaction.id)
            return stored or await present(
                *(ports, merchant_id, transaction, order.outstanding),
                until=until,
                is_replay=is_replay,
            )
        settled = work.result()
    if settled.answer is not None:
        return replace(settled.answer, is_replay=is_replay)
    due = settled.order.outstanding
    return await present(
        *(ports, merchant_id, settled.transaction, due), until=until, is_replay=is_replay
    )


async def _is_done(
    work: Task[Settled], decided: Future[None], until: float, patience: Patience
) -> bool:
    """Wait for the work; once the answer is decided, only a moment for holds to be released."""
    rest = max(until - _time(), 0)
    either: set[Future[Any]] = {work, decided}
    await asyncio.wait(either, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
    if decided.done():
        await asyncio.wait({work}, timeout=patience.release_seconds)
    return work.done()


def deadline(ports: PaymentPorts) -> float:
    """Return until when a call that begins now may take to answer, by the event loop's clock."""
    return _time() + ports.patience.answer_seconds


def _time() -> float:
    return asyncio.get_running_loop().time()


async def join(
    ports: PaymentPorts, merchant_id: MerchantId, transaction_id: TransactionId
) -> Answer:
    """Wait for the first call with this key, or take its work over if it died.

    No connection is held while waiting. Raises `InProgress` when the time is up.
    """
    until = ports.clock.now() + timedelta(seconds=ports.patience.answer_seconds)
    real_until = deadline(ports)
    pause = ports.patience.poll_seconds
    while ports.clock.now() < until:
        transaction, order, stored = await look(ports, merchant_id, transaction_id)
        if stored is not None:
            return stored
        if not _is_in_flight(transaction):
            return await present(
                *(ports, merchant_id, transaction, order.outstanding),
                until=real_until,
                is_replay=True,
            )
        if _is_abandoned(ports, transaction):
            rest = (until - ports.clock.now()).total_seconds()
            work = ports.background.start(advance(ports, merchant_id, transaction_id))
            done, _ = await asyncio.wait({work}, timeout=rest)
            if done:
                work.result()  # A bug of ours is not swallowed.
        await ports.clock.sleep(pause)
        pause = min(2 * pause, POLL_SECONDS_MAX)
    message = "The first call with this key is still running."
    raise InProgress(message, retry_after=1)


def _is_in_flight(transaction: Transaction) -> bool:
    """Whether somebody is calling the provider right now, or died doing it."""
    return transaction.status is Status.PROCESSING and any(
        operation.state is OperationState.SENT for operation in transaction.operations
    )


def _is_abandoned(ports: PaymentPorts, transaction: Transaction) -> bool:
    return all(
        operation.lease_until <= ports.clock.now()
        for operation in transaction.operations
        if operation.state is OperationState.SENT
    )


async def look(
    ports: PaymentPorts, merchant_id: MerchantId, transaction_id: TransactionId
) -> tuple[Transaction, Order, Answer | None]:
    """Read a transaction, its order, and its final answer if it has one."""
    async with ports.db.transaction(merchant_id) as tx:
        transaction = await store.load(tx, transaction_id)
        order = await orders.read(tx, transaction.order_id)
        stored = await commands.stored_answer(tx, transaction.id)
    return transaction, order, stored


async def keep_if_final(
    ports: PaymentPorts, merchant_id: MerchantId, command: Command, answer: Answer
) -> Answer:
    """Keep the answer of a call about a transaction once nothing can change it any more."""
    if answer.status == HTTPStatus.ACCEPTED:
        return answer
    async with ports.db.transaction(merchant_id) as tx:
        return await commands.keep(tx, command.id, answer)


async def present(
    ports: PaymentPorts,
    merchant_id: MerchantId,
    transaction: Transaction,
    due: Money,
    *,
    until: float,
    is_replay: bool = False,
) -> Answer:
    """Show where it stands; a customer who must act is told how, as the provider says it.

    The provider is asked no longer than until then, by the event loop's clock. What is final is
    kept as it is told first, for every repeat.
    """
    if transaction.status in FINAL:
        async with ports.db.transaction(merchant_id) as tx:
            kept = await commands.keep(tx, transaction.id, answers.final(transaction, due))
        return replace(kept, is_replay=is_replay)
    actions = await next_actions(ports, merchant_id, transaction, until - _time())
    return answers.answer(transaction, due, actions, is_replay=is_replay)


async def next_actions(
    ports: PaymentPorts, merchant_id: MerchantId, transaction: Transaction, seconds: float
) -> dict[TenderId, NextAction]:
    """Ask the provider, for so long, how the customers go on who must answer their bank."""
    provider = ports.cards.of(merchant_id)
    waiting = {
        tender.id: tender.provider_reference
        for tender in transaction.tenders
        if tender.state is TenderState.REQUIRES_ACTION and tender.provider_reference is not None
    }
    if provider is None or not waiting:
        return {}
    asked = {
        tender_id: ports.background.start(provider.next_action(reference))
        for tender_id, reference in waiting.items()
    }
    await asyncio.wait(asked.values(), timeout=max(seconds, ports.patience.poll_seconds))
    return {
        tender_id: found
        for tender_id, one in asked.items()
        if one.done() and (found := one.result()) is not None
    }
