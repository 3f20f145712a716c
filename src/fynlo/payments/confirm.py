"""Look again: after 3-D Secure, or when a person has seen the money of a manual payment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fynlo import staff
from fynlo.kernel.errors import NotFound
from fynlo.payments import store
from fynlo.payments.advance import take_up
from fynlo.payments.follow import deadline, follow, keep_if_final
from fynlo.payments.model.transaction import FINAL
from fynlo.platform import commands
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.kernel.ids import StaffId, TenderId, TransactionId
    from fynlo.payments.model.transaction import Transaction
    from fynlo.payments.ports import PaymentPorts
    from fynlo.platform.commands import Answer, Command
    from fynlo.staff import Caller


@dataclass(frozen=True, slots=True)
class ConfirmTransaction:
    """Which transaction, and which of its manual payments this person vouches for."""

    transaction_id: TransactionId
    seen: frozenset[TenderId]


async def confirm(
    ports: PaymentPorts, caller: Caller, command: Command, wish: ConfirmTransaction
) -> Answer:
    """Ask the provider how things stand, record it, and answer. Repeating it only looks again.

    Raises `NotFound` for a payment that is not this transaction's or awaits nobody.
    """
    now, until = ports.clock.now(), deadline(ports)
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.PAYMENTS_PROCESS, now)
        await store.find_order_id(tx, wish.transaction_id)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None and repeat.answer is not None:
            return repeat.answer

        def vouch(transaction: Transaction) -> Transaction:
            return _vouched(transaction, wish.seen, actor.staff_id)

        settled, errands = await take_up(
            tx, ports, wish.transaction_id, vouch, actor=actor, look_again=True
        )
    answer = await follow(
        *(ports, caller.merchant_id, settled, errands),
        until=until,
        is_replay=repeat is not None,
    )
    return await keep_if_final(ports, caller.merchant_id, command, answer)


def _vouched(transaction: Transaction, seen: frozenset[TenderId], by: StaffId) -> Transaction:
    known = {tender.id for tender in transaction.tenders if tender.needs_confirmation}
    if unknown := seen - known:
        message = f"No payment {', '.join(map(str, sorted(unknown)))} awaits a person here."
        raise NotFound(message)
    if transaction.status in FINAL:
        return transaction
    for tender in transaction.tenders:
        if tender.id in seen and tender.awaits_confirmation:
            transaction = transaction.with_tender(replace(tender, confirmed_by=by))
    return transaction
