"""Record a person's word for what a provider's dashboard shows, unless the provider itself says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from fynlo import orders
from fynlo.kernel.errors import Invalid, NotFound
from fynlo.payments import store, store_exceptions, store_names
from fynlo.payments.advance import carry_out, leased
from fynlo.payments.model.errors import ReferenceAlreadyUsed
from fynlo.payments.model.exceptions import FOUND, Action, PaymentUnderWay
from fynlo.payments.model.hear import hear
from fynlo.payments.model.machines import OperationState
from fynlo.payments.model.outcomes import AnswerLost
from fynlo.payments.model.plan import Decision
from fynlo.payments.model.words import A_PERSONS_WORD, agrees, word
from fynlo.payments.perform import KNOWS_NOTHING, Errand, Way, instruction, perform
from fynlo.payments.settle import Reply, Settled, record, settle

if TYPE_CHECKING:
    from fynlo.kernel.ids import MerchantId
    from fynlo.payments.asked import Asked, Work
    from fynlo.payments.model.exceptions import Wish
    from fynlo.payments.model.outcomes import Found
    from fynlo.payments.model.transaction import Operation, Tender, Transaction
    from fynlo.payments.ports import PaymentPorts
    from fynlo.platform.database import Tx


async def record_word(tx: Tx, ports: PaymentPorts, asked: Asked) -> Work:
    """Take the payment's open call for oneself; then ask the provider, and record what is so.

    A crash leaves a lease that runs out, and the person may say it again. Raises
    `ActionNotPossible` where nothing is open, `PaymentUnderWay` while somebody else is asking.
    """
    assert asked.order is not None
    assert asked.exception.transaction_id is not None
    transaction = await store.load(tx, asked.exception.transaction_id)
    tender = _tender(transaction, asked.wish)
    operation = transaction.live_operation(tender.id)
    if not transaction.needs_attention or operation is None:
        raise asked.exception.refusal(f"Nothing is unknown of the payment {tender.id}.")
    if operation.state is OperationState.SENT and operation.lease_until > asked.now:
        message = "The provider is being asked about it just now."
        raise PaymentUnderWay(message, retry_after=1)
    await _must_name_the_payment(tx, asked.wish, tender)
    mine = leased(operation, asked.now, ports.patience.lease)
    taken_up = transaction.with_operation(mine)
    await record(tx, asked.order, transaction, Decision(taken_up, ()), asked.now)
    return partial(_ask_and_record, ports, tx.merchant_id, _Open(asked, taken_up, mine))


def _tender(transaction: Transaction, wish: Wish) -> Tender:
    for tender in transaction.tenders:
        if tender.id == wish.payment_id:
            return tender
    message = f"There is no payment {wish.payment_id} in this transaction."
    raise NotFound(message)


async def _must_name_the_payment(tx: Tx, wish: Wish, tender: Tender) -> None:
    """Refuse a reference that is missing, is not this payment's, or is another payment's."""
    known, said = tender.provider_reference, wish.reference
    if known is not None and said not in {None, known}:
        raise Invalid.at("/reference", f"The provider knows this payment as {known}.")
    if known is None and said is None and wish.action is Action.TAKEN:
        raise Invalid.at("/reference", "Say how the provider names it, by `reference`.")
    if said is not None and await store_names.is_known_payment(tx, said, but=tender.id):
        message = f"{said} is another payment."
        raise ReferenceAlreadyUsed(message, reference=said)


@dataclass(frozen=True, slots=True)
class _Open:
    """A payment's open call, which is ours to ask about."""

    asked: Asked
    transaction: Transaction
    operation: Operation

    @property
    def taken(self) -> bool:
        return self.asked.wish.action is Action.TAKEN

    @property
    def is_known(self) -> bool:
        """Whether we know by ourselves how the provider names the payment."""
        tender = self.transaction.tender(self.operation.tender_id)
        return tender.provider_reference is not None or self.asked.wish.reference is None

    @property
    def reference(self) -> str | None:
        """How the provider names the payment, by what we know or else by what the person says."""
        tender = self.transaction.tender(self.operation.tender_id)
        return tender.provider_reference or self.asked.wish.reference


@dataclass(frozen=True, slots=True)
class _Heard:
    """What is recorded: whose word it is, and why the person's was refused if it was."""

    found: Found
    is_word: bool = False
    refusal: str | None = None


async def _ask_and_record(ports: PaymentPorts, merchant_id: MerchantId, case: _Open) -> None:
    """Ask the provider; record its word, or else the person's; and go on with what follows."""
    heard = await _ask(ports, merchant_id, case)
    exception = case.asked.exception
    async with ports.db.transaction(merchant_id) as tx:
        await orders.lock(tx, case.transaction.order_id)
        present = await store.load(tx, case.transaction.id)
        if not _is_still_mine(present.operation(case.operation.id), case.operation):
            return  # It was found by another road meanwhile.
        settled = await settle(
            *(tx, present.order_id, present.id, [Reply(case.operation.id, heard.found)]),
            clock=ports.clock,
            lease=ports.patience.lease,
        )
        entry = _entry(case, settled)
        if heard.is_word:
            store.mark_word(tx, case.operation.id, A_PERSONS_WORD)
        if heard.refusal is None:
            store_exceptions.add_entry(tx, exception.id, case.asked.entry)
            store_exceptions.credit(tx, exception.id, entry)
    errands = [Errand(one) for one in settled.decision.sends]
    await carry_out(ports, merchant_id, settled, errands)
    if heard.refusal is not None:
        raise exception.refusal(heard.refusal)
    async with ports.db.transaction(merchant_id) as tx:
        store_exceptions.credit(tx, exception.id, entry)


async def _ask(ports: PaymentPorts, merchant_id: MerchantId, case: _Open) -> _Heard:
    """Choose whose word counts: the provider's, if it says anything at all."""
    order, provider = case.asked.order, ports.cards.of(merchant_id)
    assert order is not None
    told = instruction(
        *(merchant_id, order.number, case.transaction, case.operation, ports.clock.now())
    )
    told = replace(told, reference=case.reference)
    found = await perform(provider, Errand(case.operation, Way.LOOK), told)
    if not isinstance(found, AnswerLost):
        return _Heard(found)
    if found.is_seen or found.differs:
        # What a person may have mistyped tells nothing of this payment.
        recorded = found if case.is_known else AnswerLost(found.reason)
        return _Heard(recorded, refusal=f"The provider itself says: {found.reason}.")
    is_its_account = provider is not None and told.account in {None, provider.account}
    is_named = case.taken or not case.is_known
    if is_named and is_its_account and found == KNOWS_NOTHING:
        return _Heard(found, refusal=f"The provider knows {case.reference} as no such payment.")
    return _believe(case, found, may_name=not is_its_account)


def _believe(case: _Open, found: AnswerLost, *, may_name: bool) -> _Heard:
    """Take the person's word where the provider is silent, unless it makes no sense.

    A name that only the person knows is taken of an account that nobody can ask any more.
    """
    # Nothing is canceled by a name that only the person gave: it may be somebody else's payment.
    reference = case.reference if case.taken or case.is_known else None
    said = word(case.operation, taken=case.taken, reference=reference)
    if isinstance(said, AnswerLost):
        return _Heard(found, refusal=f"That cannot be: {said.reason}.")
    if case.taken and not case.is_known and not may_name:
        # It may be somebody else's payment, to whom a later refund of ours would go.
        only = f"The provider is silent, and only it can say that {reference} is this payment."
        return _Heard(found, refusal=only)
    # Whatever may still be unknown of a payment, each word is one of its possible ends.
    assert hear(case.transaction, case.operation.id, said).oddity is None
    return _Heard(said, is_word=True)


def _is_still_mine(present: Operation, mine: Operation) -> bool:
    return present.state is OperationState.SENT and present.looks == mine.looks


def _entry(case: _Open, settled: Settled) -> dict[str, object]:
    """Say what it ends with: what the person said, or what the provider did instead."""
    tender = settled.transaction.tender(case.operation.tender_id)
    if agrees(tender.state, taken=case.taken):
        return case.asked.entry
    return {**case.asked.entry, "action": FOUND}
