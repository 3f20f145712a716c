"""The rules of the shop: read by all who work there, changed by an admin, obeyed at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till

DEFAULTS: dict[str, Any] = {
    "allow_partial_payments": True,
    "allow_overpayment": True,
    "change_limit": 10_000,
    "drawer_tolerance": 100,
    "require_manager_approval": True,
    "approval_threshold": 0,
    "auto_reconcile_cash": True,
    "cash_drawer_enabled": True,
    "opening_balance_required": True,
    "closing_balance_required": True,
    "send_unpaid_orders_to_kitchen": True,
    "action_deadline_seconds": 900,
    "discount_limit": 0,
    "payment_declines_until_told": 3,
    "version": 1,
}


async def settings(till: Till) -> dict[str, Any]:
    found = said(await till.call("GET", "/settings"), 200)
    found.pop("updated_at")
    return found


async def test_a_new_shop_has_safe_rules(till: Till) -> None:
    assert await settings(till) == DEFAULTS


async def test_every_rule_can_be_changed_by_itself(till: Till) -> None:
    version = 1
    async with till.shop.till("admin") as admin:
        for name, was in [(name, DEFAULTS[name]) for name in DEFAULTS if name != "version"]:
            wish = {name: not was if isinstance(was, bool) else was + 60}

            said(await admin.call("PATCH", "/settings", {**wish, "version": version}), 200)

            assert await settings(till) == {**DEFAULTS, **wish, "version": version + 1}
            said(await admin.call("PATCH", "/settings", {name: was}), 200)
            version += 2
    assert await settings(till) == {**DEFAULTS, "version": version}


async def test_the_next_payment_obeys(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    async with till.shop.till("admin") as admin:
        wish = {"allow_partial_payments": False, "change_limit": 500}
        said(await admin.call("PATCH", "/settings", wish), 200)

        refused(await till.pay(order, card(400)), 422, "partial-payment-not-allowed")
        refused(await till.pay(order, cash(1000, tendered=1501)), 422, "change-limit-exceeded")
        said(await admin.call("PATCH", "/settings", {"allow_overpayment": False}), 200)
        refused(await till.pay(order, cash(1000, tendered=1001)), 422, "change-limit-exceeded")

    said(await till.pay(order, cash(1000)), 200)


@pytest.mark.parametrize(
    "wish",
    [
        {"change_limit": -1},
        {"change_limit": 1.5},
        {"change_limit": "100"},
        {"change_limit": None},
        {"allow_overpayment": 1},
        {"action_deadline_seconds": 59},
        {"surprise": True},
    ],
)
async def test_what_is_no_rule_changes_none(till: Till, wish: dict[str, Any]) -> None:
    async with till.shop.till("admin") as admin:
        refused(await admin.call("PATCH", "/settings", wish), 400, "invalid-request")

    assert await settings(till) == DEFAULTS


async def test_who_was_slower_is_told(till: Till) -> None:
    async with till.shop.till("admin") as admin:
        said(await admin.call("PATCH", "/settings", {"drawer_tolerance": 5, "version": 1}), 200)
        answer = await admin.call("PATCH", "/settings", {"drawer_tolerance": 6, "version": 1})

    assert refused(answer, 409, "version-conflict")["version"] == 2
    assert (await settings(till))["drawer_tolerance"] == 5


@pytest.mark.parametrize("who", ["cashier", "manager", "kitchen"])
async def test_only_an_admin_changes_the_rules(till: Till, who: str) -> None:
    async with till.shop.till(who) as other:
        refused(await other.call("PATCH", "/settings", {"change_limit": 1}), 403, "forbidden")

    assert await settings(till) == DEFAULTS
