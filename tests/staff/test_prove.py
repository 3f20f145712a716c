"""Somebody who stands at another's till proves who they are, and what they may do then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fynlo.kernel.errors import Forbidden
from fynlo.staff import Actor, Permission, Role, prove, vouch
from fynlo.staff.limits import TooManyAttempts
from fynlo.staff.model import ProofInvalid
from tests.staff.people import (
    PASSWORD,
    PIN,
    fail_at,
    failed_at,
    failures,
    give_password,
    give_pin,
    wrong_proofs,
)

if TYPE_CHECKING:
    from fynlo.staff import Proven
    from tests.support.shop import Shop


@pytest.fixture
async def proven(shop: Shop) -> Proven:
    """Return a manager's proof; everybody has a password, and some have a PIN."""
    await give_password(shop)
    await give_pin(shop, "manager", "cashier")
    return await prove(shop.ports(), shop.merchant_id, shop.staff_id("manager"), pin=PIN)


async def approve(
    shop: Shop, proven: Proven, permission: Permission | None = Permission.REFUNDS_APPROVE
) -> Actor:
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        return await vouch(tx, proven, permission)


async def test_a_pin_or_a_password_proves_who_it_is(shop: Shop, proven: Proven) -> None:
    manager = Actor(
        shop.staff_id("manager"), "Manager", Role.MANAGER, frozenset({shop.location_id})
    )
    by_password = await prove(
        shop.ports(), shop.merchant_id, shop.staff_id("manager"), password=PASSWORD
    )

    assert await approve(shop, proven) == await approve(shop, by_password) == manager
    assert await approve(shop, proven, None) == manager


async def test_a_proof_gives_no_right_that_its_person_has_not(shop: Shop, proven: Proven) -> None:
    cashier = await prove(shop.ports(), shop.merchant_id, shop.staff_id("cashier"), pin=PIN)

    with pytest.raises(Forbidden) as refusal:
        await approve(shop, cashier)
    assert refusal.value.facts == {"permission": "refunds.approve"}


async def test_what_is_wrong_is_counted_though_nothing_else_is_written(
    shop: Shop, proven: Proven
) -> None:
    ports, merchant_id = shop.ports(), shop.merchant_id
    manager, subject = shop.staff_id("manager"), f"pin:{merchant_id}:{shop.staff_id('manager')}"
    with pytest.raises(ProofInvalid):
        await prove(ports, merchant_id, manager, password=PIN)
    assert await wrong_proofs(shop, "manager") == 1
    assert await failures(shop, shop.email("manager")) == 0
    await fail_at(shop, subject, 4)
    for who, pin in ((manager, "1111"), (shop.staff_id("admin"), PIN), (uuid4(), PIN)):
        with pytest.raises(ProofInvalid):
            await prove(ports, merchant_id, who, pin=pin)
    with pytest.raises(TooManyAttempts):
        await prove(ports, merchant_id, manager, pin=PIN)
    assert await failed_at(shop, subject) == 5


async def test_somebody_unknown_has_no_password_either(shop: Shop, proven: Proven) -> None:
    with pytest.raises(ProofInvalid):
        await prove(shop.ports(), shop.merchant_id, uuid4(), password=PASSWORD)


async def test_six_guesses_at_once_are_five_tries(shop: Shop, proven: Proven) -> None:
    manager = shop.staff_id("manager")

    errors = await asyncio.gather(
        *(prove(shop.ports(), shop.merchant_id, manager, pin=f"900{n}") for n in range(6)),
        return_exceptions=True,
    )

    kinds = sorted(type(one).__name__ for one in errors)
    assert kinds == ["ProofInvalid"] * 5 + ["TooManyAttempts"]


@pytest.mark.parametrize("what", ["active = false", "pin_hash = null"])
async def test_a_proof_falls_with_what_it_was_given_by(
    shop: Shop, proven: Proven, what: str
) -> None:
    await shop.rows(f"update staff set {what} where role = 'manager'")

    with pytest.raises(ProofInvalid):
        await approve(shop, proven)


async def test_no_proof_is_given_without_something_to_prove_it(shop: Shop) -> None:
    with pytest.raises(AssertionError):
        await prove(shop.ports(), shop.merchant_id, uuid4())
