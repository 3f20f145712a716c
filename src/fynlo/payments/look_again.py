"""Look where a payment stands, because its provider says that something happened to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fynlo import orders
from fynlo.payments import store, store_exceptions, store_names
from fynlo.payments.advance import carry_out
from fynlo.payments.model.exceptions import ExceptionKind
from fynlo.payments.model.hear import UNMATCHED, latest_operation
from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.notice import KNOWN, Handled, Saying, Verdict
from fynlo.payments.model.outcomes import AnswerLost, Approved, Standing
from fynlo.payments.model.plan import is_released
from fynlo.payments.model.words import A_PERSONS_WORD
from fynlo.payments.perform import Errand, instruction, look
from fynlo.payments.settle import Reply, settle

if TYPE_CHECKING:
    from fynlo.kernel.ids import MerchantId, TenderId, TransactionId
    from fynlo.payments.model.notice import Notice, Stray
    from fynlo.payments.model.outcomes import Found
    from fynlo.payments.model.transaction import Transaction
    from fynlo.payments.ports import PaymentPorts

_STANDS: Final = {Standing.HELD, Standing.CAPTURED}
_FOR_GOOD: Final = {Saying.CAPTURED, Saying.RELEASED}
"""What stays true once it is said: a record that does not show it is not up to date."""


async def look_again(ports: PaymentPorts, merchant_id: MerchantId, notice: Notice) -> Handled:
    """Ask the provider about the payment of a notification, and settle what it says.

    What is known already costs no call. A crash anywhere leaves the journal as it was: looking
    again is always safe.
    """
    provider, reference = ports.cards.of(merchant_id), notice.reference
    if notice.saying is None or reference is None:
        return Handled(Verdict.NOT_NEEDED)
    if provider is None:  # An account that is taken away may come back.
        return Handled(Verdict.SILENT)
    async with ports.db.transaction(merchant_id) as tx:
        found = await store_names.find_tender(tx, provider.name, reference, notice.operation_id)
        transaction = None if found is None else await store.load(tx, found[0])
    if found is None or transaction is None:
        return await _tell_of_a_stray(ports, merchant_id, notice.saying, reference)
    # Only what the provider itself said makes its news old: it may deny what a person said.
    is_heard = latest_operation(transaction, found[1]).detail != A_PERSONS_WORD
    if is_heard and _is_known(transaction, found[1], notice.saying):
        return _handled(Verdict.KNOWN, transaction)
    after, answer = await _look(ports, merchant_id, found, reference)
    if _is_known(after, found[1], notice.saying):
        return _handled(Verdict.SETTLED, after)
    return await _not_as_said(ports, merchant_id, notice, answer, (after, found[1]))


async def _look(
    ports: PaymentPorts,
    merchant_id: MerchantId,
    about: tuple[TransactionId, TenderId],
    reference: str | None,
) -> tuple[Transaction, Found | None]:
    """Ask where a payment of ours stands, and settle what is said."""
    provider = ports.cards.of(merchant_id)
    async with ports.db.transaction(merchant_id) as tx:
        transaction = await store.load(tx, about[0])
        number = (await orders.read(tx, transaction.order_id)).number
    seen = latest_operation(transaction, about[1])
    told = instruction(merchant_id, number, transaction, seen, ports.clock.now())
    answer = await look(provider, replace(told, reference=reference or told.reference))
    if answer is None:
        return transaction, None
    return await _settle(ports, merchant_id, transaction, Reply(seen.id, answer, seen)), answer


async def look_at(
    ports: PaymentPorts, merchant_id: MerchantId, transaction_id: TransactionId, tender_id: TenderId
) -> None:
    """Ask where a payment of ours stands, whatever is known of it, and settle what is said."""
    await _look(ports, merchant_id, (transaction_id, tender_id), None)


async def _not_as_said(
    ports: PaymentPorts,
    merchant_id: MerchantId,
    notice: Notice,
    answer: Found | None,
    about: tuple[Transaction, TenderId],
) -> Handled:
    """Judge what was found and is not what was said: old news, or a record that lags."""
    transaction, tender_id = about
    if isinstance(answer, AnswerLost):
        is_there = answer.is_seen or answer.differs
        return _handled(Verdict.NOT_YET if is_there else Verdict.SILENT, transaction)
    if answer is None or notice.saying is None or notice.saying in _FOR_GOOD:
        return _handled(Verdict.NOT_YET, transaction)
    kind = _TELLS.get(notice.saying)
    is_still_taken = isinstance(answer, Approved) and answer.standing is Standing.CAPTURED
    if kind is not None and is_still_taken and transaction.tender(tender_id).state is kind[1]:
        detail: dict[str, object] = {"payment_id": str(tender_id), "amount": notice.amount_minor}
        async with ports.db.transaction(merchant_id) as tx:
            store_exceptions.open_about(
                *(tx, transaction, kind[0], detail, ports.clock.now()), tender_id=tender_id
            )
    return _handled(Verdict.SETTLED, transaction)


_TELLS: Final = {
    # A part of it was given back, and not by us.
    Saying.RETURNED: (ExceptionKind.RETURNED_OUTSIDE, TenderState.CAPTURED),
    # All of it was given back, by us, and came back.
    Saying.RETURN_FAILED: (ExceptionKind.RETURN_FAILED, TenderState.REFUNDED),
}
"""What is told to a person if the provider still has the money, of a tender in such a state."""


def _is_known(transaction: Transaction, tender_id: TenderId, saying: Saying) -> bool:
    tender = transaction.tender(tender_id)
    if saying is Saying.RELEASED and is_released(transaction, tender):
        return True
    return tender.state in KNOWN[saying]


def _handled(verdict: Verdict, transaction: Transaction) -> Handled:
    return Handled(verdict, transaction.id, transaction.order_id)


async def _settle(
    ports: PaymentPorts, merchant_id: MerchantId, transaction: Transaction, reply: Reply
) -> Transaction:
    """Record it, and make the calls that follow from it."""
    async with ports.db.transaction(merchant_id) as tx:
        settled = await settle(
            *(tx, transaction.order_id, transaction.id, [reply]),
            clock=ports.clock,
            lease=ports.patience.lease,
        )
    errands = [Errand(operation) for operation in settled.decision.sends]
    return (await carry_out(ports, merchant_id, settled, errands)).transaction


async def _tell_of_a_stray(
    ports: PaymentPorts, merchant_id: MerchantId, saying: Saying, reference: str
) -> Handled:
    """Ask what a payment is of which we have no row; if there is money in it, tell a person."""
    provider = ports.cards.of(merchant_id)
    assert provider is not None
    stray = await provider.inspect(reference)
    if stray is None or isinstance(stray, AnswerLost):
        return Handled(Verdict.NOT_YET if stray is None else Verdict.SILENT)
    now = ports.clock.now()
    async with ports.db.transaction(merchant_id) as tx:
        if stray.standing in _STANDS:
            detail = _known_of(stray, saying)
            store_exceptions.open_thing(tx, UNMATCHED, stray.reference, detail, now)
            return Handled(Verdict.UNMATCHED)
        store_exceptions.close_thing(tx, UNMATCHED, stray.reference, now)
    return Handled(Verdict.NOT_NEEDED)


def _known_of(stray: Stray, saying: Saying) -> dict[str, object]:
    return {
        "reference": stray.reference,
        "standing": stray.standing,
        "saying": saying,
        "amount": stray.amount_minor,
        "currency": stray.currency,
        **{name: stray.marks.get(name) for name in ("order_id", "transaction_id", "operation_id")},
    }
