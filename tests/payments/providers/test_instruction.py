"""What a provider is told of an operation, and whether it may have heard it before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from fynlo.kernel.ids import MerchantId
from fynlo.kernel.money import Money
from fynlo.payments.model.plan import decide
from fynlo.payments.perform import instruction
from fynlo.payments.store import provider_key
from tests.payments.shapes import GBP, LEASE, NOW, card, opened

MERCHANT = MerchantId(UUID(int=8))


def test_the_amount_of_an_instruction_includes_its_tip() -> None:
    decision = decide(opened(card(1000, tip=150)), NOW, LEASE)
    (operation,) = decision.sends

    told = instruction(MERCHANT, 7, decision.transaction, operation, NOW)

    assert (told.amount, told.tip) == (Money(1150, GBP), Money(150, GBP))
    assert told.key == provider_key(MERCHANT, operation.id)
    assert (told.payment_method_ref, told.reference) == ("pm_card_visa", None)
    assert (told.account, told.return_url) == ("mark", "https://till.test/pay/return")
    assert told.age == timedelta(0)


def test_a_clock_that_was_set_back_makes_no_call_younger_than_it_is() -> None:
    decision = decide(opened(card(1000)), NOW, LEASE)
    (operation,) = decision.sends

    told = instruction(MERCHANT, 7, decision.transaction, operation, NOW - timedelta(hours=1))

    assert told.age == timedelta(0)


@pytest.mark.parametrize("looks", [1, 2, 30])
def test_a_later_sending_is_told_as_one_and_differs_in_nothing_else(looks: int) -> None:
    decision = decide(opened(card(1000)), NOW, LEASE)
    (operation,) = decision.sends
    later = replace(operation, looks=looks, lease_until=NOW + timedelta(hours=1))

    first = instruction(MERCHANT, 7, decision.transaction, operation, NOW)
    again = instruction(MERCHANT, 7, decision.transaction, later, NOW + timedelta(hours=1))

    assert not first.is_repeat
    assert again == replace(first, is_repeat=True, age=timedelta(hours=1))
