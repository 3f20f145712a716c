"""Transactions for pure tests, opened by the real rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from fynlo.kernel.ids import OrderId, StaffId, TransactionId
from fynlo.kernel.money import Currency, Money, currency
from fynlo.payments.model.methods import Method, MethodType, PaymentRules
from fynlo.payments.model.opening import (
    Owed,
    Shop,
    TenderRequest,
    TransactionRequest,
    open_transaction,
)

if TYPE_CHECKING:
    from fynlo.payments.model.transaction import Transaction

GBP: Final = currency("GBP")
NOW: Final = datetime(2026, 1, 2, 12, tzinfo=UTC)
LEASE: Final = timedelta(seconds=10)
STAFF: Final = StaffId(UUID(int=3))


class Cards:
    """A provider's rules: pounds from 0.30, and nothing that ends in 7."""

    name = "stripe"
    account = "mark"
    return_url = "https://till.test/pay/return"

    def minimum(self, unit: Currency) -> int:
        """Return 30 minor units."""
        assert unit is GBP
        return 30

    def fits(self, amount: Money) -> bool:
        """Refuse amounts that end in 7."""
        return amount.minor % 10 != 7


def method(code: str, kind: MethodType, **changes: object) -> Method:
    """Make a method with no special rules but `changes`."""
    values: dict[str, object] = {
        "id": UUID(int=9),
        "code": code,
        "name": code.title(),
        "type": kind,
        "enabled": True,
        "requires_reference": False,
        "reference_single_use": False,
        "needs_confirmation": False,
        "opens_drawer": False,
        "min_amount_minor": None,
        "max_amount_minor": None,
        "version": 1,
        "created_at": NOW,
        **changes,
    }
    return Method(**values)  # type: ignore[arg-type]


METHODS: Final = {
    one.code: one
    for one in (
        method("cash", MethodType.CASH),
        method("card", MethodType.CARD),
        method("apple_pay", MethodType.APPLE_PAY),
        method("voucher", MethodType.MANUAL, requires_reference=True, reference_single_use=True),
        method("transfer", MethodType.MANUAL, needs_confirmation=True),
        method("points", MethodType.MANUAL, min_amount_minor=100, max_amount_minor=500),
        method("cheque", MethodType.MANUAL, enabled=False),
    )
}

RULES: Final = PaymentRules(
    allow_partial_payments=True,
    allow_overpayment=True,
    change_limit_minor=10_000,
    action_deadline_seconds=900,
)


def request(*payments: TenderRequest, unit: str | None = None) -> TransactionRequest:
    """Ask for these payments, always under the same id."""
    return TransactionRequest(
        id=TransactionId(UUID(int=1)),
        order_id=OrderId(UUID(int=2)),
        payments=payments,
        currency=unit,
        drawer_session_id=None,
    )


def opened(
    *payments: TenderRequest, owed: int = 10_000, rules: PaymentRules = RULES, cards: bool = True
) -> Transaction:
    """Open a transaction for an order that still needs `owed` pence."""
    shop = Shop(METHODS, rules, Cards() if cards else None)
    return open_transaction(request(*payments), Owed(Money(owed, GBP)), shop, STAFF, NOW)


def cash(amount: int, tip: int = 0, tendered: int | None = None) -> TenderRequest:
    """Ask to pay in cash."""
    return TenderRequest("cash", amount, tip, tendered)


def card(amount: int, tip: int = 0) -> TenderRequest:
    """Ask to pay by card."""
    return TenderRequest("card", amount, tip, payment_method_ref="pm_card_visa")
