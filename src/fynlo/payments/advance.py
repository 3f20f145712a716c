"""Take a transaction as far as it goes: call, record, and whatever follows from that.

The request, the resolver, a confirmation and a cancellation all come here. Several processes may:
an operation is called only by whoever holds its lease.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fynlo import orders
from fynlo.payments import store
from fynlo.payments.model.machines import OPERATION as OPERATION_MACHINE
from fynlo.payments.model.machines import OperationEvent, OperationState
from fynlo.payments.model.plan import Decision, decide, expire, may_be_sent_again
from fynlo.payments.model.transaction import FINAL
from fynlo.payments.perform import Errand, Way, instruction, perform
from fynlo.payments.settle import Reply, Settled, record, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from fynlo.kernel.ids import MerchantId, TransactionId
    from fynlo.payments.model.transaction import Operation, Transaction
    from fynlo.payments.ports import PaymentPorts
    from fynlo.platform.database import Tx
    from fynlo.staff import Actor


LEASES_MAX: Final = 8
"""How many leases long an operation is taken up at most."""


async def advance(
    ports: PaymentPorts, merchant_id: MerchantId, transaction_id: TransactionId
) -> Settled:
    """Take up what nobody is working on, and go on until nothing more can be done now.

    Customers who are with their bank are asked after as well: they may have answered unheard. A
    crash anywhere leaves leases that run out; the next caller goes on from the journal.
    """
    async with ports.db.transaction(merchant_id) as tx:
        settled, errands = await take_up(tx, ports, transaction_id, look_again=True)
    return await carry_out(ports, merchant_id, settled, errands)


async def take_up(
    tx: Tx,
    ports: PaymentPorts,
    transaction_id: TransactionId,
    change: Callable[[Transaction], Transaction] | None = None,
    *,
    actor: Actor | None = None,
    look_again: bool = False,
) -> tuple[Settled, list[Errand]]:
    """Lock the transaction, apply `change`, decide, and lease every call that is to be made.

    `look_again` also asks after operations whose customer is with their bank. Raises `Forbidden`
    for an `actor` who does not work where the order is.
    """
    order = await orders.lock(tx, await store.find_order_id(tx, transaction_id))
    now, lease = ports.clock.now(), ports.patience.lease
    if actor is not None:
        actor.must_work_at(order.location_id)
    before = await store.load(tx, transaction_id)
    changed = expire(change(before) if change else before, now)
    decision = decide(changed, now, lease)
    new = {operation.id for operation in decision.sends}
    transaction, errands = decision.transaction, [Errand(one) for one in decision.sends]
    for operation in transaction.operations:
        if operation.id in new or not _is_free(operation, now, look_again=look_again):
            continue
        # What was looked for in vain takes ever longer to look for: nobody begins it beside us.
        mine = leased(operation, now, lease * min(2**operation.looks, LEASES_MAX))
        transaction = transaction.with_operation(mine)
        again = operation.is_live and may_be_sent_again(transaction, operation, now)
        errands.append(Errand(mine, Way.SEND if again else Way.LOOK))
    settled = await record(tx, order, before, Decision(transaction, decision.sends), now)
    return settled, errands


def _is_free(operation: Operation, now: datetime, *, look_again: bool) -> bool:
    if operation.state is OperationState.ACTION:
        return look_again
    if operation.state is OperationState.SENT:
        return operation.lease_until <= now
    return operation.state is OperationState.LOST


def leased(operation: Operation, now: datetime, lease: timedelta) -> Operation:
    """Take an operation up: for so long it is ours, and nobody else asks for it."""
    if operation.state is OperationState.ACTION:
        return operation  # Looking changes nothing, and so may be done by many at once.
    return replace(
        operation,
        state=OPERATION_MACHINE.next(operation.state, OperationEvent.SEND),
        lease_until=now + lease,
        looks=operation.looks + 1,
    )


async def carry_out(
    ports: PaymentPorts,
    merchant_id: MerchantId,
    settled: Settled,
    errands: Sequence[Errand],
    decided: asyncio.Future[None] | None = None,
) -> Settled:
    """Call, record, and go on with what the record demands, round by round.

    `decided` is done once the answer is final, though holds may still have to be released.
    Bounded: every round needs new operations, and their number is bounded by the tenders.
    """
    provider, answer = ports.cards.of(merchant_id), settled.answer
    while errands:
        transaction, number = settled.transaction, settled.order.number
        now = ports.clock.now()
        calls = [
            perform(
                provider,
                errand,
                instruction(merchant_id, number, transaction, errand.operation, now),
            )
            for errand in errands
        ]
        found = [await calls[0]] if len(calls) == 1 else await asyncio.gather(*calls)
        replies = [
            Reply(errand.operation.id, one) for errand, one in zip(errands, found, strict=True)
        ]
        async with ports.db.transaction(merchant_id) as tx:
            settled = await settle(
                tx,
                transaction.order_id,
                transaction.id,
                replies,
                clock=ports.clock,
                lease=ports.patience.lease,
            )
        answer = answer or settled.answer
        if decided is not None and not decided.done() and settled.transaction.status in FINAL:
            decided.set_result(None)
        errands = [Errand(operation) for operation in settled.decision.sends]
    return replace(settled, answer=answer)
