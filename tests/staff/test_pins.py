"""A PIN lets somebody in on a device where they work, and nobody who only guesses it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fynlo.staff.hashing import passwords
from fynlo.staff.model import NOT_BY_PIN, Permission
from tests.staff.people import (
    PASSWORD,
    PIN,
    add_device,
    enter,
    fail_at,
    failed_at,
    give_password,
    give_pin,
    wrong_proofs,
)
from tests.support.locks import until_somebody_waits
from tests.support.serve import http_client
from tests.support.shop import Till, refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Shop

WINDOW = 15 * 60


@pytest.fixture
async def http(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that has signed in nowhere."""
    async with http_client(base_url=shop.url, timeout=30) as client:
        yield client


@pytest.fixture
async def device(shop: Shop) -> tuple[str, str]:
    """Return the token of a device, and what its failures are counted under; people have PINs."""
    await give_pin(shop, "cashier", "manager")
    async with shop.till("admin") as admin:
        made = await add_device(admin)
    return made["device_token"], f"device:{shop.merchant_id}:{made['id']}"


def of(shop: Shop, who: str) -> str:
    """Name what somebody's wrong PINs are counted under."""
    return f"pin:{shop.merchant_id}:{shop.staff_id(who)}"


async def test_whatever_is_wrong_about_a_person_or_a_pin_gets_the_same_answer(
    shop: Shop, http: httpx.AsyncClient, device: tuple[str, str]
) -> None:
    await shop.rows("update staff set active = false where role = 'manager'")
    async with shop.stranger() as stranger:
        await give_pin(stranger.shop, "cashier")
        tries = (
            (shop.staff_id("cashier"), "0043"),
            (shop.staff_id("kitchen"), PIN),  # Has none.
            (shop.staff_id("manager"), PIN),  # Left.
            (stranger.shop.staff_id("cashier"), PIN),
            (uuid4(), PIN),
        )
        problems = [
            refused(await enter(http, device[0], *one), 401, "invalid-credentials")
            | {"request_id": ""}
            for one in tries
        ]

    assert problems == [problems[0]] * 5
    assert await shop.rows("select id from sessions where device_id is not null") == []
    assert await failed_at(shop, device[1]) == 5


async def test_a_pin_opens_nothing_without_a_device_of_ours(
    shop: Shop, http: httpx.AsyncClient, device: tuple[str, str]
) -> None:
    for token in (None, "", "fdt_unknown", device[0] + "x", device[1]):
        refused(await enter(http, token, shop.staff_id("cashier")), 401, "unauthenticated")

    assert await failed_at(shop, of(shop, "cashier")) == 0


async def test_who_does_not_work_where_the_device_stands_may_not(
    shop: Shop, http: httpx.AsyncClient, device: tuple[str, str]
) -> None:
    await shop.rows("update staff set location_ids = '{}' where role = 'cashier'")

    refused(await enter(http, device[0], shop.staff_id("cashier")), 403, "forbidden")

    assert await shop.rows("select id from sessions where device_id is not null") == []


async def test_five_wrong_pins_lock_a_person_on_every_device_and_nobody_else(
    shop: Shop, http: httpx.AsyncClient, device: tuple[str, str]
) -> None:
    await fail_at(shop, of(shop, "cashier"), 4)
    cashier = shop.staff_id("cashier")
    refused(await enter(http, device[0], cashier, "1111"), 401, "invalid-credentials")
    async with shop.till("admin") as admin:
        other = (await add_device(admin, register=2))["device_token"]

    for token in (device[0], other):
        locked = await enter(http, token, cashier)
        assert refused(locked, 429, "too-many-attempts")["retry_after"] == WINDOW + 1
        assert locked.headers["retry-after"] == str(WINDOW + 1)
    assert await failed_at(shop, of(shop, "cashier")) == 5
    said(await enter(http, device[0], shop.staff_id("manager")), 200)
    shop.advance(WINDOW)
    said(await enter(http, device[0], cashier), 200)
    assert await failed_at(shop, of(shop, "cashier")) == 0


async def test_twenty_wrong_pins_lock_a_device_whoever_they_were_for(
    shop: Shop, http: httpx.AsyncClient, device: tuple[str, str]
) -> None:
    await fail_at(shop, device[1], 18)
    said(await enter(http, device[0], shop.staff_id("cashier")), 200)
    for _ in range(2):
        refused(await enter(http, device[0], uuid4()), 401, "invalid-credentials")

    refused(await enter(http, device[0], shop.staff_id("cashier")), 429, "too-many-attempts")

    assert await failed_at(shop, device[1]) == 20
    assert await failed_at(shop, of(shop, "cashier")) == 0
    shop.advance(WINDOW)
    said(await enter(http, device[0], shop.staff_id("cashier")), 200)


async def test_eight_guesses_at_once_are_five_tries_and_the_right_one_comes_too_late(
    shop: Shop, http: httpx.AsyncClient, device: tuple[str, str]
) -> None:
    cashier = shop.staff_id("cashier")

    answers = await asyncio.gather(*(enter(http, device[0], cashier, f"900{n}") for n in range(8)))

    assert sorted(one.status_code for one in answers) == [401] * 5 + [429] * 3
    assert await failed_at(shop, of(shop, "cashier")) == 5
    refused(await enter(http, device[0], cashier), 429, "too-many-attempts")
    assert await shop.rows("select id from sessions where device_id is not null") == []


async def test_a_pin_that_changes_while_it_is_read_opens_nothing(
    shop: Shop, http: httpx.AsyncClient, device: tuple[str, str]
) -> None:
    cashier = shop.staff_id("cashier")
    async with asyncio.TaskGroup() as together, shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetchval("update staff set pin_hash = null where id = $1 returning 1", cashier)
        entering = together.create_task(enter(http, device[0], cashier))
        await until_somebody_waits(tx)

    refused(entering.result(), 401, "invalid-credentials")
    assert await shop.rows("select id from sessions where device_id is not null") == []


async def test_tr131_one_sets_ones_own_pin_with_ones_password_and_only_its_hash_is_kept(
    shop: Shop, http: httpx.AsyncClient, device: tuple[str, str]
) -> None:
    await give_password(shop)
    async with shop.till("cashier") as cashier:
        wrong = {"password": PASSWORD + "!", "pin": "1234"}
        before = await shop.everything()
        refused(await cashier.call("PUT", "/auth/me/pin", wrong), 403, "proof-invalid")
        assert await shop.everything() == before
        assert await wrong_proofs(shop, "cashier") == 1
        # The manager has the same one, and nothing of the answer tells.
        await cashier.call("PUT", "/auth/me/pin", {"password": PASSWORD, "pin": "1234"})
        answer = await cashier.call("PUT", "/auth/me/pin", {"password": PASSWORD, "pin": PIN})
        assert (answer.status_code, answer.content) == (204, b"")

        (row,) = await shop.rows(
            "select pin_hash from staff where role = 'cashier' and pin_hash is not null"
        )
        assert row["pin_hash"].startswith("$argon2id$")
        assert passwords.verify(PIN, row["pin_hash"])
        said(await enter(http, device[0], shop.staff_id("cashier")), 200)
    assert await wrong_proofs(shop, "cashier") == 0


async def test_what_is_no_pin_is_pointed_at(shop: Shop) -> None:
    wide = "\uff11\uff12\uff13\uff14"  # Digits, and none of a keypad.
    async with shop.till("cashier") as cashier:
        for pin in ("123", "123456789", "12a4", wide, "1234\n", 1234, None):
            body = {"password": PASSWORD, "pin": pin}
            answer = await cashier.call("PUT", "/auth/me/pin", body)
            problem = refused(answer, 400, "invalid-request")
            assert problem["errors"][0]["pointer"] == "/pin", pin


async def test_a_pin_opens_no_door_that_a_password_guards(
    shop: Shop, http: httpx.AsyncClient, device: tuple[str, str]
) -> None:
    await give_pin(shop, "admin")
    admin = shop.staff_id("admin")
    tokens = said(await enter(http, device[0], admin), 200)
    http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    till = Till(shop, http)
    before = await shop.everything()

    for method, path, body, permission in (
        ("DELETE", f"/staff/{admin}/totp", None, "staff.manage"),
        ("PATCH", f"/staff/{admin}", {"password": "taken over!"}, "staff.manage"),
        ("POST", "/api-keys", {"name": "Mine", "scopes": ["orders.read"]}, "keys.manage"),
        ("PATCH", "/settings", {"change_limit": 1}, "settings.manage"),
        ("POST", f"/registers/{shop.register_id()}/devices", {"name": "Mine"}, "settings.manage"),
    ):
        answer = refused(await till.call(method, path, body), 403, "forbidden")
        assert answer["permission"] == permission

    shown = said(await till.call("GET", "/auth/me"), 200)["permissions"]
    assert shown == tokens["staff"]["permissions"]
    assert set(Permission) - set(shown) == NOT_BY_PIN
    assert await shop.everything() == before
    await till.order("penny")


async def test_ones_own_secrets_are_not_changed_by_a_session_alone(shop: Shop) -> None:
    async with shop.till("admin") as admin:
        mine = f"/staff/{shop.staff_id('admin')}"
        before = await shop.everything()
        for wish in ({"password": "another one"}, {"pin": "1234"}, {"pin": "1234", "name": "Al"}):
            refused(await admin.call("PATCH", mine, wish), 403, "forbidden")
        refused(await admin.call("DELETE", f"{mine}/totp"), 403, "forbidden")
        assert await shop.everything() == before
        said(await admin.call("PATCH", mine, {"name": "Al", "pin": None}), 200)
        said(await admin.call("PATCH", f"/staff/{shop.staff_id('cashier')}", {"pin": "1234"}), 200)
