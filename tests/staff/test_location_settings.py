"""Rules that hold at one location: its own where it has one, else the merchant's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from tests.drawers.hands import close, count
from tests.staff.test_settings import DEFAULTS
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Shop, Till

NOT_ITS_OWN: Final = {
    *("auto_reconcile_cash", "action_deadline_seconds", "payment_declines_until_told", "version"),
}
RULES: Final = {name: value for name, value in DEFAULTS.items() if name not in NOT_ITS_OWN}


def path(shop: Shop) -> str:
    return f"/locations/{shop.location_id}/settings"


async def rules(till: Till) -> dict[str, Any]:
    return said(await till.call("GET", path(till.shop)), 200)


async def change(till: Till, **wish: object) -> httpx.Response:
    async with till.shop.till("admin") as admin:
        return await admin.call("PATCH", path(till.shop), wish)


async def test_a_location_has_the_merchants_rules(till: Till) -> None:
    assert await rules(till) == {
        "location_id": str(till.shop.location_id),
        **RULES,
        "own": [],
        "version": 1,
        "updated_at": None,
    }


async def test_each_rule_is_its_own_or_the_merchants_again(till: Till) -> None:
    version = 1
    async with till.shop.till("admin") as admin:
        for name, was in RULES.items():
            other = not was if isinstance(was, bool) else was + 60

            own = said(await admin.call("PATCH", path(till.shop), {name: other}), 200)

            assert own == await rules(till)
            assert (own["own"], own["version"]) == ([name], version + 1)
            assert {rule: own[rule] for rule in RULES} == {**RULES, name: other}
            back = {name: None, "version": version + 1}
            said(await admin.call("PATCH", path(till.shop), back), 200)
            version += 2
        assert {name: (await rules(till))[name] for name in RULES} == RULES
        # What is not its own follows the merchant's.
        said(await admin.call("PATCH", path(till.shop), {"change_limit": 0}), 200)
        wish = {"change_limit": 7, "drawer_tolerance": 8}
        said(await admin.call("PATCH", "/settings", wish), 200)
        found = await rules(till)
        assert (found["change_limit"], found["drawer_tolerance"]) == (0, 8)
        assert found["own"] == ["change_limit"]


async def test_the_next_payment_there_obeys_and_others_do_not(till: Till) -> None:
    shop = till.shop
    kiosk = {"name": "Kiosk", "country": "GB", "currency": "GBP", "timezone": "Europe/London"}
    async with shop.till("admin") as admin:
        branch = said(await admin.call("POST", "/locations", kiosk), 201)["id"]
        wish = {"change_limit": 500, "allow_partial_payments": False}
        said(await admin.call("PATCH", f"/locations/{branch}/settings", wish), 200)
        register = {"location_id": branch, "name": "Kiosk till"}
        register_id = said(await admin.call("POST", "/registers", register), 201)["id"]
        opening = {"register_id": register_id, "opening_amount": 0}
        said(await admin.call("POST", "/drawers/sessions", opening), 201)
        lines = [{"product_id": str(shop.product_id("meal")), "quantity": 1}]
        body = {"register_id": register_id, "lines": lines}
        there = said(await admin.call("POST", "/orders", body), 201)
        said(await admin.call("POST", f"/orders/{there['id']}/validate", {}), 200)

        refused(await admin.pay(there, cash(400)), 422, "partial-payment-not-allowed")
        refused(await admin.pay(there, cash(1000, tendered=1501)), 422, "change-limit-exceeded")
        said(await admin.pay(there, cash(1000, tendered=1500)), 200)

    await till.open_drawer()
    said(await till.pay(await till.order("meal"), cash(400)), 200)
    said(await till.pay(await till.order("meal"), cash(1000, tendered=1501)), 200)


async def test_the_next_drawer_there_obeys(till: Till) -> None:
    said(await change(till, drawer_tolerance=500, opening_balance_required=False), 200)
    opening = {"register_id": str(till.shop.register_id())}

    drawer = said(await till.call("POST", "/drawers/sessions", opening), 201)
    said(await count(till, drawer, 500), 200)

    said(await close(till, drawer, 500), 200)


async def test_who_was_slower_is_told(till: Till) -> None:
    said(await change(till, change_limit=5, version=1), 200)
    before = await till.shop.everything()

    answer = await change(till, change_limit=6, version=1)

    assert refused(answer, 409, "version-conflict")["version"] == 2
    assert await till.shop.everything() == before


async def test_of_two_changes_at_once_for_one_version_one_holds(till: Till) -> None:
    answers = await asyncio.gather(*(change(till, change_limit=n, version=1) for n in range(6)))

    (won,) = [one for one in answers if one.status_code == 200]
    assert sorted(one.status_code for one in answers) == [200, *[409] * 5]
    assert await rules(till) == won.json()


async def test_what_is_no_rule_of_a_location_changes_none(till: Till) -> None:
    before = await till.shop.everything()

    for wish in (
        *({"action_deadline_seconds": 60}, {"auto_reconcile_cash": False}, {"surprise": 1}),
        *({"change_limit": -1}, {"change_limit": 1.5}, {"allow_overpayment": 1}),
    ):
        refused(await change(till, **wish), 400, "invalid-request")

    assert await till.shop.everything() == before


async def test_only_an_admin_changes_them_and_only_those_of_the_shop(till: Till) -> None:
    before = await till.shop.everything()

    for who in ("cashier", "kitchen", "manager"):
        async with till.shop.till(who) as somebody:
            wish = {"change_limit": 1}
            refused(await somebody.call("PATCH", path(till.shop), wish), 403, "forbidden")
    async with till.shop.stranger("admin") as stranger:
        for at in (path(till.shop), f"/locations/{uuid4()}/settings"):
            refused(await stranger.call("GET", at), 404, "not-found")
            refused(await stranger.call("PATCH", at, {"change_limit": 1}), 404, "not-found")

    assert await till.shop.everything() == before
