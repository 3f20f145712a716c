"""Make one journaled provider call; what comes back is a value, whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from fynlo.payments.model.outcomes import AnswerLost, Approved, Burned, Standing
from fynlo.payments.model.transaction import KEY_LIFETIME, Kind
from fynlo.payments.providers.port import CLOCKS_DIFFER_MAX, Instruction
from fynlo.payments.store import provider_key

if TYPE_CHECKING:
    from datetime import datetime

    from fynlo.kernel.ids import MerchantId
    from fynlo.payments.model.outcomes import Found
    from fynlo.payments.model.transaction import Operation, Tender, Transaction
    from fynlo.payments.providers.port import CardProvider


KNOWS_NOTHING: Final = AnswerLost("the provider knows nothing of it")
"""It was looked for, and is not there: which is no decline, for it may still be on its way."""


class Way(StrEnum):
    """How an operation is taken up."""

    SEND = "send"  # Make the call, the first time or again, under its own key.
    LOOK = "look"  # Only find out: nobody wants it any more, or the key may be forgotten.


@dataclass(frozen=True, slots=True)
class Errand:
    """One operation that this process holds the lease of, and how to take it up."""

    operation: Operation
    way: Way = Way.SEND


def instruction(
    merchant_id: MerchantId,
    order_number: int,
    transaction: Transaction,
    operation: Operation,
    now: datetime,
) -> Instruction:
    """Tell the provider all it may know; the journal says whether it may have heard it before."""
    tender: Tender = transaction.tender(operation.tender_id)
    return Instruction(
        merchant_id=merchant_id,
        order_id=transaction.order_id,
        transaction_id=transaction.id,
        tender_id=tender.id,
        operation_id=operation.id,
        key=provider_key(merchant_id, operation.id),
        amount=operation.amount,
        tip=tender.tip,
        order_number=order_number,
        payment_method_ref=tender.payment_method_ref,
        reference=tender.provider_reference,
        first_sent_at=operation.first_sent_at,
        age=max(now - operation.first_sent_at, timedelta(0)),
        staff_id=transaction.staff_id,
        drawer_session_id=transaction.drawer_session_id,
        return_url=tender.return_url,
        account=tender.provider_account,
        is_repeat=operation.looks > 0,
    )


async def perform(provider: CardProvider | None, errand: Errand, told: Instruction) -> Found:
    """Send it or look for it; no transaction is open meanwhile.

    A merchant whose account was taken away has nobody to ask: what was asked before stays unknown.
    """
    if provider is None:
        return AnswerLost("the merchant has no card provider any more")
    # At another account the key means nothing, and the same call would charge once more.
    is_elsewhere = told.is_repeat and told.account not in {None, provider.account}
    if errand.way is Way.LOOK or (is_elsewhere and told.reference is None):
        may_burn = not is_elsewhere and told.reference is None and told.age < KEY_LIFETIME
        return _checked(await _look(provider, errand, told, may_burn=may_burn), told)
    return _checked(await _send(provider, errand.operation.kind, told), told)


async def _send(provider: CardProvider, kind: Kind, told: Instruction) -> Found:
    match kind:
        case Kind.CHARGE:
            outcome = await provider.charge(told)
        case Kind.AUTHORIZE:
            outcome = await provider.authorize(told)
        case Kind.CAPTURE:
            outcome = await provider.capture(told)
        case Kind.VOID:
            outcome = await provider.void(told)
        case Kind.REFUND:
            outcome = await provider.refund(told)
        case _:
            assert_never(kind)
    if isinstance(outcome, AnswerLost) and outcome.is_last_word:
        # Here "nothing" means that nothing happened. Its age is of two machines' clocks, so it is
        # looked for as far back as those may differ.
        return await provider.find(replace(told, reads_back=CLOCKS_DIFFER_MAX)) or Burned()
    return outcome


async def _look(
    provider: CardProvider, errand: Errand, told: Instruction, *, may_burn: bool
) -> Found:
    """Find it; or make sure that it can never happen, unless its key is forgotten or another's."""
    found = await provider.find(told)
    if found is not None:
        return found
    if not may_burn:
        return KNOWS_NOTHING
    burned = await provider.burn(told)
    if isinstance(burned, AnswerLost) and burned.is_key_taken:
        # The first call was heard, and its answer is kept: the same call can only repeat that.
        return await _send(provider, errand.operation.kind, told)
    return burned


async def look(provider: CardProvider | None, told: Instruction) -> Found | None:
    """Only look where the money of a known payment stands; None when the provider knows none."""
    if provider is None:
        return AnswerLost("the merchant has no card provider any more")
    found = await provider.find(told)
    return None if found is None else _checked(found, told)


def _checked(found: Found, told: Instruction) -> Found:
    """Only the amount that was asked for settles a tender; any other is for a person to see."""
    counted = {Standing.HELD, Standing.CAPTURED}
    if (
        isinstance(found, Approved)
        and found.standing in counted
        and found.amount_minor != told.amount.minor
    ):
        return AnswerLost(f"amount differs: {found.amount_minor}", differs=True)
    return found
