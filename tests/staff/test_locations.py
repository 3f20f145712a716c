"""Where a shop sells: what a location may be, and what the next order and drawer make of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.drawers.hands import count_and_close
from tests.support.locks import until_somebody_waits
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Till

BRANCH: dict[str, Any] = {
    "name": "Branch",
    "country": "FR",
    "currency": "EUR",
    "timezone": "Europe/Paris",
}


@pytest.fixture
async def admin(till: Till) -> AsyncIterator[Till]:
    """Return the admin, who works everywhere."""
    async with till.shop.till("admin") as admin:
        yield admin


async def change(admin: Till, **wish: object) -> httpx.Response:
    return await admin.call("PATCH", f"/locations/{admin.shop.location_id}", wish)


async def test_a_location_ends_its_day_at_four_unless_it_says_so(admin: Till) -> None:
    plain = said(await admin.call("POST", "/locations", BRANCH), 201)
    early = said(await admin.call("POST", "/locations", {**BRANCH, "day_cutoff": "00:00"}), 201)
    exact = said(await admin.call("POST", "/locations", {**BRANCH, "day_cutoff": "23:59:59"}), 201)

    assert plain == {
        **BRANCH,
        "id": plain["id"],
        "day_cutoff": "04:00:00",
        "active": True,
        "version": 1,
        "created_at": "2026-03-04T12:00:00Z",
    }
    assert (early["day_cutoff"], exact["day_cutoff"]) == ("00:00:00", "23:59:59")


WRONG: list[tuple[str, object]] = [
    *(("currency", code) for code in ("XXX", "XAU", "gbp", "GB", "GBPS", "GBP\n", "", None, 826)),
    *(
        ("timezone", zone)
        for zone in ("Europe/Paradise", "../etc/passwd", "europe/paris", "Europe")
    ),
    *(("timezone", zone) for zone in ("localtime", "+01:00", "Europe/Paris\n", "", "x" * 65, None)),
    *(("country", code) for code in ("gb", "GBR", "G", "G1", "ZZ", "GB\n", "", None)),
    *(("day_cutoff", at) for at in ("24:00", "4:00", "04:60", "04:00:60", "04", "04:00\n", "noon")),
    *(("day_cutoff", at) for at in ("04:00Z", "04:00:00.5", "", None, 4)),
    *(("name", name) for name in ("", "two\nlines", "end\n", "x" * 201, "a\0b", None, 1)),
    *(("version", version) for version in (0, -1, 1.5, "1", True, None, 2**63)),
    *(("active", value) for value in (0, "true", None)),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
async def test_what_no_location_can_be_is_pointed_at(admin: Till, name: str, value: object) -> None:
    before = await admin.shop.everything()

    problems = [refused(await change(admin, **{name: value}), 400, "invalid-request")]
    if name not in {"version", "active"}:
        made = await admin.call("POST", "/locations", {**BRANCH, name: value})
        problems.append(refused(made, 400, "invalid-request"))

    assert {problem["errors"][0]["pointer"] for problem in problems} == {f"/{name}"}
    assert await admin.shop.everything() == before


async def test_the_next_order_obeys_the_clock_of_its_location(admin: Till) -> None:
    said(await change(admin, timezone="Asia/Tokyo", day_cutoff="21:00:01"), 200)

    for seconds in (0, 1):  # In Tokyo it is 21:00:00, then 21:00:01.
        admin.shop.advance(seconds)
        await admin.order("meal")

    days = await admin.shop.rows("select business_day::text as day, number from orders")
    assert sorted((one["day"], one["number"]) for one in days) == [
        ("2026-03-03", 1),
        ("2026-03-04", 1),
    ]


async def test_the_currency_is_fixed_by_the_first_order(admin: Till) -> None:
    assert said(await change(admin, currency="EUR"), 200)["currency"] == "EUR"
    assert said(await change(admin, currency="GBP"), 200)["version"] == 3
    await admin.order("meal")
    before = await admin.shop.everything()

    refused(await change(admin, currency="EUR", name="New"), 409, "currency-fixed")

    assert await admin.shop.everything() == before
    said(await change(admin, currency="GBP", name="New"), 200)


async def test_an_order_at_the_moment_of_another_currency_has_that_one(admin: Till) -> None:
    location_id = str(admin.shop.location_id)
    async with admin.shop.wiring.db.transaction(admin.shop.merchant_id) as tx:
        await tx.fetch("update locations set currency = 'EUR' where currency = 'GBP' returning id")
        body = {"location_id": location_id, "lines": []}
        ordering = asyncio.create_task(admin.call("POST", "/orders", body))
        await until_somebody_waits(tx)

    assert said(await ordering, 201)["currency"] == "EUR"
    refused(await change(admin, currency="GBP"), 409, "currency-fixed")


@pytest.mark.parametrize("kind", ["location", "register"])
async def test_what_is_not_in_use_takes_nothing_new_and_finishes_what_is_open(
    till: Till, admin: Till, kind: str
) -> None:
    ids = {"location": admin.shop.location_id, "register": admin.shop.register_id(1)}
    path, register = f"/{kind}s/{ids[kind]}", str(admin.shop.register_id(1))
    session = await till.open_drawer()
    order, unpaid = await till.order("meal"), await till.order("penny")
    said(await admin.call("PATCH", path, {"active": False}), 200)
    before = await admin.shop.everything()

    taken = await admin.call("POST", "/orders", {"register_id": register, "lines": []})
    problem = refused(taken, 400, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/register_id"
    assert await admin.shop.everything() == before

    said(await till.pay(order, cash(1000)), 200)
    assert (await till.look(unpaid))["amount_due"] == 1
    closed = await count_and_close(till, session, left=0, deposit=11_000)
    assert closed["variance"] == 0
    before = await admin.shop.everything()
    opened = {"register_id": register, "opening_amount": 0}
    problem = refused(await till.call("POST", "/drawers/sessions", opened), 400, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/register_id"
    assert await admin.shop.everything() == before

    said(await admin.call("PATCH", path, {"active": True}), 200)
    await till.open_drawer()
    said(await till.pay(unpaid, cash(1)), 200)


async def test_a_register_stays_at_its_location(admin: Till) -> None:
    before = await admin.shop.everything()

    path, wish = f"/registers/{admin.shop.register_id(1)}", {"location_id": str(uuid4())}
    refused(await admin.call("PATCH", path, wish), 400, "invalid-request")

    assert await admin.shop.everything() == before


async def test_a_drawer_that_counts_another_currency_takes_no_cash(admin: Till) -> None:
    session = await admin.open_drawer()
    said(await change(admin, currency="EUR"), 200)
    await admin.shop.rows("update products set currency = 'EUR' returning id")
    order = await admin.order("meal")
    before = await admin.shop.everything()

    problem = refused(await admin.pay(order, cash(1000)), 422, "drawer-session-mismatch")

    assert problem["detail"] == "That drawer holds GBP, not EUR."
    assert await admin.shop.everything() == before
    await count_and_close(admin, session, left=0, deposit=10_000)
    await admin.open_drawer()
    said(await admin.pay(order, cash(1000)), 200)
