"""Every way this business books money: one pure function each, for an accountant to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.ledger.model import (
    CARD_CLEARING,
    CASH_OVER_SHORT,
    ORDER_DEPOSITS,
    OUTSIDE,
    SAFE,
    SALES,
    SURPLUS_HELD,
    TIPS_PAYABLE,
    Account,
    Entry,
    Posting,
    cash_drawer,
    other_tender,
    tax_payable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fynlo.kernel.ids import CauseId, DrawerSessionId, TaxRateId
    from fynlo.kernel.money import Money


def _move(amount: Money, *, debit: Account, credit: Account) -> tuple[Posting, ...]:
    """Nothing moved, nothing posted: no tip, or a tax rate of zero."""
    return (Posting(debit, credit, amount),) if amount.minor else ()


def _taken(cause: CauseId, recipe: str, into: Account, amount: Money, tip: Money) -> Entry:
    return Entry(
        cause,
        recipe,
        _move(amount, debit=into, credit=ORDER_DEPOSITS)
        + _move(tip, debit=into, credit=TIPS_PAYABLE),
    )


def cash_taken(cause: CauseId, session_id: DrawerSessionId, amount: Money, tip: Money) -> Entry:
    """Cash stays in the drawer: what was tendered less the change."""
    return _taken(cause, "cash taken", cash_drawer(session_id), amount, tip)


def card_taken(cause: CauseId, amount: Money, tip: Money) -> Entry:
    """The provider took it, and owes it to us."""
    return _taken(cause, "card taken", CARD_CLEARING, amount, tip)


def other_taken(cause: CauseId, method: str, amount: Money, tip: Money) -> Entry:
    """A voucher, a transfer and the like."""
    return _taken(cause, "other taken", other_tender(method), amount, tip)


def card_returned(cause: CauseId, amount: Money, tip: Money) -> Entry:
    """Taken, and given back because the rest of its transaction failed."""
    return Entry(
        cause,
        "card returned",
        _move(amount, debit=ORDER_DEPOSITS, credit=CARD_CLEARING)
        + _move(tip, debit=TIPS_PAYABLE, credit=CARD_CLEARING),
    )


def order_paid(cause: CauseId, sales: Money, tax: Mapping[TaxRateId, Money]) -> Entry:
    """Until an order is paid, what was taken for it is owed to the customer."""
    postings = _move(sales, debit=ORDER_DEPOSITS, credit=SALES)
    for rate, amount in sorted(tax.items()):
        postings += _move(amount, debit=ORDER_DEPOSITS, credit=tax_payable(rate))
    return Entry(cause, "order paid", postings)


def drawer_opened(cause: CauseId, session_id: DrawerSessionId, opening: Money) -> Entry:
    """The float comes from the safe."""
    return Entry(cause, "drawer opened", _move(opening, debit=cash_drawer(session_id), credit=SAFE))


def cash_put_in(cause: CauseId, session_id: DrawerSessionId, kind: str, amount: Money) -> Entry:
    """Cash comes into the drawer: a loan from the safe, anything else from outside."""
    source = SAFE if kind == "loan" else OUTSIDE
    return Entry(cause, kind, _move(amount, debit=cash_drawer(session_id), credit=source))


def cash_taken_out(cause: CauseId, session_id: DrawerSessionId, kind: str, amount: Money) -> Entry:
    """Cash leaves the drawer: paid out to somebody, anything else into the safe."""
    target = OUTSIDE if kind == "paid_out" else SAFE
    return Entry(cause, kind, _move(amount, debit=target, credit=cash_drawer(session_id)))


def drawer_counted(cause: CauseId, session_id: DrawerSessionId, variance: Money) -> Entry:
    """Make the books agree with the count: more than expected is over, less is short."""
    drawer = cash_drawer(session_id)
    if variance.minor < 0:
        postings = _move(-variance, debit=CASH_OVER_SHORT, credit=drawer)
    else:
        postings = _move(variance, debit=drawer, credit=CASH_OVER_SHORT)
    return Entry(cause, "drawer counted", postings)


def drawer_emptied(cause: CauseId, session_id: DrawerSessionId, counted: Money) -> Entry:
    """What was counted goes to the safe; the next float comes from there again."""
    return Entry(
        cause, "drawer emptied", _move(counted, debit=SAFE, credit=cash_drawer(session_id))
    )


def surplus_taken(cause: CauseId, amount: Money) -> Entry:
    """A card was charged, tip and all, when nobody owed that any more; it goes back."""
    return Entry(cause, "surplus taken", _move(amount, debit=CARD_CLEARING, credit=SURPLUS_HELD))


def surplus_returned(cause: CauseId, amount: Money) -> Entry:
    """What was charged beyond what anybody owed was given back."""
    return Entry(cause, "surplus returned", _move(amount, debit=SURPLUS_HELD, credit=CARD_CLEARING))
