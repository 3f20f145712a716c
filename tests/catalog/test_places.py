"""What differs at a location: how it is taxed there, and what is sold out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.catalog.test_changes import rate_of, told
from tests.support.locks import until_somebody_waits
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Shop, Till


async def branch(shop: Shop) -> str:
    """Open a second location in the same currency."""
    body = {"name": "Kiosk", "country": "GB", "currency": "GBP", "timezone": "Europe/London"}
    async with shop.till("admin") as admin:
        opened: str = said(await admin.call("POST", "/locations", body), 201)["id"]
    return opened


async def rate(till: Till, name: str, points: int) -> str:
    body = {"name": name, "rate_basis_points": points}
    made: str = said(await till.call("POST", "/tax-rates", body), 201)["id"]
    return made


def lines(till: Till, *names: str) -> list[dict[str, Any]]:
    return [{"product_id": str(till.shop.product_id(name)), "quantity": 1} for name in names]


async def apply(till: Till, location: object, of: str, applied: str | None) -> httpx.Response:
    body = {"applied_rate_id": applied}
    return await till.call("PUT", f"/locations/{location}/tax-rates/{of}", body)


async def test_tr42_a_location_taxes_by_its_own_rate_and_books_it_there(till: Till) -> None:
    shop, vat = till.shop, rate_of(till.shop)
    await till.open_drawer()
    before = await till.order("meal")
    away = await rate(till, "Takeaway", 500)
    kiosk = await branch(shop)

    set_here = said(await apply(till, shop.location_id, vat, away), 200)
    again = said(await apply(till, shop.location_id, vat, away), 200)
    here = await till.order("meal")
    async with shop.till("admin") as admin:
        body = {"location_id": kiosk, "lines": lines(till, "meal")}
        there = said(await admin.call("POST", "/orders", body), 201)

    assert set_here == again
    assert set_here == {
        "tax_rate_id": vat,
        "name": "VAT",
        "applied_rate_id": away,
        "rate_basis_points": 500,
    }
    assert [one["tax_total"] for one in (before, here, there)] == [167, 48, 167]
    assert await till.look(before) == before
    for order in (before, here):
        said(await till.pay(order, cash(1000)), 200)
    assert await till.balance(f"tax_payable:{vat}") == -167
    assert await till.balance(f"tax_payable:{away}") == -48

    for _ in range(2):
        back = said(await apply(till, shop.location_id, vat, None), 200)
        assert (back["applied_rate_id"], back["rate_basis_points"]) == (None, 2000)
    assert (await till.order("meal"))["tax_total"] == 167
    news = [data for _, _, data in await told(shop) if "location_id" in data]
    assert news == [
        {"version": 1, "tax_rate_id": vat, "location_id": str(shop.location_id)} for _ in range(2)
    ]


async def test_a_rate_that_stands_for_another_is_not_stood_for_itself(till: Till) -> None:
    here, vat = till.shop.location_id, rate_of(till.shop)
    low, none = await rate(till, "Low", 1000), await rate(till, "None", 0)
    said(await apply(till, here, low, none), 200)
    said(await apply(till, here, vat, low), 200)

    assert (await till.order("meal"))["tax_total"] == 91
    listed = said(await till.call("GET", f"/locations/{here}/tax-rates"), 200)
    found = [(one["name"], one["rate_basis_points"]) for one in listed["items"]]
    assert (found, listed["next"]) == ([("VAT", 1000), ("Low", 0), ("None", 0)], None)


async def test_who_changes_lines_there_is_taxed_as_there(till: Till) -> None:
    draft = await till.order("meal", validated=False)
    said(
        await apply(till, till.shop.location_id, rate_of(till.shop), await rate(till, "0", 0)), 200
    )

    body = {"version": draft["version"], "lines": lines(till, "meal", "coffee")}
    changed = said(await till.call("PUT", f"/orders/{draft['id']}/lines", body), 200)

    assert (changed["total"], changed["tax_total"]) == (1333, 0)


async def test_a_rate_that_cannot_be_applied_is_pointed_at(till: Till) -> None:
    shop, vat = till.shop, rate_of(till.shop)
    off = await rate(till, "Off", 100)
    said(await till.call("PATCH", f"/tax-rates/{off}", {"active": False}), 200)
    async with shop.stranger() as stranger:
        theirs = await rate(stranger, "Theirs", 100)
        refused(await apply(stranger, shop.location_id, vat, None), 404, "not-found")
    before = await shop.everything()

    for applied, detail in (
        (theirs, f"There is no tax rate {theirs}."),
        (off, f"The tax rate {off} is not in use."),
        (vat, "A rate stands for itself: say null."),
    ):
        problem = refused(await apply(till, shop.location_id, vat, applied), 400, "invalid-request")
        assert problem["errors"] == [{"pointer": "/applied_rate_id", "detail": detail}]
    refused(await apply(till, shop.location_id, theirs, None), 404, "not-found")
    refused(await apply(till, uuid4(), vat, None), 404, "not-found")
    for who in ("cashier", "kitchen"):
        async with shop.till(who) as somebody:
            refused(await apply(somebody, shop.location_id, vat, None), 403, "forbidden")

    assert await shop.everything() == before


def place(till: Till, name: str, location: object = None) -> str:
    shop = till.shop
    return f"/locations/{location or shop.location_id}/sold-out/{shop.product_id(name)}"


async def sold_out(till: Till, location: object = None) -> list[str]:
    path = f"/locations/{location or till.shop.location_id}/sold-out"
    return [one["name"] for one in said(await till.call("GET", path), 200)["items"]]


async def test_what_is_sold_out_is_not_ordered_there_and_stays_where_it_was(till: Till) -> None:
    shop = till.shop
    draft = await till.order("meal", validated=False)
    kiosk = await branch(shop)
    async with shop.till("kitchen") as cook:
        marked = said(await cook.call("PUT", place(till, "meal"), {}), 200)
        assert said(await cook.call("PUT", place(till, "meal"), {}), 200) == marked
    body = {"register_id": str(shop.register_id()), "lines": lines(till, "coffee", "meal")}
    before = await shop.everything()

    problem = refused(await till.call("POST", "/orders", body), 422, "product-unavailable")

    assert problem["product_ids"] == [str(shop.product_id("meal"))]
    assert await shop.everything() == before
    assert marked == {
        "product_id": str(shop.product_id("meal")),
        "name": "meal",
        "until": None,
        "since": "2026-03-04T12:00:00Z",
        "by": str(shop.staff_id("kitchen")),
    }
    assert (await sold_out(till), await sold_out(till, kiosk)) == (["meal"], [])
    async with shop.till("admin") as admin:
        there = {"location_id": kiosk, "lines": lines(till, "meal")}
        said(await admin.call("POST", "/orders", there), 201)
    # The guests who have it may order more beside it.
    more = {"version": draft["version"], "lines": lines(till, "meal", "coffee")}
    assert said(await till.call("PUT", f"/orders/{draft['id']}/lines", more), 200)["total"] == 1333

    for _ in range(2):
        assert (await till.call("DELETE", place(till, "meal"))).status_code == 204
    said(await till.call("POST", "/orders", body), 201)
    assert await sold_out(till) == []
    location = str(shop.location_id)
    news = {"version": 1, "product_id": str(shop.product_id("meal")), "location_id": location}
    assert [data for _, _, data in await told(shop)] == [news, news]


async def test_what_is_sold_out_until_a_moment_is_there_again_then(till: Till) -> None:
    body = {"register_id": str(till.shop.register_id()), "lines": lines(till, "meal")}
    until = {"until": "2026-03-04T13:30:00+01:00"}
    marked = said(await till.call("PUT", place(till, "meal"), until), 200)
    assert marked["until"] == "2026-03-04T12:30:00Z"
    refused(await till.call("POST", "/orders", body), 422, "product-unavailable")

    till.shop.advance(1800)

    assert await sold_out(till) == []
    said(await till.call("POST", "/orders", body), 201)
    past = await till.call("PUT", place(till, "meal"), until)
    assert refused(past, 400, "invalid-request")["errors"] == [
        {"pointer": "/until", "detail": "This moment is not to come."}
    ]
    for wrong in ("2026-03-04T13:00:00", "soon", 1):
        refused(
            await till.call("PUT", place(till, "meal"), {"until": wrong}), 400, "invalid-request"
        )


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_only_who_cooks_or_leads_there_says_what_is_sold_out(till: Till, method: str) -> None:
    shop = till.shop
    kiosk = await branch(shop)
    body: object = {} if method == "PUT" else None
    said(await till.call("PUT", place(till, "coffee"), {}), 200)
    before = await shop.everything()

    async with shop.till("cashier") as cashier:
        refused(await cashier.call(method, place(till, "coffee"), body), 403, "forbidden")
    elsewhere = await till.call(method, place(till, "coffee", kiosk), body)
    refused(elsewhere, 403, "forbidden")
    unknown = f"/locations/{shop.location_id}/sold-out/{uuid4()}"
    refused(await till.call(method, unknown, body), 404, "not-found")
    async with shop.stranger("admin") as stranger:
        refused(await stranger.call(method, place(till, "coffee"), body), 404, "not-found")
        refused(
            await stranger.call("GET", f"/locations/{shop.location_id}/sold-out"), 404, "not-found"
        )

    assert await shop.everything() == before


async def test_nobody_taxes_a_place_where_they_do_not_work(till: Till) -> None:
    vat, away = rate_of(till.shop), await rate(till, "Takeaway", 500)
    kiosk = await branch(till.shop)
    before = await till.shop.everything()

    for applied in (away, None):
        refused(await apply(till, kiosk, vat, applied), 403, "forbidden")
    refused(await apply(till, uuid4(), vat, away), 404, "not-found")

    assert await till.shop.everything() == before
    async with till.shop.till("admin") as admin:
        said(await apply(admin, kiosk, vat, away), 200)


async def test_a_rate_that_goes_out_of_use_meanwhile_is_not_applied(till: Till) -> None:
    shop, away = till.shop, await rate(till, "Takeaway", 500)
    async with asyncio.TaskGroup() as together, shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetchval("update tax_rates set active = false where id = $1 returning 1", away)
        applying = together.create_task(apply(till, shop.location_id, rate_of(shop), away))
        await until_somebody_waits(tx)

    problem = refused(applying.result(), 400, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/applied_rate_id"


async def test_a_time_that_is_none_in_utc_is_pointed_at(till: Till) -> None:
    late = "9999-12-31T23:59:59-23:59"
    key = {"name": "Web", "scopes": ["orders.read"], "expires_at": late}
    for method, path, body, name in (
        ("PUT", place(till, "meal"), {"until": late}, "until"),
        ("POST", "/api-keys", key, "expires_at"),
    ):
        problem = refused(await till.call(method, path, body), 400, "invalid-request")
        assert problem["errors"] == [
            {"pointer": f"/{name}", "detail": "There is no such time in UTC."}
        ]
