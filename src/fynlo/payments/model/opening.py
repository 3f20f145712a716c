"""May this be paid like this? All refusals of a new transaction, before anything happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from fynlo.kernel.errors import Invalid
from fynlo.kernel.ids import TenderId, derive
from fynlo.kernel.money import Currency, Money, total
from fynlo.payments.model import errors
from fynlo.payments.model.machines import TenderState
from fynlo.payments.model.methods import Method, MethodType, PaymentRules
from fynlo.payments.model.transaction import (
    Goal,
    Status,
    Tender,
    TenderType,
    Transaction,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fynlo.kernel.ids import DrawerSessionId, OrderId, StaffId, TransactionId

CONFIRMATION_DEADLINE: Final = timedelta(hours=24)
"""How long a transfer or the like may wait for a person when no card waits with it."""

ALIASES: Final = {"stripe": "card"}
IN_APP: Final = "sdk"
"""How a till says that its own app shows the bank's question, with the provider's SDK."""


@dataclass(frozen=True, slots=True)
class TenderRequest:
    """One payment as the till asks for it; amounts in minor units."""

    method: str
    amount: int
    tip: int = 0
    tendered: int | None = None
    payment_method_ref: str | None = None
    reference: str | None = None
    three_d_secure: str | None = None


@dataclass(frozen=True, slots=True)
class TransactionRequest:
    """What the till asks for, under the command's id."""

    id: TransactionId
    order_id: OrderId
    payments: tuple[TenderRequest, ...]
    currency: str | None
    drawer_session_id: DrawerSessionId | None
    fixes_draft: bool = False
    """Whether an order that is still a draft is fixed by being paid, in the same commit."""

    @property
    def asks_provider(self) -> bool:
        """Whether a card is to be charged or held."""
        return any(one.payment_method_ref is not None for one in self.payments)


class CardRules(Protocol):
    """What a card provider can take."""

    name: str
    account: str
    return_url: str

    def minimum(self, currency: Currency) -> int:
        """Return the smallest amount in minor units."""
        ...

    def fits(self, amount: Money) -> bool:
        """Whether the provider can express the amount."""
        ...


@dataclass(frozen=True, slots=True)
class Shop:
    """The rules that a new transaction meets."""

    methods: Mapping[str, Method]
    rules: PaymentRules
    cards: CardRules | None


@dataclass(frozen=True, slots=True)
class Owed:
    """What the order still needs, pending and unknown money counted as taken."""

    outstanding: Money

    @property
    def currency(self) -> Currency:
        """The order's currency."""
        return self.outstanding.currency


def open_transaction(
    request: TransactionRequest, owed: Owed, shop: Shop, staff_id: StaffId, now: datetime
) -> Transaction:
    """Make the transaction, undecided; or refuse it with the fact that the cashier needs."""
    if request.currency is not None and request.currency != owed.currency.code:
        message = f"The order is in {owed.currency}, not {request.currency}."
        raise errors.CurrencyMismatch(message, currency=owed.currency.code)
    tenders = tuple(
        _tender(request, position, payment, owed.currency, shop)
        for position, payment in enumerate(request.payments)
    )
    _must_fit_what_is_owed(tenders, owed, shop)
    has_cards = any(tender.is_provided for tender in tenders)
    patience = timedelta(seconds=shop.rules.action_deadline_seconds)
    return Transaction(
        id=request.id,
        order_id=request.order_id,
        currency=owed.currency,
        goal=Goal.COMPLETE,
        status=Status.PROCESSING,
        tenders=tenders,
        operations=(),
        drawer_session_id=None,
        staff_id=staff_id,
        started_at=now,
        deadline_at=now + (patience if has_cards else CONFIRMATION_DEADLINE),
    )


def _must_fit_what_is_owed(tenders: tuple[Tender, ...], owed: Owed, shop: Shop) -> None:
    amount = total((tender.amount for tender in tenders), owed.currency)
    rest = owed.outstanding - amount
    if rest.minor < 0:
        message = f"The order still needs {owed.outstanding}, not {amount}."
        raise errors.OrderOverpaid(message, outstanding=owed.outstanding.minor)
    if rest and not shop.rules.allow_partial_payments:
        message = f"The order needs {owed.outstanding} in full, not {amount}."
        raise errors.PartialPaymentNotAllowed(message, outstanding=owed.outstanding.minor)
    change = total((t.change for t in tenders if t.change is not None), owed.currency)
    limit = shop.rules.change_limit_minor if shop.rules.allow_overpayment else 0
    if change.minor > limit:
        message = f"The change would be {change}; {Money(limit, owed.currency)} may be given."
        raise errors.ChangeLimitExceeded(message, change=change.minor, limit=limit)
    if shop.cards is not None and rest and any(tender.is_provided for tender in tenders):
        minimum = shop.cards.minimum(owed.currency)
        if rest.minor < minimum:
            message = f"That would leave {rest}, less than a card may pay."
            raise errors.AmountBelowMinimum(message, minimum=minimum, left=rest.minor)


def _tender(
    request: TransactionRequest, position: int, payment: TenderRequest, unit: Currency, shop: Shop
) -> Tender:
    code = ALIASES.get(payment.method, payment.method)
    method = shop.methods.get(code)
    if method is None:
        message = f"There is no payment method {payment.method!r}."
        raise errors.UnknownMethod(message, method=payment.method)
    kind = _TYPES.get(method.type)
    if not method.enabled or kind is None:
        message = f"{method.name} is not enabled."
        raise errors.MethodNotEnabled(message, method=code)
    _must_have_its_fields(position, payment, kind)
    _must_meet_limits(method, payment)
    if method.requires_reference and not payment.reference:
        message = f"{method.name} needs a reference."
        raise errors.ReferenceRequired(message, method=code)
    amount, tip = Money(payment.amount, unit), Money(payment.tip, unit)
    tendered, change = _cash(payment, amount + tip) if kind is TenderType.CASH else (None, None)
    tender = Tender(
        id=TenderId(derive(request.id, f"tender:{position}")),
        position=position,
        method=code,
        type=kind,
        state=TenderState.PENDING,
        amount=amount,
        tip=tip,
        tendered=tendered,
        change=change,
        reference=payment.reference,
        single_use_reference=method.reference_single_use and payment.reference is not None,
        needs_confirmation=kind is TenderType.MANUAL and method.needs_confirmation,
        payment_method_ref=payment.payment_method_ref,
    )
    if kind is not TenderType.CARD:
        return tender
    return _with_card(tender, shop, in_app=payment.three_d_secure == IN_APP)


_TYPES: Final = {
    MethodType.CASH: TenderType.CASH,
    MethodType.CARD: TenderType.CARD,
    MethodType.MANUAL: TenderType.MANUAL,
}

_ONLY_FOR: Final = {
    "tendered": (TenderType.CASH, "tendered"),
    "payment_method_ref": (TenderType.CARD, "payment_method_id"),
    "three_d_secure": (TenderType.CARD, "three_d_secure"),
}


def _must_have_its_fields(position: int, payment: TenderRequest, kind: TenderType) -> None:
    for attribute, (only, name) in _ONLY_FOR.items():
        if getattr(payment, attribute) is not None and kind is not only:
            raise _invalid(position, name, f"Only a {only} payment has `{name}`.")
    if kind is TenderType.CARD and payment.payment_method_ref is None:
        raise _invalid(position, "payment_method_id", "A card payment needs `payment_method_id`.")


def _invalid(position: int, name: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": f"/payments/{position}/{name}", "detail": detail}])


def _must_meet_limits(method: Method, payment: TenderRequest) -> None:
    low, high = method.min_amount_minor, method.max_amount_minor
    if low is not None and payment.amount < low:
        message = f"{method.name} takes {low} minor units or more."
        raise errors.AmountBelowMinimum(message, minimum=low)
    if high is not None and payment.amount > high:
        message = f"{method.name} takes {high} minor units or less."
        raise errors.AmountInvalid(message, maximum=high)


def _with_card(tender: Tender, shop: Shop, *, in_app: bool) -> Tender:
    """Say who moves its money; refuse what they cannot move."""
    asked = tender.asked
    if shop.cards is None:
        message = "No card provider is set up."
        raise errors.MethodNotEnabled(message, method=tender.method)
    minimum = shop.cards.minimum(asked.currency)
    if asked.minor < minimum:
        message = f"A card pays {Money(minimum, asked.currency)} or more, not {asked}."
        raise errors.AmountBelowMinimum(message, minimum=minimum)
    if not shop.cards.fits(asked):
        message = f"The card provider cannot take {asked}."
        raise errors.AmountInvalid(message, amount=asked.minor)
    return replace(
        tender,
        provider=shop.cards.name,
        provider_account=shop.cards.account,
        return_url=None if in_app else shop.cards.return_url,
    )


def _cash(payment: TenderRequest, asked: Money) -> tuple[Money, Money]:
    tendered = asked if payment.tendered is None else Money(payment.tendered, asked.currency)
    change = tendered - asked
    if change.minor < 0:
        message = f"{tendered} on the counter is less than {asked}."
        raise errors.TenderedTooSmall(message, missing=-change.minor)
    return tendered, change
