"""A new transaction is refused for every reason there is, each with the fact that helps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fynlo.kernel.errors import DomainError, Invalid
from fynlo.kernel.money import Money
from fynlo.payments.model import errors
from fynlo.payments.model.opening import Owed, Shop, TenderRequest, open_transaction
from fynlo.payments.model.transaction import Goal, Status, TenderType
from tests.payments.shapes import (
    GBP,
    METHODS,
    NOW,
    RULES,
    STAFF,
    Cards,
    card,
    cash,
    opened,
    request,
)

MANUAL = TenderRequest("points", 200)


def test_cash_and_card_open_one_transaction_of_two_tenders() -> None:
    transaction = opened(cash(500, tendered=1000), card(750, tip=75))

    assert (transaction.goal, transaction.status) == (Goal.COMPLETE, Status.PROCESSING)
    assert [one.type for one in transaction.tenders] == [TenderType.CASH, TenderType.CARD]
    assert transaction.amount == Money(1250, GBP)
    assert transaction.tip == Money(75, GBP)
    assert transaction.change == Money(500, GBP)
    assert transaction.reserved == Money(1250, GBP)
    assert transaction.tenders[1].asked == Money(825, GBP)


def test_the_same_request_opens_the_same_ids() -> None:
    assert opened(cash(1), card(30)) == opened(cash(1), card(30))


def test_stripe_is_an_alias_of_card() -> None:
    tender = opened(TenderRequest("stripe", 100, payment_method_ref="pm_x")).tenders[0]

    assert (tender.method, tender.type, tender.provider) == ("card", TenderType.CARD, "stripe")


def test_exact_cash_needs_no_word_about_what_was_tendered() -> None:
    tender = opened(cash(500, tip=50)).tenders[0]

    assert (tender.tendered, tender.change) == (Money(550, GBP), Money(0, GBP))


REFUSED: list[tuple[str, type[DomainError], dict[str, object], tuple[TenderRequest, ...]]] = [
    ("more than owed", errors.OrderOverpaid, {"outstanding": 10_000}, (cash(10_001),)),
    ("together more", errors.OrderOverpaid, {"outstanding": 10_000}, (cash(9_000), card(1_100))),
    ("too little cash", errors.TenderedTooSmall, {"missing": 1}, (cash(500, tip=1, tendered=500),)),
    (
        "too much change",
        errors.ChangeLimitExceeded,
        {"change": 10_001, "limit": 10_000},
        (cash(100, tendered=10_101),),
    ),
    ("no such method", errors.UnknownMethod, {"method": "gold"}, (TenderRequest("gold", 1),)),
    ("off", errors.MethodNotEnabled, {"method": "cheque"}, (TenderRequest("cheque", 1),)),
    (
        "not built",
        errors.MethodNotEnabled,
        {"method": "apple_pay"},
        (TenderRequest("apple_pay", 1),),
    ),
    ("card too small", errors.AmountBelowMinimum, {"minimum": 30}, (card(29),)),
    ("would leave", errors.AmountBelowMinimum, {"minimum": 30, "left": 29}, (card(9_971),)),
    ("inexpressible", errors.AmountInvalid, {"amount": 107}, (card(107),)),
    (
        "method's minimum",
        errors.AmountBelowMinimum,
        {"minimum": 100},
        (TenderRequest("points", 99),),
    ),
    ("method's maximum", errors.AmountInvalid, {"maximum": 500}, (TenderRequest("points", 501),)),
    (
        "no reference",
        errors.ReferenceRequired,
        {"method": "voucher"},
        (TenderRequest("voucher", 1),),
    ),
]


@pytest.mark.parametrize(
    ("_why", "error", "facts", "payments"), REFUSED, ids=[r[0] for r in REFUSED]
)
def test_a_rule_refuses_with_its_fact(
    _why: str,
    error: type[DomainError],
    facts: dict[str, object],
    payments: tuple[TenderRequest, ...],
) -> None:
    with pytest.raises(error) as refusal:
        opened(*payments)
    assert refusal.value.facts == facts


def test_another_currency_than_the_orders_is_refused() -> None:
    shop = Shop(METHODS, RULES, Cards())
    with pytest.raises(errors.CurrencyMismatch):
        open_transaction(request(cash(1), unit="EUR"), Owed(Money(1, GBP)), shop, STAFF, NOW)
    fitting = open_transaction(request(cash(1), unit="GBP"), Owed(Money(1, GBP)), shop, STAFF, NOW)
    assert fitting.currency is GBP


def test_less_than_owed_is_refused_where_only_full_payment_is_taken() -> None:
    rules = replace(RULES, allow_partial_payments=False)
    with pytest.raises(errors.PartialPaymentNotAllowed) as refusal:
        opened(cash(9_999), rules=rules)
    assert refusal.value.facts == {"outstanding": 10_000}
    assert opened(cash(10_000), rules=rules).amount == Money(10_000, GBP)


def test_no_change_is_given_where_the_shop_gives_none() -> None:
    rules = replace(RULES, allow_overpayment=False)
    with pytest.raises(errors.ChangeLimitExceeded):
        opened(cash(100, tendered=101), rules=rules)
    assert opened(cash(100, tendered=100), rules=rules).change == Money(0, GBP)


def test_tr26_a_twenty_pound_note_pays_a_twelve_pound_bill() -> None:
    assert opened(cash(1200, tendered=2000), owed=1200).change == Money(800, GBP)


def test_a_card_is_refused_when_no_provider_is_set_up() -> None:
    with pytest.raises(errors.MethodNotEnabled):
        opened(card(100), cards=False)
    assert opened(cash(9_999), cards=False).amount == Money(9_999, GBP)


@pytest.mark.parametrize(
    ("payment", "pointer"),
    [
        (TenderRequest("card", 100), "/payments/0/payment_method_id"),
        (
            TenderRequest("card", 100, payment_method_ref="pm_x", tendered=100),
            "/payments/0/tendered",
        ),
        (TenderRequest("cash", 100, payment_method_ref="pm_x"), "/payments/0/payment_method_id"),
        (TenderRequest("points", 100, tendered=100), "/payments/0/tendered"),
    ],
)
def test_a_field_that_is_not_the_methods_is_pointed_at(
    payment: TenderRequest, pointer: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        opened(payment)
    errors_found = refusal.value.facts["errors"]
    assert isinstance(errors_found, list)
    assert [one["pointer"] for one in errors_found] == [pointer]


def test_a_transfer_waits_a_day_for_a_person_and_a_card_a_quarter_of_an_hour() -> None:
    assert (opened(TenderRequest("transfer", 100)).deadline_at - NOW).total_seconds() == 86_400
    assert (opened(card(100)).deadline_at - NOW).total_seconds() == 900
