"""A device stands at a register, is known by a token told once, and takes everybody out with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.staff import secret_texts
from tests.staff.people import (
    PASSWORD,
    add_device,
    enter,
    give_password,
    give_pin,
    me,
    refresh,
    signed_in,
)
from tests.support.serve import http_client
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Shop, Till


@pytest.fixture
async def admin(shop: Shop) -> AsyncIterator[Till]:
    async with shop.till("admin") as till:
        yield till


@pytest.fixture
async def http(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that has signed in nowhere."""
    async with http_client(base_url=shop.url, timeout=30) as client:
        yield client


async def faces(http: httpx.AsyncClient, token: str, **query: Any) -> httpx.Response:
    headers = {"X-Device-Token": token}
    return await http.get("/api/v1/devices/me/staff", headers=headers, params=query)


async def test_a_device_is_added_once_and_its_token_is_told_once(admin: Till) -> None:
    shop, device_id = admin.shop, str(uuid4())
    path = f"/registers/{shop.register_id()}/devices"

    device = await add_device(admin, id=device_id)
    again = await admin.call("POST", path, {"name": "Tablet", "id": device_id})

    token = device.pop("device_token")
    assert (token[:4], len(token)) == ("fdt_", 47)
    assert device == {
        "id": device_id,
        "register_id": str(shop.register_id()),
        "name": "Tablet",
        "created_by": str(shop.staff_id("admin")),
        "created_at": "2026-03-04T12:00:00Z",
        "revoked_at": None,
    }
    assert said(again, 201) == {**device, "device_token": None}
    assert again.headers["idempotent-replayed"] == "true"
    assert said(await admin.call("GET", path), 200) == {"items": [device], "next": None}
    (row,) = await shop.rows("select * from devices")
    assert row["token_hash"] == secret_texts.hashed(token)
    assert token not in repr(row)
    for other in ({"name": "Phone"}, {}):
        register = shop.register_id(1 if other else 2)
        body = {"name": "Tablet", "id": device_id, **other}
        answer = await admin.call("POST", f"/registers/{register}/devices", body)
        refused(answer, 409, "id-reused")


async def test_the_same_device_at_once_is_one_and_one_answer_has_its_token(admin: Till) -> None:
    device_id = str(uuid4())

    answers = await asyncio.gather(*(add_device(admin, id=device_id) for _ in range(4)))

    assert sum(one["device_token"] is not None for one in answers) == 1
    assert len(await admin.shop.rows("select id from devices")) == 1


async def test_devices_are_paged_and_a_strange_register_has_none(admin: Till) -> None:
    path = f"/registers/{admin.shop.register_id()}/devices"
    made = [await add_device(admin, name=f"Tablet {n}") for n in range(3)]
    ids = sorted(one["id"] for one in made)

    first = said(await admin.call("GET", f"{path}?limit=2"), 200)
    rest = said(await admin.call("GET", f"{path}?limit=2&after={first['next']}"), 200)

    assert [one["id"] for one in first["items"] + rest["items"]] == ids
    assert rest["next"] is None
    async with admin.shop.stranger("admin") as stranger:
        before = await admin.shop.everything()
        for method, at in (("GET", path), ("POST", path), ("DELETE", f"{path}/{ids[0]}")):
            body = {"name": "Mine"} if method == "POST" else None
            refused(await stranger.call(method, at, body), 404, "not-found")
        assert await admin.shop.everything() == before


async def test_a_session_on_a_device_is_bound_to_it_and_its_register(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop = admin.shop
    await give_pin(shop, "cashier")
    device = await add_device(admin, register=2)

    answer = said(await enter(http, device["device_token"], shop.staff_id("cashier")), 200)

    assert answer["staff"]["id"] == str(shop.staff_id("cashier"))
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    shown = said(await me(http, answer["access_token"]), 200)
    assert shown == {**answer["staff"], "register_id": str(shop.register_id(2))}
    other = await add_device(admin)
    async with shop.stranger("admin") as stranger:
        strange = await add_device(stranger)
    for token in (None, "", other["device_token"], strange["device_token"], device["id"]):
        refused(await refresh(http, answer["refresh_token"], token), 401, "unauthenticated")
    fresh = said(await refresh(http, answer["refresh_token"], device["device_token"]), 200)
    assert said(await me(http, fresh["access_token"]), 200) == shown
    rows = await shop.rows("select staff_id from sessions where device_id = $1", device["id"])
    assert rows == [{"staff_id": shop.staff_id("cashier")}]


async def test_a_revoked_device_takes_its_sessions_with_it_at_once(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop = admin.shop
    await give_pin(shop, "cashier", "manager")
    lost, kept = await add_device(admin), await add_device(admin)
    on_lost = [
        said(await enter(http, lost["device_token"], shop.staff_id(who)), 200)
        for who in ("cashier", "manager")
    ]
    on_kept = said(await enter(http, kept["device_token"], shop.staff_id("cashier")), 200)
    path = f"/registers/{shop.register_id()}/devices/{lost['id']}"

    assert (await admin.call("DELETE", path)).status_code == 204

    for one in on_lost:
        refused(await me(http, one["access_token"]), 401, "unauthenticated")
        gone = await refresh(http, one["refresh_token"], lost["device_token"])
        refused(gone, 401, "unauthenticated")
    answer = await enter(http, lost["device_token"], shop.staff_id("cashier"))
    refused(answer, 401, "unauthenticated")
    refused(await faces(http, lost["device_token"]), 401, "unauthenticated")
    said(await me(http, on_kept["access_token"]), 200)
    shop.advance(60)
    assert (await admin.call("DELETE", path)).status_code == 204
    (row,) = await shop.rows("select revoked_at from devices where id = $1", lost["id"])
    assert row["revoked_at"].isoformat() == "2026-03-04T12:00:00+00:00"
    elsewhere = f"/registers/{shop.register_id(2)}/devices/{kept['id']}"
    refused(await admin.call("DELETE", elsewhere), 404, "not-found")
    said(await me(http, on_kept["access_token"]), 200)


async def test_a_device_shows_who_can_sign_in_on_it_and_only_their_names(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop = admin.shop
    await give_pin(shop, "cashier", "manager", "kitchen", "admin")
    await shop.rows("update staff set location_ids = '{}' where role in ('kitchen', 'admin')")
    token = (await add_device(admin))["device_token"]
    names = [
        {"id": str(shop.staff_id(who)), "name": who.title()}
        for who in ("admin", "cashier", "manager")
    ]

    assert said(await faces(http, token), 200) == {"items": names, "next": None}
    first = said(await faces(http, token, limit=2), 200)
    rest = said(await faces(http, token, limit=2, after=first["next"]), 200)
    assert first["items"] + rest["items"] == names
    await shop.rows("update staff set active = false where role = 'cashier'")
    await shop.rows("update registers set active = false where id = $1", shop.register_id(2))
    assert said(await faces(http, token), 200)["items"] == [names[0], names[2]]
    closed = (await add_device(admin, register=2))["device_token"]
    for strange in (closed, "", "fdt_" + "x" * 43):
        refused(await faces(http, strange), 401, "unauthenticated")


async def test_an_admin_on_a_device_works_where_it_stands_and_nowhere_else(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop = admin.shop
    await give_pin(shop, "admin")
    branch = {"name": "Branch", "country": "GB", "currency": "GBP", "timezone": "Europe/London"}
    branch = said(await admin.call("POST", "/locations", branch), 201)
    bar = {"location_id": branch["id"], "name": "Bar"}
    bar = said(await admin.call("POST", "/registers", bar), 201)
    device = await add_device(admin)
    answer = said(await enter(http, device["device_token"], shop.staff_id("admin")), 200)
    headers = {"Authorization": f"Bearer {answer['access_token']}"}

    for register_id, status in ((bar["id"], 403), (str(shop.register_id()), 201)):
        line = {"product_id": str(shop.product_id("penny")), "quantity": 1}
        order = {"register_id": register_id, "lines": [line]}
        made = await http.post("/api/v1/orders", json=order, headers=headers)
        assert made.status_code == status, made.text


async def test_the_same_text_key_on_two_devices_names_two_commands(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop, text = admin.shop, "opening-of-the-day-1"
    await give_pin(shop, "manager")
    for register in (1, 2):
        device = await add_device(admin, register=register)
        answer = said(await enter(http, device["device_token"], shop.staff_id("manager")), 200)
        opened = await http.post(
            "/api/v1/drawers/sessions",
            json={"register_id": str(shop.register_id(register)), "opening_amount": 0},
            headers={
                "Authorization": f"Bearer {answer['access_token']}",
                "Idempotency-Key": text,
            },
        )
        said(opened, 201)

    assert len(await shop.rows("select id from drawer_sessions")) == 2


async def test_another_pin_ends_what_the_old_one_began_and_nothing_else(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop = admin.shop
    await give_password(shop)
    await give_pin(shop, "cashier", "manager")
    device = (await add_device(admin))["device_token"]
    stolen, other = [
        said(await enter(http, device, shop.staff_id(who)), 200) for who in ("cashier", "manager")
    ]
    page = await signed_in(http, shop.email("cashier"))

    path = f"/staff/{shop.staff_id('cashier')}"
    said(await admin.call("PATCH", path, {"name": "Cas"}), 200)
    said(await me(http, stolen["access_token"]), 200)
    said(await admin.call("PATCH", path, {"pin": None}), 200)

    refused(await me(http, stolen["access_token"]), 401, "unauthenticated")
    refused(await refresh(http, stolen["refresh_token"], device), 401, "unauthenticated")
    for kept in (other, page):
        said(await me(http, kept["access_token"]), 200)
    again = said(await enter(http, device, shop.staff_id("manager")), 200)
    http.headers["Authorization"] = f"Bearer {again['access_token']}"
    own = {"password": PASSWORD, "pin": "1234"}
    assert (await http.put("/api/v1/auth/me/pin", json=own)).status_code == 204
    said(await me(http, again["access_token"]), 200)
    refused(await me(http, other["access_token"]), 401, "unauthenticated")


async def test_nobody_is_signed_in_at_a_register_that_is_out_of_use(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop = admin.shop
    await give_pin(shop, "cashier")
    device = (await add_device(admin))["device_token"]
    tokens = said(await enter(http, device, shop.staff_id("cashier")), 200)
    path = f"/registers/{shop.register_id()}"

    said(await admin.call("PATCH", path, {"active": False}), 200)

    refused(await me(http, tokens["access_token"]), 401, "unauthenticated")
    refused(await refresh(http, tokens["refresh_token"], device), 401, "unauthenticated")
    said(await admin.call("PATCH", path, {"active": True}), 200)
    said(await refresh(http, tokens["refresh_token"], device), 200)


async def test_a_device_shows_the_kitchen_of_its_own_place_only(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop = admin.shop
    await give_pin(shop, "admin")
    branch = {"name": "Branch", "country": "GB", "currency": "GBP", "timezone": "Europe/London"}
    branch = said(await admin.call("POST", "/locations", branch), 201)
    bar = {"location_id": branch["id"], "name": "Bar"}
    bar = said(await admin.call("POST", "/registers", bar), 201)
    there = said(await admin.call("POST", f"/registers/{bar['id']}/devices", {"name": "Pad"}), 201)
    await shop.rows("update settings set send_unpaid_orders_to_kitchen = true returning version")
    order = await admin.order("meal")
    said(await admin.call("POST", f"/orders/{order['id']}/send"), 200)

    seen = []
    for device in (there, await add_device(admin)):
        entered = said(await enter(http, device["device_token"], shop.staff_id("admin")), 200)
        http.headers["Authorization"] = f"Bearer {entered['access_token']}"
        seen.append(said(await http.get("/api/v1/kitchen/tickets"), 200)["items"])
    assert [len(one) for one in seen] == [0, 1]
