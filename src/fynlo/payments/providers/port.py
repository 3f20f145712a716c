"""The port: how this business asks somebody else to move card money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fynlo.kernel.ids import MerchantId, OperationId, OrderId, TenderId, TransactionId
    from fynlo.kernel.money import Currency, Money
    from fynlo.payments.model.notice import Stray
    from fynlo.payments.model.outcomes import AnswerLost, Burned, NextAction, Outcome


CLOCKS_DIFFER_MAX: Final = timedelta(hours=24)
"""How far the clocks of our machines, and the provider's, may differ where it matters."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One journaled operation on one tender: all that a provider may know of it.

    `amount` includes `tip`. `key` and everything else but `reference`, `age`, `is_repeat` and
    `reads_back` are the same at every sending, because the provider compares a repeated call with
    the first. `age`: how long ago it was sent first. `account`: with whose key. `is_repeat`: it may
    have been sent before, so a refusal at the door says nothing of what became of it then.
    `reads_back`: how much further than its age a lookup reads.
    """

    merchant_id: MerchantId
    order_id: OrderId
    transaction_id: TransactionId
    tender_id: TenderId
    operation_id: OperationId
    key: str
    amount: Money
    tip: Money
    order_number: int
    payment_method_ref: str | None
    reference: str | None
    first_sent_at: datetime
    age: timedelta
    staff_id: UUID
    drawer_session_id: UUID | None = None
    return_url: str | None = None
    account: str | None = None
    is_repeat: bool = False
    reads_back: timedelta = timedelta(0)


class CardProvider(Protocol):
    """Moves card money on request; asserts that no transaction is open.

    Trouble on the wire is an answer (`AnswerLost`), not an exception. So when one of these
    methods raises, the fault is ours, and nobody is tempted to write `except Exception`.
    """

    name: str
    account: str
    """A mark of the account whose key calls are made with; nothing secret follows from it."""
    return_url: str
    """Where customers come back to from their bank."""

    async def charge(self, instruction: Instruction) -> Outcome:
        """Take the money now."""
        ...

    async def authorize(self, instruction: Instruction) -> Outcome:
        """Hold the money; nothing is taken before `capture`."""
        ...

    async def capture(self, instruction: Instruction) -> Outcome:
        """Take what `reference` holds."""
        ...

    async def void(self, instruction: Instruction) -> Outcome:
        """Give up `reference`: release the hold, or make sure that it can never be paid.

        `Approved(standing=CAPTURED)` says that it was paid before we could.
        """
        ...

    async def refund(self, instruction: Instruction) -> Outcome:
        """Return all of what `reference` took."""
        ...

    async def find(self, instruction: Instruction) -> Outcome | None:
        """Look, never act. None is not a decline: the request may still be in flight."""
        ...

    async def burn(self, instruction: Instruction) -> Burned | Outcome:
        """Spend the operation's key on nothing, so that a late resend can never take money.

        `AnswerLost` says that nobody knows: look again. With `is_key_taken` the key was heard of
        before, so the operation's own call repeats what became of it, and does nothing.
        """
        ...

    async def inspect(self, reference: str) -> Stray | AnswerLost | None:
        """Read a payment that is not in our journal, by its name; None when there is none."""
        ...

    async def next_action(self, reference: str) -> NextAction | None:
        """Read how the paying customer's device goes on; None while nobody can be asked."""
        ...

    def minimum(self, currency: Currency) -> int:
        """Return the smallest amount, in minor units, that this provider takes."""
        ...

    def fits(self, amount: Money) -> bool:
        """Whether the provider can express this amount (some currencies have rules)."""
        ...


class CardProviders(Protocol):
    """Which provider moves a merchant's card money."""

    def of(self, merchant_id: MerchantId) -> CardProvider | None:
        """Return the merchant's provider; None when it has none."""
        ...

    async def close(self) -> None:
        """Close the connections to all providers."""
        ...
