"""Give money that nobody here knew of an order, to keep it for or to give it back from."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import CommandId
from fynlo.kernel.money import Money
from fynlo.orders.model import Stage
from fynlo.payments import store, store_exceptions, store_methods, store_names
from fynlo.payments.advance import advance
from fynlo.payments.model.adopting import Unmatched, adopt
from fynlo.payments.model.errors import CurrencyMismatch, ReferenceAlreadyUsed
from fynlo.payments.model.exceptions import Action
from fynlo.payments.model.plan import Decision, due_at
from fynlo.payments.settle import Held, book
from fynlo.platform import commands
from fynlo.platform.commands import Command

if TYPE_CHECKING:
    from fynlo.orders import Order
    from fynlo.payments.asked import Asked, Work
    from fynlo.payments.model.transaction import Transaction
    from fynlo.payments.ports import PaymentPorts
    from fynlo.platform.database import Tx

ATTACHES: Final = "exceptions.attach"
"""The kind of the command that a transaction has which was made of an exception."""


async def attach_payment(tx: Tx, ports: PaymentPorts, asked: Asked) -> Work:
    """Make its transaction and resolve the exception, in one commit; then look for the money.

    It is kept if all of it is owed, and goes back otherwise. Everything derives from the
    exception's id, so that it happens once; a crash after the commit leaves it to the resolver.
    """
    order = asked.order
    if order is None:
        raise Invalid.at("/order_id", "Say for which order, by `order_id`.")
    opened = await _opened(tx, ports, asked, order)
    command = Command(
        id=CommandId(opened.id),
        kind=ATTACHES,
        target_id=asked.exception.id,
        body_hash=sha256(asked.wish.action.encode()).digest(),
    )
    repeat = await commands.claim(tx, command, asked.actor.staff_id, asked.now)
    assert repeat is None, "What was attached before is resolved."
    store.journal(tx, opened, due_at(opened, asked.now))
    await book(tx, Held(order, None), None, Decision(opened, ()), asked.now)
    store_exceptions.add_entry(tx, asked.exception.id, asked.entry)
    store_exceptions.name_transaction(tx, asked.exception.id, opened.id, order.id)
    store_exceptions.resolve(tx, asked.exception.id, asked.entry, asked.now)
    return partial(advance, ports, tx.merchant_id, opened.id)


async def _opened(tx: Tx, ports: PaymentPorts, asked: Asked, order: Order) -> Transaction:
    """Refuse, or make the transaction."""
    detail = asked.exception.detail
    if detail["currency"] != order.currency.code:
        message = f"The order is in {order.currency}, not {detail['currency']}."
        raise CurrencyMismatch(message, currency=order.currency.code)
    cards = ports.cards.of(tx.merchant_id)
    if cards is None:
        raise asked.exception.refusal("No card provider is set up, so nobody can be asked.")
    is_kept = asked.wish.action is Action.ATTACH
    if is_kept and order.stage is Stage.DRAFT:
        order.must_be_payable()
    reference, amount = detail["reference"], Money(detail["amount"], order.currency)
    if is_kept and order.outstanding < amount <= order.outstanding + order.reserved:
        raise asked.exception.refusal("Another payment is under way: wait until it is decided.")
    if await store_names.is_known_payment(tx, reference):
        message = f"The payment {reference} is known by now."
        raise ReferenceAlreadyUsed(message, reference=reference)
    _, rules = await store_methods.load_rules(tx, order.location_id)
    patience = timedelta(seconds=rules.action_deadline_seconds)
    return adopt(
        Unmatched(asked.exception.id, reference, amount),
        order.id,
        asked.actor.staff_id,
        cards,
        asked.now,
        wanted_for=patience if is_kept and _is_owed(order, amount) else None,
    )


def _is_owed(order: Order, amount: Money) -> bool:
    """Whether the order still needs all of it: a payment is kept whole, or goes back whole."""
    return order.stage is Stage.VALIDATED and amount <= order.outstanding
