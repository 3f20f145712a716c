"""Give a transaction up; the answer is what really became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.payments import store
from fynlo.payments.advance import take_up
from fynlo.payments.follow import deadline, follow, keep_if_final
from fynlo.payments.model.transaction import FINAL, Goal
from fynlo.platform import commands
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import TransactionId
    from fynlo.payments.model.transaction import Transaction
    from fynlo.payments.ports import PaymentPorts
    from fynlo.platform.commands import Answer, Command
    from fynlo.staff import Caller


@dataclass(frozen=True, slots=True)
class CancelTransaction:
    """Which transaction, and why."""

    transaction_id: TransactionId
    reason: str


async def cancel(
    ports: PaymentPorts, caller: Caller, command: Command, wish: CancelTransaction
) -> Answer:
    """Ask for the end of a transaction. Money that was taken meanwhile makes it `completed`.

    A crash leaves the wish journaled; the resolver undoes what is left.
    """
    now, until = ports.clock.now(), deadline(ports)

    def give_up(transaction: Transaction) -> Transaction:
        if transaction.status in FINAL or transaction.goal is not Goal.COMPLETE:
            return transaction
        return replace(transaction, goal=Goal.CANCEL, cancel_reason=wish.reason)

    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.PAYMENTS_PROCESS, now)
        await store.find_order_id(tx, wish.transaction_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None and repeat.answer is not None:
            return repeat.answer
        settled, errands = await take_up(tx, ports, wish.transaction_id, give_up, actor=actor)
    answer = await follow(
        *(ports, caller.merchant_id, settled, errands),
        until=until,
        is_replay=repeat is not None,
    )
    return await keep_if_final(ports, caller.merchant_id, command, answer)
