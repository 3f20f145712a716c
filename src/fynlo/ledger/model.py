"""Double entry: money moves from one account to another, and cannot be out of balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    from fynlo.kernel.ids import CauseId, DrawerSessionId, TaxRateId
    from fynlo.kernel.money import Money

Account = NewType("Account", str)

ORDER_DEPOSITS: Final = Account("order_deposits")  # Taken for orders that are not paid yet.
SALES: Final = Account("sales")
TIPS_PAYABLE: Final = Account("tips_payable")
CARD_CLEARING: Final = Account("card_clearing")  # What card providers owe us.
SURPLUS_HELD: Final = Account("surplus_held")  # Taken beyond what was owed; goes back.
SAFE: Final = Account("safe")
OUTSIDE: Final = Account("outside")  # Cash paid in from, and out to, whoever the reason names.
CASH_OVER_SHORT: Final = Account("cash_over_short")


def cash_drawer(session_id: DrawerSessionId) -> Account:
    """Name the account of one drawer session, so that every drawer is provable by itself."""
    return Account(f"cash_drawer:{session_id}")


def other_tender(method: str) -> Account:
    """Name the account of a manual method, by its code."""
    return Account(f"other:{method}")


def tax_payable(rate: TaxRateId) -> Account:
    """Name the account of one tax rate."""
    return Account(f"tax_payable:{rate}")


@dataclass(frozen=True, slots=True)
class Posting:
    """Money moves from one account to another; nothing here can be out of balance."""

    debit: Account
    credit: Account
    amount: Money

    def __post_init__(self) -> None:
        assert self.debit != self.credit
        assert self.amount.minor > 0


@dataclass(frozen=True, slots=True)
class Entry:
    """What one cause books under one recipe; it can be booked once."""

    cause: CauseId
    recipe: str
    postings: tuple[Posting, ...]
