"""What each charge and refund did to the balance (docs/reference/stripe.md §11).

Every currency settles in itself. What is not paid out yet is pending, and available after two days.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fynlo.kernel.money import divide_half_away
from fynlo.sandbox import check, methods, shapes

if TYPE_CHECKING:
    from fynlo.sandbox.desk import Desk
    from fynlo.sandbox.forms import Params
    from fynlo.sandbox.store import Document

DEFAULT_CURRENCY: Final = "gbp"


@dataclass(frozen=True)
class Terms:
    """What a payment costs, and when it is booked and available; nobody's real prices."""

    fee_basis_points: int = 290
    fee_fixed: int = 30
    available_after_seconds: int = 172_800
    booked_after_seconds: float = 5.0  # When a charge is captured behind the answer.

    def fee(self, amount: int) -> int:
        """Tell what taking an amount costs, in its minor units."""
        return divide_half_away(amount * self.fee_basis_points, 10_000) + self.fee_fixed


def book_charge(desk: Desk, charge: Document) -> None:
    """Book what a charge took, less what that costs; the caller keeps the charge."""
    amount = charge["amount_captured"]
    fee = desk.terms.fee(amount)
    made = _book(desk, charge, charge, "charge", amount)
    made |= {"description": charge["description"], "fee": fee, "net": amount - fee}
    made["fee_details"] = [
        {
            "amount": fee,
            "application": None,
            "currency": charge["currency"],
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    charge["balance_transaction"] = desk.keep(made)["id"]


def book_refund(desk: Desk, refund: Document, charge: Document) -> None:
    """Book what a refund gives back; the fee of the charge stays. The caller keeps the refund."""
    made = _book(desk, refund, charge, "refund", -refund["amount"])
    about = f" ({charge['description']})" if charge["description"] else ""
    made["description"] = f"REFUND FOR CHARGE{about}"
    refund["balance_transaction"] = desk.keep(made)["id"]


def book_return(desk: Desk, refund: Document, charge: Document) -> None:
    """Book what a refund could not give back; the caller keeps the refund."""
    made = _book(desk, refund, charge, "refund_failure", refund["amount"])
    made["description"] = "REFUND FAILURE"
    refund["failure_balance_transaction"] = desk.keep(made)["id"]


def _book(desk: Desk, source: Document, charge: Document, kind: str, amount: int) -> Document:
    at_once = methods.card_of(desk, charge["payment_method"]).is_available_at_once
    wait = 0 if at_once else desk.terms.available_after_seconds
    return shapes.balance_transaction(
        desk.names.new("txn"), source, (kind, amount), now=desk.now, available_on=desk.now + wait
    )


def book_later(desk: Desk, charge: Document) -> None:
    """Leave a charge to be booked behind the answer, as `automatic_async` does."""
    desk.store.book_later(desk.account, charge["id"], desk.now + desk.terms.booked_after_seconds)


def book_late(desk: Desk, charge_id: str) -> None:
    """Book a charge that was left, and say so."""
    charge = desk.find("charge", charge_id, "charge")
    before = deepcopy(charge)
    book_charge(desk, charge)
    desk.tell_change("charge.updated", before, desk.keep(charge))


def balance(desk: Desk, params: Params) -> Document:
    """Add up what is available and what is pending, in each currency."""
    check.only(params, ("expand",))
    sums: dict[str, Counter[str]] = {"available": Counter(), "pending": Counter()}
    for one in desk.newest("balance_transaction"):
        sums[one["status"]][one["currency"]] += one["net"]
    units = sorted({DEFAULT_CURRENCY, *sums["available"], *sums["pending"]})
    nothing = [{"amount": 0, "currency": unit} for unit in units]
    return {
        "object": "balance",
        **{status: [_line(of[unit], unit) for unit in units] for status, of in sums.items()},
        "livemode": False,
        "refund_and_dispute_prefunding": {"available": nothing, "pending": nothing},
    }


def _line(amount: int, unit: str) -> Document:
    return {"amount": amount, "currency": unit, "source_types": {"card": amount}}
