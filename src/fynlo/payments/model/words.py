"""A person's word for what a provider shows: what it means for each kind of call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.outcomes import (
    NOT_CARRIED_OUT,
    AnswerLost,
    Approved,
    Burned,
    Declined,
    Standing,
)
from fynlo.payments.model.transaction import Kind

if TYPE_CHECKING:
    from fynlo.payments.model.outcomes import Found
    from fynlo.payments.model.transaction import Operation, Tender

A_PERSONS_WORD: Final = "a person's word"
"""The detail of an operation whose answer a person gave, because the provider gave none."""

_TAKEN: Final = {TenderState.CAPTURED}
_NOT_TAKEN: Final = {TenderState.DECLINED, TenderState.VOIDED, TenderState.REFUNDED}


def word(operation: Operation, *, taken: bool, reference: str | None) -> Found:
    """Turn "the money is at the shop", or "the customer has it", into an answer to this call.

    | Call      | taken                                | not taken                             |
    |-----------|--------------------------------------|---------------------------------------|
    | charge    | captured                             | declined: it was not carried out      |
    | authorize | (makes no sense)                     | declined; a known hold is given up    |
    | capture   | captured                             | declined; the hold is given up        |
    | void      | captured: it was paid before         | released                              |
    | refund    | still captured: refund it once more  | returned                              |

    A hold takes nothing: where a word makes no sense, it is `AnswerLost`.
    """
    if taken:
        if operation.kind is Kind.AUTHORIZE or reference is None:
            return AnswerLost("a hold takes nothing")
        return Approved(reference, Standing.CAPTURED, operation.amount.minor)
    match operation.kind:
        case Kind.VOID if reference is not None:
            return Approved(reference, Standing.RELEASED, 0)
        case Kind.REFUND if reference is not None:
            return Approved(reference, Standing.RETURNED, operation.amount.minor)
        case _:
            return Declined(reference, NOT_CARRIED_OUT.code, NOT_CARRIED_OUT.message)


def agrees(state: TenderState, *, taken: bool) -> bool:
    """Whether a tender stands as the person said, whoever's answer brought it there."""
    return state in (_TAKEN if taken else _NOT_TAKEN)


def is_denied(operation: Operation, tender: Tender, found: Found) -> bool:
    """Whether the provider says that a person's word was wrong, of a tender that stays as it is.

    Of what the provider itself said, other news are older ones; a word was never news of theirs.
    """
    if operation.detail != A_PERSONS_WORD:
        return False
    match found:
        case Approved(standing=Standing.CAPTURED):
            return tender.state not in _TAKEN
        case Approved(standing=Standing.HELD):
            return True
        case Approved():
            return tender.state not in _NOT_TAKEN
        case Declined() | Burned():
            return operation.kind in _TAKES and tender.state in _TAKEN
        case _:
            return False


_TAKES: Final = {Kind.CHARGE, Kind.AUTHORIZE, Kind.CAPTURE}
"""A decline of any other call says nothing of where the money is."""
