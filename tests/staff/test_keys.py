"""An API key acts as itself, within its scopes, and never beyond whoever answers for it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.kernel.ids import StaffId
from fynlo.staff import secret_texts, store_actors, store_people
from fynlo.staff.model import NOT_FOR_KEYS
from fynlo.staff.recognise import recognise
from tests.support.locks import until_somebody_waits
from tests.support.serve import http_client
from tests.support.shop import Till, refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.shop import Shop

SELLS = ["orders.create", "orders.read"]


@pytest.fixture
async def manager(shop: Shop) -> AsyncIterator[Till]:
    async with shop.till("manager") as till:
        yield till


async def make(till: Till, *scopes: str, **more: Any) -> dict[str, Any]:
    body = {"name": "Web shop", "scopes": list(scopes), **more}
    return said(await till.call("POST", "/api-keys", body), 201)


@asynccontextmanager
async def program(shop: Shop, key: str) -> AsyncIterator[Till]:
    """Let a program call with a key."""
    async with http_client(base_url=shop.url, headers={"X-API-Key": key}, timeout=30) as http:
        yield Till(shop, http)


async def test_a_key_is_made_once_and_told_once(manager: Till) -> None:
    shop, key_id = manager.shop, str(uuid4())
    wish = {"id": key_id, "name": "O'Brien's <shop> #5; --", "scopes": [*SELLS, SELLS[0]]}

    made = said(await manager.call("POST", "/api-keys", wish), 201)
    again = await manager.call("POST", "/api-keys", wish)

    key = made.pop("key")
    assert (key[:3], len(key)) == ("fk_", 46)
    assert made == {
        "id": key_id,
        "name": "O'Brien's <shop> #5; --",
        "prefix": key[:8],
        "scopes": SELLS,
        "staff_id": str(shop.staff_id("manager")),
        "created_at": "2026-03-04T12:00:00Z",
        "expires_at": None,
        "last_used_at": None,
    }
    assert said(again, 201) == {**made, "key": None}
    assert again.headers["idempotent-replayed"] == "true"
    assert said(await manager.call("GET", "/api-keys"), 200) == {"items": [made], "next": None}
    (row,) = await shop.rows("select * from api_keys")
    assert row["key_hash"] == secret_texts.hashed(key)
    assert key not in repr(row)
    for other in ({"name": "Shop"}, {"scopes": SELLS[:1]}, {"expires_at": "2027-01-01T00:00:00Z"}):
        answer = await manager.call("POST", "/api-keys", {**wish, **other})
        refused(answer, 409, "id-reused")


async def test_x15_a_key_does_what_its_scopes_say_as_itself_and_nothing_else(
    manager: Till,
) -> None:
    shop = manager.shop
    made = await make(manager, *SELLS)
    async with program(shop, made["key"]) as web:
        order = await web.order("penny")
        before = await shop.everything()
        refused(await web.call("GET", "/staff"), 403, "forbidden")
        problem = refused(await web.pay(order, {"method": "cash", "amount": 1}), 403, "forbidden")
        assert problem["permission"] == "payments.process"
        assert await shop.everything() == before
        shown = said(await web.call("GET", "/auth/me"), 200)
        story = said(await web.call("GET", f"/orders/{order['id']}/explain"), 200)

    (row,) = await shop.rows("select created_by from orders")
    assert str(row["created_by"]) == made["id"] == shown["id"]
    assert {entry["by"] for entry in order["history"]} == {made["id"]}
    assert (shown["name"], shown["email"], shown["permissions"]) == ("Web shop", None, SELLS)
    assert "Web shop" in str(story["evidence"])


async def test_what_its_maker_may_no_more_a_key_may_no_more(manager: Till) -> None:
    shop = manager.shop
    made = await make(manager, "orders.read", "catalog.manage")
    async with program(shop, made["key"]) as web, shop.till("admin") as admin:
        rate = {"name": "Reduced", "rate_basis_points": 500}
        said(await web.call("POST", "/tax-rates", rate), 201)
        path = f"/staff/{shop.staff_id('manager')}"
        said(await admin.call("PATCH", path, {"role": "cashier"}), 200)
        refused(await web.call("POST", "/tax-rates", rate), 403, "forbidden")
        said(await web.call("GET", "/orders"), 200)
        said(await admin.call("PATCH", path, {"active": False}), 200)
        refused(await web.call("GET", "/orders"), 401, "unauthenticated")


async def test_nobody_makes_a_key_that_could_do_more_than_they(manager: Till) -> None:
    before = await manager.shop.everything()

    beyond = {"name": "Web", "scopes": ["orders.read", "settings.manage"]}
    problem = refused(await manager.call("POST", "/api-keys", beyond), 403, "forbidden")
    assert problem["permission"] == "settings.manage"
    async with manager.shop.till("admin") as admin:
        for scope in sorted(NOT_FOR_KEYS):
            body = {"name": "Web", "scopes": ["orders.read", scope]}
            answer = await admin.call("POST", "/api-keys", body)
            assert refused(answer, 400, "invalid-request")["errors"][0]["pointer"] == "/scopes/1"
    for wrong, pointer in (
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["orders.everything"]}, "/scopes/0"),
        ({"expires_at": "2026-03-04T12:00:00Z"}, "/expires_at"),
    ):
        answer = await manager.call("POST", "/api-keys", {"name": "Web", "scopes": SELLS, **wrong})
        assert refused(answer, 400, "invalid-request")["errors"][0]["pointer"] == pointer

    assert await manager.shop.everything() == before


async def test_a_key_ends_by_itself_or_when_it_is_revoked_at_the_next_request(
    manager: Till,
) -> None:
    shop = manager.shop
    brief = await make(manager, *SELLS, expires_at="2026-03-04T12:10:00Z")
    other = await make(manager, *SELLS)
    async with program(shop, brief["key"]) as web, program(shop, other["key"]) as app:
        shop.advance(599)
        said(await web.call("GET", "/orders"), 200)
        shop.advance(1)
        refused(await web.call("GET", "/orders"), 401, "unauthenticated")
        said(await app.call("GET", "/orders"), 200)
        for _ in range(2):
            assert (await manager.call("DELETE", f"/api-keys/{other['id']}")).status_code == 204
        refused(await app.call("GET", "/orders"), 401, "unauthenticated")
    listed = said(await manager.call("GET", "/api-keys"), 200)["items"]
    assert [one["id"] for one in listed] == [brief["id"]]


async def test_tr113_a_manager_regenerates_a_key_and_answers_for_it_from_then_on(
    manager: Till,
) -> None:
    shop = manager.shop
    async with shop.till("admin") as admin:
        old = await make(admin, *SELLS)
        settings = await make(admin, "settings.manage")
    path = f"/api-keys/{old['id']}/regenerate"
    async with shop.till("cashier") as cashier:
        refused(await cashier.call("POST", path), 403, "forbidden")
    beyond = await manager.call("POST", f"/api-keys/{settings['id']}/regenerate")
    assert refused(beyond, 403, "forbidden")["permission"] == "settings.manage"

    new = said(await manager.call("POST", path), 200)

    assert new["key"] != old["key"]
    assert new["prefix"] == new["key"][:8]
    assert new["staff_id"] == str(shop.staff_id("manager"))
    async with program(shop, old["key"]) as before, program(shop, new["key"]) as after:
        refused(await before.call("GET", "/orders"), 401, "unauthenticated")
        said(await after.call("GET", "/orders"), 200)
    async with program(shop, settings["key"]) as untouched:
        said(await untouched.call("PATCH", "/settings", {"change_limit": 1}), 200)
    await manager.call("DELETE", f"/api-keys/{old['id']}")
    refused(await manager.call("POST", path), 404, "not-found")


async def test_the_last_use_is_noted_once_a_minute_however_many_ask_at_once(
    manager: Till,
) -> None:
    shop = manager.shop
    made = await make(manager, *SELLS)

    async def used() -> str:
        (one,) = said(await manager.call("GET", "/api-keys"), 200)["items"]
        return str(one["last_used_at"])

    async with program(shop, made["key"]) as web:
        await asyncio.gather(*(web.call("GET", "/orders") for _ in range(6)))
        assert await used() == "2026-03-04T12:00:00Z"
        shop.advance(59)
        await web.call("GET", "/orders")
        assert await used() == "2026-03-04T12:00:00Z"
        shop.advance(1)
        refused(await web.call("GET", "/staff"), 403, "forbidden")
        assert await used() == "2026-03-04T12:01:00Z"


async def test_keys_are_paged_and_another_shops_are_not_there(manager: Till) -> None:
    ids = sorted([(await make(manager, "orders.read"))["id"] for _ in range(3)])

    first = said(await manager.call("GET", "/api-keys?limit=2"), 200)
    rest = said(await manager.call("GET", f"/api-keys?limit=2&after={first['next']}"), 200)

    assert [one["id"] for one in first["items"] + rest["items"]] == ids
    async with manager.shop.stranger("admin") as stranger:
        before = await manager.shop.everything()
        assert said(await stranger.call("GET", "/api-keys"), 200)["items"] == []
        refused(await stranger.call("DELETE", f"/api-keys/{ids[0]}"), 404, "not-found")
        refused(await stranger.call("POST", f"/api-keys/{ids[0]}/regenerate"), 404, "not-found")
        assert await manager.shop.everything() == before


async def test_a_key_is_no_person_and_no_token(manager: Till) -> None:
    shop = manager.shop
    made = await make(manager, *SELLS)
    async with program(shop, made["key"]) as web:
        said(await web.call("GET", "/orders"), 200)
        before = await shop.everything()
        for method, path, body in (
            ("POST", "/auth/logout", None),
            ("POST", "/auth/password", {"current": "x", "new": "y" * 8}),
            ("PUT", "/auth/me/pin", {"password": "x", "pin": "1234"}),
            ("POST", "/auth/totp", {"password": "x"}),
            ("POST", "/auth/totp/confirm", {"code": "123456"}),
            ("GET", "/auth/sessions", None),
            ("DELETE", "/auth/sessions", None),
            ("DELETE", f"/auth/sessions/{uuid4()}", None),
        ):
            refused(await web.call(method, path, body), 403, "forbidden")
        assert await shop.everything() == before
        web.http.headers["Authorization"] = f"Bearer {made['key']}"
        refused(await web.call("GET", "/orders"), 401, "unauthenticated")
    for wrong in ("fk_unknown", made["prefix"], made["key"] + "x", made["id"]):
        async with program(shop, wrong) as nobody:
            answer = refused(await nobody.call("GET", "/orders"), 401, "unauthenticated")
            assert wrong not in str(answer)


async def test_a_text_key_of_a_program_is_its_own(manager: Till) -> None:
    one, other = await make(manager, "drawer.operate"), await make(manager, "drawer.operate")
    for register, key in ((1, one["key"]), (2, other["key"])):
        async with program(manager.shop, key) as web:
            body = {
                "register_id": str(manager.shop.register_id(register)),
                "opening_amount": 0,
            }
            answer = await web.call("POST", "/drawers/sessions", body, key="opening-of-the-day")
            said(answer, 201)
    caller = await recognise(manager.shop.ports(), one["key"])
    assert (caller.is_key, caller.device) == (True, one["id"])


async def test_a_key_never_has_a_persons_id_nor_a_person_a_keys(manager: Till) -> None:
    shop, key_id = manager.shop, str(uuid4())
    person = {"name": "Kim", "email": f"kim@{shop.merchant_id}.test", "role": "cashier"}
    person |= {"password": "a long password"}
    made = await make(manager, *SELLS, id=key_id)
    async with shop.till("admin") as admin, program(shop, made["key"]) as web:
        before = await shop.everything()
        for who in ("admin", "manager"):
            wish = {"id": str(shop.staff_id(who)), "name": "Web", "scopes": SELLS}
            refused(await manager.call("POST", "/api-keys", wish), 409, "id-reused")
        answer = await admin.call("POST", "/staff", {**person, "id": key_id})
        refused(answer, 409, "id-reused")
        assert await shop.everything() == before
        assert said(await web.call("GET", "/auth/me"), 200)["email"] is None

        both = str(uuid4())
        answers = await asyncio.gather(
            manager.call("POST", "/api-keys", {"id": both, "name": "Web", "scopes": SELLS}),
            admin.call("POST", "/staff", {**person, "id": both}),
        )
    assert sorted(one.status_code for one in answers) == [201, 409]


async def test_whoever_is_slower_with_an_id_sees_what_the_faster_one_made(manager: Till) -> None:
    shop, taken = manager.shop, uuid4()
    body = {"id": str(taken), "name": "Web", "scopes": SELLS}
    async with asyncio.TaskGroup() as together, shop.wiring.db.transaction(shop.merchant_id) as tx:
        assert not await store_actors.is_a_keys(tx, taken)
        making = together.create_task(manager.call("POST", "/api-keys", body))
        await until_somebody_waits(tx)
        who = {"name": "Kim", "email": "k", "role": "cashier", "location_ids": []}
        hashes = {"password_hash": "x", "pin_hash": None}
        await store_people.insert_person(tx, StaffId(taken), who | hashes, shop.wiring.clock.now())

    refused(making.result(), 409, "id-reused")


async def test_a_key_that_took_a_persons_id_before_lets_nobody_in(manager: Till) -> None:
    shop = manager.shop
    await make(manager, *SELLS)
    text = secret_texts.new(secret_texts.API_KEY)
    await shop.rows(
        "insert into api_keys"
        " (merchant_id, id, staff_id, name, prefix, key_hash, scopes, created_at)"
        " select merchant_id, $1, staff_id, name, prefix, $2, scopes, created_at from api_keys"
        " returning id",
        *(shop.staff_id("admin"), secret_texts.hashed(text)),
    )

    async with program(shop, text) as web:
        refused(await web.call("GET", "/auth/me"), 401, "unauthenticated")
