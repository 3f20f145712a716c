"""Changing how a payment method works, and who may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def method(till: Till, code: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = (await till.call("GET", "/payment-methods")).json()
    return next(one for one in found if one["code"] == code)


async def test_a_method_is_switched_off_renamed_and_limited(till: Till) -> None:
    order = await till.order("meal")
    was = await method(till, "card")
    async with till.shop.till("admin") as admin:
        path = f"/payment-methods/{was['id']}"

        wish = {"name": "Plastic", "min_amount": 500, "max_amount": 900, "version": 1}
        now = said(await admin.call("PATCH", path, wish), 200)

        assert now == {**was, **wish, "version": 2}
        problem = refused(await till.pay(order, card(499)), 422, "amount-below-minimum")
        assert problem["minimum"] == 500
        assert refused(await till.pay(order, card(901)), 422, "amount-invalid")["maximum"] == 900
        said(await admin.call("PATCH", path, {"max_amount": None, "enabled": False}), 200)
        refused(await till.pay(order, card(1000)), 422, "method-not-enabled")
        said(await admin.call("PATCH", path, {"enabled": True}), 200)
        said(await till.pay(order, card(1000)), 200)


async def test_a_manual_method_learns_to_ask_for_a_reference(till: Till) -> None:
    await till.open_drawer()
    transfer = await method(till, "bank_transfer")
    wish = {"requires_reference": True, "needs_confirmation": False}
    async with till.shop.till("admin") as admin:
        said(await admin.call("PATCH", f"/payment-methods/{transfer['id']}", wish), 200)
    order = await till.order("meal")

    pay = {"method": "bank_transfer", "amount": 900}
    refused(await till.pay(order, pay), 422, "reference-required")
    paid = said(await till.pay(order, {**pay, "reference": "R 1"}, cash(100)), 200)

    assert paid["transaction"]["status"] == "completed"


@pytest.mark.parametrize(
    ("code", "wish", "pointer"),
    [
        ("cash", {"requires_reference": True}, "/requires_reference"),
        ("card", {"needs_confirmation": True}, "/needs_confirmation"),
        ("apple_pay", {"enabled": True}, "/enabled"),
        ("card", {"min_amount": 5, "max_amount": 4}, "/max_amount"),
        ("card", {"min_amount": 0}, "/min_amount"),
        ("card", {"min_amount": "5"}, "/min_amount"),
        ("card", {"name": ""}, "/name"),
        ("card", {"name": "a\u0000b"}, "/name"),
        ("card", {"name": "two\nlines"}, "/name"),
        ("card", {"enabled": 1}, "/enabled"),
        ("card", {"type": "cash"}, ""),
        ("card", [], ""),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    till: Till, code: str, wish: object, pointer: str
) -> None:
    was = await method(till, code)
    async with till.shop.till("admin") as admin:
        answer = await admin.call("PATCH", f"/payment-methods/{was['id']}", wish)

    assert refused(answer, 400, "invalid-request")["errors"][0]["pointer"] == pointer
    assert await method(till, code) == was


async def test_who_was_slower_is_told(till: Till) -> None:
    was = await method(till, "cash")
    async with till.shop.till("admin") as admin:
        path = f"/payment-methods/{was['id']}"
        said(await admin.call("PATCH", path, {"name": "Notes", "version": 1}), 200)

        problem = refused(
            await admin.call("PATCH", path, {"name": "Coins", "version": 1}),
            409,
            "version-conflict",
        )

    assert problem["version"] == 2
    assert (await method(till, "cash"))["name"] == "Notes"


@pytest.mark.parametrize("who", ["cashier", "manager", "kitchen"])
async def test_only_an_admin_changes_a_method(till: Till, who: str) -> None:
    was = await method(till, "cash")

    async with till.shop.till(who) as other:
        answer = await other.call("PATCH", f"/payment-methods/{was['id']}", {"enabled": False})

    refused(answer, 403, "forbidden")
    assert await method(till, "cash") == was


async def test_another_merchants_method_does_not_exist(till: Till) -> None:
    mine = await method(till, "cash")
    async with till.shop.stranger("admin") as stranger:
        for method_id in (mine["id"], str(UUID(int=0))):
            answer = await stranger.call("PATCH", f"/payment-methods/{method_id}", {"name": "X"})
            refused(answer, 404, "not-found")

    assert await method(till, "cash") == mine
