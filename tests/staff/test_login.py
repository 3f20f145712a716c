"""Signing in: the right password opens a session; a wrong one opens nothing and tells nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fynlo.staff import Role, secret_texts, store_attempts, tokens
from fynlo.staff.forget import forget
from fynlo.staff.model import PERMISSIONS
from tests.staff.people import (
    PASSWORD,
    fail,
    failures,
    give_password,
    log_in,
    me,
    sessions,
    signed_in,
)
from tests.support.serve import http_client
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Shop

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
WINDOW = 15 * 60


@pytest.fixture
async def http(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that has signed in nowhere, of a shop whose people have a password."""
    await give_password(shop)
    async with http_client(base_url=shop.url, timeout=30) as client:
        yield client


async def test_the_right_password_opens_a_session_and_says_whose(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    answer = said(await log_in(http, shop.email("cashier")), 200)

    token, refresh_token = answer.pop("access_token"), answer.pop("refresh_token")
    cashier = {
        "id": str(shop.staff_id("cashier")),
        "name": "Cashier",
        "email": shop.email("cashier"),
        "role": "cashier",
        "merchant_id": str(shop.merchant_id),
        "location_ids": [str(shop.location_id)],
        "permissions": sorted(PERMISSIONS[Role.CASHIER]),
    }
    assert answer == {"token_type": "Bearer", "expires_in": 3600, "staff": cashier}
    (session,) = await sessions(shop)
    assert session == {
        "id": tokens.verify(shop.wiring.keys, token, NOON).session_id,
        "staff_id": shop.staff_id("cashier"),
        "expires_at": NOON + timedelta(days=1),
        "revoked_at": None,
        "token_hash": secret_texts.hashed(refresh_token),
        "used_at": None,
        "token_expires_at": NOON + timedelta(days=1),
    }
    assert said(await me(http, token), 200) == {**cashier, "register_id": None}


async def test_an_address_is_read_as_people_write_it(shop: Shop, http: httpx.AsyncClient) -> None:
    answer = said(await log_in(http, f"  {shop.email('admin').upper()} "), 200)

    assert answer["staff"]["email"] == shop.email("admin")


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    left = shop.email("colleague")
    await shop.rows("update staff set active = false where email = $1 returning id", left)
    tries = (
        (shop.email("cashier"), PASSWORD + "!"),
        (shop.email("cashier"), PASSWORD.upper()),
        ("nobody." + shop.email("cashier"), PASSWORD),
        (left, PASSWORD),
    )

    problems = []
    for email, password in tries:
        answer = await log_in(http, email, password)
        problem = refused(answer, 401, "invalid-credentials")
        assert answer.headers["www-authenticate"] == "Bearer"
        problems.append({**problem, "request_id": ""})

    assert problems == [problems[0]] * 4
    assert await sessions(shop) == []


async def test_ten_failures_lock_an_address_until_the_first_of_them_is_a_quarter_old(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    email = shop.email("cashier")
    for _ in range(10):
        await fail(shop, email, 1)
        shop.advance(30)

    locked = await log_in(http, email)
    problem = refused(locked, 429, "too-many-attempts")
    assert locked.headers["retry-after"] == "601"
    assert problem["retry_after"] == 601
    assert await sessions(shop) == []
    said(await log_in(http, shop.email("manager")), 200)

    shop.advance(WINDOW - 10 * 30 - 1)
    late = await log_in(http, email)
    refused(late, 429, "too-many-attempts")
    assert late.headers["retry-after"] == "2"
    shop.advance(1)
    said(await log_in(http, email), 200)
    assert await failures(shop, email) == 0


async def test_what_is_refused_while_locked_does_not_lock_for_longer(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    unknown = "nobody." + shop.email("cashier")
    await fail(shop, unknown, 9)
    refused(await log_in(http, unknown, "guess"), 401, "invalid-credentials")
    for _ in range(10):
        refused(await log_in(http, unknown, "guess"), 429, "too-many-attempts")

    assert await failures(shop, unknown) == 10
    shop.advance(WINDOW)
    refused(await log_in(http, unknown, "guess"), 401, "invalid-credentials")


async def test_the_right_password_forgets_nine_failures(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    email = shop.email("cashier")
    await fail(shop, email, 8)
    refused(await log_in(http, email, "guess"), 401, "invalid-credentials")

    said(await log_in(http, email), 200)

    assert await failures(shop, email) == 0


async def test_fourteen_guesses_at_once_are_ten_tries(shop: Shop, http: httpx.AsyncClient) -> None:
    email = shop.email("cashier")

    answers = await asyncio.gather(*(log_in(http, email, f"guess {n}") for n in range(14)))

    assert sorted(one.status_code for one in answers) == [401] * 10 + [429] * 4
    assert await failures(shop, email) == 10
    refused(await log_in(http, email), 429, "too-many-attempts")
    assert await sessions(shop) == []


async def test_eleven_tills_sign_the_same_person_in_at_once(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(*(signed_in(http, shop.email("cashier")) for _ in range(11)))

    assert len({one["access_token"] for one in answers}) == 11
    assert len({one["refresh_token"] for one in answers}) == 11
    assert len(await sessions(shop)) == 11


async def test_what_is_no_sign_in_is_pointed_at_and_not_counted(
    shop: Shop, http: httpx.AsyncClient
) -> None:
    email = shop.email("nobody")
    wrong: list[tuple[dict[str, object], str]] = [
        ({}, ""),
        ({"email": email}, ""),
        ({"email": email, "password": "y", "role": "admin"}, ""),
        ({"email": "", "password": "y"}, "/email"),
        ({"email": "x" * 255, "password": "y"}, "/email"),
        ({"email": ["x"], "password": "y"}, "/email"),
        ({"email": email, "password": ""}, "/password"),
        ({"email": email, "password": 1234}, "/password"),
        ({"email": email, "password": "y" * 1001}, "/password"),
        ({"email": email, "password": "a\0b"}, "/password"),
    ]

    for body, pointer in wrong:
        answer = await http.post("/api/v1/auth/login", json=body)
        problem = refused(answer, 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == pointer, body

    assert await failures(shop, email) == 0
    assert await sessions(shop) == []


async def test_failures_that_count_no_more_are_forgotten_and_no_others(shop: Shop) -> None:
    old, new = f"old@{shop.merchant_id}.test", f"new@{shop.merchant_id}.test"
    await fail(shop, old, 2)
    shop.advance(WINDOW - 1)
    await fail(shop, new, 1)
    await forget(shop.ports())
    assert (await failures(shop, old), await failures(shop, new)) == (2, 1)

    shop.advance(1)
    await forget(shop.ports())

    assert (await failures(shop, old), await failures(shop, new)) == (0, 1)


async def test_only_one_process_forgets_at_a_time(shop: Shop) -> None:
    address = f"old@{shop.merchant_id}.test"
    await fail(shop, address, 1)
    shop.advance(WINDOW)
    begun, ended = asyncio.Event(), asyncio.Event()

    async def forget_slowly() -> None:
        async with shop.wiring.db.system() as connection:
            await store_attempts.forget_before(connection, NOON, NOON, ())
            begun.set()
            await ended.wait()

    async with asyncio.TaskGroup() as together:
        together.create_task(forget_slowly())
        await begun.wait()
        assert await forget(shop.ports()) == 0
        assert await failures(shop, address) == 1
        ended.set()
