"""Where there is a second factor, a password alone lets nobody in."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.staff import totp
from tests.staff.people import (
    PASSWORD,
    add_device,
    enter,
    fail_at,
    failed_at,
    failures,
    give_password,
    give_pin,
    log_in,
)
from tests.support.serve import http_client
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Shop, Till


@pytest.fixture
async def http(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that has signed in nowhere, of a shop whose people have a password."""
    await give_password(shop)
    async with http_client(base_url=shop.url, timeout=30) as client:
        yield client


@pytest.fixture
async def manager(shop: Shop, http: httpx.AsyncClient) -> AsyncIterator[Till]:
    async with shop.till("manager") as till:
        yield till


def code(shop: Shop, secret: str, later: int = 0) -> str:
    """Return what an authenticator shows, so many half minutes from now."""
    step = int(shop.wiring.clock.now().timestamp()) // totp.SECONDS + later
    return totp.code_at(base64.b32decode(secret), step)


def codes_of(shop: Shop) -> str:
    """Name what the manager's wrong codes are counted under."""
    return f"code:{shop.merchant_id}:{shop.staff_id('manager')}"


async def wrong_codes(shop: Shop) -> int:
    return await failed_at(shop, codes_of(shop))


async def offer(till: Till) -> str:
    answer = said(await till.call("POST", "/auth/totp", {"password": PASSWORD}), 201)
    secret: str = answer["secret"]
    assert answer["uri"].startswith("otpauth://totp/Fynlo:manager%40")
    return secret


async def enrol(till: Till) -> tuple[str, list[str]]:
    """Put a second factor into use, and let its first code grow old."""
    secret = await offer(till)
    body = {"code": code(till.shop, secret)}
    answer = said(await till.call("POST", "/auth/totp/confirm", body), 200)
    till.shop.advance(2 * totp.SECONDS)
    return secret, answer["recovery_codes"]


async def sign_in(http: httpx.AsyncClient, shop: Shop, **more: Any) -> httpx.Response:
    body = {"email": shop.email("manager"), "password": PASSWORD, **more}
    return await http.post("/api/v1/auth/login", json=body)


async def test_nothing_asks_for_a_code_before_one_was_confirmed(
    manager: Till, http: httpx.AsyncClient
) -> None:
    shop = manager.shop
    nothing = await manager.call("POST", "/auth/totp/confirm", {"code": "123456"})
    refused(nothing, 404, "not-found")
    wrong = {"password": PASSWORD + "!"}
    refused(await manager.call("POST", "/auth/totp", wrong), 403, "proof-invalid")
    assert await shop.rows("select * from second_factors") == []
    first, second = await offer(manager), await offer(manager)

    assert first != second
    said(await sign_in(http, shop), 200)
    old = await manager.call("POST", "/auth/totp/confirm", {"code": code(shop, first)})
    refused(old, 403, "proof-invalid")
    (row,) = await shop.rows("select * from second_factors")
    assert (row["confirmed_at"], row["last_step"]) == (None, 0)
    assert base64.b32decode(second) not in row["secret_sealed"]


async def test_a_sign_in_needs_the_password_and_a_code(
    manager: Till, http: httpx.AsyncClient
) -> None:
    shop = manager.shop
    secret, _ = await enrol(manager)

    refused(await sign_in(http, shop), 401, "second-factor-required")
    assert await failures(shop, shop.email("manager")) == 0
    wrong = {"password": PASSWORD + "!", "code": code(shop, secret)}
    refused(await sign_in(http, shop, **wrong), 401, "invalid-credentials")
    assert await failures(shop, shop.email("manager")) == 1
    refused(await sign_in(http, shop, code="000000"), 401, "second-factor-required")
    assert await failures(shop, shop.email("manager")) == 0
    assert await wrong_codes(shop) == 1
    said(await sign_in(http, shop, code=f" {code(shop, secret)[:3]} {code(shop, secret)[3:]}"), 200)
    assert await wrong_codes(shop) == 0
    said(await log_in(http, shop.email("cashier")), 200)
    for path, body in (("", {"password": PASSWORD}), ("/confirm", {"code": code(shop, secret)})):
        answer = await manager.call("POST", f"/auth/totp{path}", body)
        refused(answer, 409, "second-factor-exists")


async def test_a_code_is_taken_once_even_by_two_at_the_same_moment(
    manager: Till, http: httpx.AsyncClient
) -> None:
    shop = manager.shop
    secret, _ = await enrol(manager)
    present = code(shop, secret)

    answers = await asyncio.gather(*(sign_in(http, shop, code=present) for _ in range(3)))

    assert sorted(one.status_code for one in answers) == [200, 401, 401]
    older = code(shop, secret, -1)
    refused(await sign_in(http, shop, code=older), 401, "second-factor-required")
    said(await sign_in(http, shop, code=code(shop, secret, 1)), 200)


async def test_wrong_codes_lock_and_no_right_password_makes_good_for_them(
    manager: Till, http: httpx.AsyncClient
) -> None:
    shop = manager.shop
    secret, codes = await enrol(manager)
    await fail_at(shop, codes_of(shop), 9)
    refused(await sign_in(http, shop, code="000000"), 401, "second-factor-required")

    proof = {"password": PASSWORD, "pin": "1234"}
    assert (await manager.call("PUT", "/auth/me/pin", proof)).status_code == 204
    refused(await sign_in(http, shop), 401, "second-factor-required")
    for right in (code(shop, secret), codes[0]):
        refused(await sign_in(http, shop, code=right), 429, "too-many-attempts")
    said(await log_in(http, shop.email("cashier")), 200)
    shop.advance(900)
    said(await sign_in(http, shop, code=codes[0]), 200)
    assert await wrong_codes(shop) == 0


async def test_wrong_first_codes_are_counted_too(manager: Till) -> None:
    shop = manager.shop
    secret = await offer(manager)
    await fail_at(shop, codes_of(shop), 9)
    wrong = await manager.call("POST", "/auth/totp/confirm", {"code": "000000"})
    refused(wrong, 403, "proof-invalid")
    assert await wrong_codes(shop) == 10

    late = await manager.call("POST", "/auth/totp/confirm", {"code": code(shop, secret)})

    refused(late, 429, "too-many-attempts")
    (row,) = await shop.rows("select confirmed_at from second_factors")
    assert row == {"confirmed_at": None}


async def test_a_recovery_code_helps_where_the_secret_cannot_be_opened(
    manager: Till, http: httpx.AsyncClient
) -> None:
    _, codes = await enrol(manager)
    await manager.shop.rows(
        "update second_factors set secret_sealed = secret_sealed || 'x' returning staff_id"
    )

    said(await sign_in(http, manager.shop, code=codes[0]), 200)


async def test_a_recovery_code_signs_in_once(manager: Till, http: httpx.AsyncClient) -> None:
    shop = manager.shop
    _, codes = await enrol(manager)
    assert len(set(codes)) == 10
    assert {len(one) for one in codes} == {24}
    rows = await shop.rows("select * from recovery_codes")
    assert all(one not in repr(rows) for one in codes)

    said(await sign_in(http, shop, code=f" {codes[0].upper()} "), 200)

    refused(await sign_in(http, shop, code=codes[0]), 401, "second-factor-required")
    said(await sign_in(http, shop, code=codes[9]), 200)
    assert len(await shop.rows("select * from recovery_codes where used_at is null")) == 8


async def test_an_admin_removes_what_somebody_lost(manager: Till, http: httpx.AsyncClient) -> None:
    shop = manager.shop
    await enrol(manager)
    path = f"/staff/{shop.staff_id('manager')}/totp"
    before = await shop.everything()
    refused(await manager.call("DELETE", path), 403, "forbidden")
    async with shop.stranger("admin") as stranger:
        refused(await stranger.call("DELETE", path), 404, "not-found")
    assert await shop.everything() == before

    async with shop.till("admin") as admin:
        for _ in range(2):
            assert (await admin.call("DELETE", path)).status_code == 204
        refused(await admin.call("DELETE", f"/staff/{uuid4()}/totp"), 404, "not-found")

    said(await sign_in(http, shop), 200)
    assert await shop.rows("select * from recovery_codes") == []
    await enrol(manager)


async def test_a_pin_on_a_device_asks_for_no_code(manager: Till, http: httpx.AsyncClient) -> None:
    shop = manager.shop
    await enrol(manager)
    await give_pin(shop, "manager")
    async with shop.till("admin") as admin:
        device = await add_device(admin)

    said(await enter(http, device["device_token"], shop.staff_id("manager")), 200)
