"""A session lives by its refresh tokens, each good for one use, and ends for all at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fynlo.kernel.ids import SessionId
from fynlo.staff import tokens
from tests.staff.people import give_password, me, refresh, sessions, signed_in
from tests.support.serve import http_client
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Shop

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR, DAY = 3600, 86_400


@pytest.fixture
async def http(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that has signed in nowhere, of a shop whose people have a password."""
    await give_password(shop)
    async with http_client(base_url=shop.url, timeout=30) as client:
        yield client


@pytest.fixture
async def first(shop: Shop, http: httpx.AsyncClient) -> dict[str, Any]:
    """Return the tokens of a cashier who has just signed in."""
    return await signed_in(http, shop.email("cashier"))


async def test_a_refresh_gives_other_tokens_of_the_same_session(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    shop.advance(HOUR)
    refused(await me(http, first["access_token"]), 401, "unauthenticated")

    second = said(await refresh(http, first["refresh_token"]), 200)

    assert {**second, "access_token": 0, "refresh_token": 0} == {
        **first,
        "access_token": 0,
        "refresh_token": 0,
    }
    assert second["refresh_token"] != first["refresh_token"]
    said(await me(http, second["access_token"]), 200)
    used, fresh = await sessions(shop)
    assert used["id"] == fresh["id"]
    assert fresh["expires_at"] == fresh["token_expires_at"] == NOON + timedelta(hours=25)
    assert (used["used_at"], fresh["used_at"]) == (NOON + timedelta(hours=1), None)
    assert fresh["revoked_at"] is None


async def test_a_token_that_comes_twice_ends_the_session_for_whoever_holds_it(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    other = await signed_in(http, shop.email("cashier"))
    second = said(await refresh(http, first["refresh_token"]), 200)
    third = said(await refresh(http, second["refresh_token"]), 200)

    refused(await refresh(http, first["refresh_token"]), 401, "token-reused")

    for held in (first, second, third):
        refused(await me(http, held["access_token"]), 401, "unauthenticated")
    refused(await refresh(http, third["refresh_token"]), 401, "unauthenticated")
    refused(await refresh(http, second["refresh_token"]), 401, "token-reused")
    said(await me(http, other["access_token"]), 200)
    said(await refresh(http, other["refresh_token"]), 200)
    ended = {row["revoked_at"] for row in await sessions(shop)}
    assert ended == {NOON, None}


async def test_of_many_refreshes_at_once_one_is_right_and_the_session_ends(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    answers = await asyncio.gather(*(refresh(http, first["refresh_token"]) for _ in range(8)))

    (right,) = [one for one in answers if one.status_code == 200]
    for answer in answers:
        if answer is not right:
            refused(answer, 401, "token-reused")
    refused(await me(http, right.json()["access_token"]), 401, "unauthenticated")
    refused(await refresh(http, right.json()["refresh_token"]), 401, "unauthenticated")
    assert {row["revoked_at"] for row in await sessions(shop)} == {NOON}


async def test_a_refresh_token_lives_for_a_day(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    shop.advance(DAY - 1)
    second = said(await refresh(http, first["refresh_token"]), 200)
    shop.advance(DAY)

    refused(await refresh(http, second["refresh_token"]), 401, "unauthenticated")

    assert [row["used_at"] for row in await sessions(shop)][1] is None


async def test_what_is_no_refresh_token_is_refused(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    before = await sessions(shop)

    others = (first["access_token"], first["refresh_token"] + " ")
    for token in ("frt_nobody", "x", "💷", "' or 1=1 --", *others):
        refused(await refresh(http, token), 401, "unauthenticated")
    for nonsense in ("x" * 10_001, "", None, 17, [first["refresh_token"]]):
        refused(await refresh(http, nonsense), 400, "invalid-request")

    assert await sessions(shop) == before


async def test_signing_out_ends_the_session_at_once_and_no_other(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    other = await signed_in(http, shop.email("cashier"))
    second = said(await refresh(http, first["refresh_token"]), 200)
    mine = {"Authorization": f"Bearer {second['access_token']}"}

    left = await http.post("/api/v1/auth/logout", headers=mine)

    assert (left.status_code, left.content) == (204, b"")
    for held in (first, second):
        refused(await me(http, held["access_token"]), 401, "unauthenticated")
    refused(await http.post("/api/v1/auth/logout", headers=mine), 401, "unauthenticated")
    refused(await refresh(http, second["refresh_token"]), 401, "unauthenticated")
    said(await me(http, other["access_token"]), 200)


async def test_who_left_or_changed_is_known_at_the_next_request(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    await shop.rows("update staff set role = 'kitchen' where name = 'Cashier' returning id")
    changed = said(await me(http, first["access_token"]), 200)
    await shop.rows("update staff set active = false where name = 'Cashier' returning id")

    refused(await me(http, first["access_token"]), 401, "unauthenticated")
    refused(await refresh(http, first["refresh_token"]), 401, "unauthenticated")

    assert (changed["role"], changed["permissions"]) == (
        "kitchen",
        ["kitchen.operate", "orders.read"],
    )


async def test_a_session_that_ended_is_refused_before_anything_is_done(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    await shop.rows("update sessions set revoked_at = $1 returning id", NOON)
    before, mine = (
        await shop.everything(),
        {"Authorization": f"Bearer {first['access_token']}"},
    )
    order = {"lines": [{"product_id": str(shop.product_id("meal")), "quantity": 1}]}

    answer = await http.post("/api/v1/orders", json=order, headers=mine)

    refused(answer, 401, "unauthenticated")
    assert await shop.everything() == before


async def test_a_session_that_is_over_is_not_revived_by_a_token_of_it(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    await shop.rows("update sessions set expires_at = $1 returning id", NOON)

    refused(await me(http, first["access_token"]), 401, "unauthenticated")
    refused(await refresh(http, first["refresh_token"]), 401, "unauthenticated")


async def test_another_shop_never_learns_whose_token_it_was(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    async with shop.stranger() as stranger:
        await give_password(stranger.shop)
        theirs = await signed_in(http, stranger.shop.email("manager"))

        assert theirs["staff"]["merchant_id"] != first["staff"]["merchant_id"]
        assert said(await me(http, theirs["access_token"]), 200)["name"] == "Manager"
        refused(
            await http.get(
                f"/api/v1/locations/{shop.location_id}",
                headers={"Authorization": f"Bearer {theirs['access_token']}"},
            ),
            404,
            "not-found",
        )


async def test_a_token_lets_its_holder_in_by_the_header_alone(
    http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    token = first["access_token"]

    for scheme in ("Bearer", "bearer", "BEARER"):
        said(await http.get("/api/v1/auth/me", headers={"Authorization": f"{scheme} {token}"}), 200)
    headers = (
        *({"Authorization": value} for value in (token, f"Basic {token}", "Bearer")),
        *({name: f"Bearer {token}"} for name in ("X-Authorization", "Cookie", "X-API-Key")),
        {"Authorization": f"Bearer {first['refresh_token']}"},
        {"Authorization": f"Bearer {token},{token}"},
    )
    for wrong in headers:
        answer = await http.get("/api/v1/auth/me", headers=wrong)
        refused(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
    for name in ("access_token", "token", "authorization"):
        answer = await http.get("/api/v1/auth/me", params={name: token})
        refused(answer, 401, "unauthenticated")


async def test_a_token_holds_only_for_the_session_the_person_and_the_shop_that_belong_together(
    shop: Shop, http: httpx.AsyncClient, first: dict[str, Any]
) -> None:
    now = shop.wiring.clock.now()
    mine = tokens.verify(shop.wiring.keys, first["access_token"], now)
    async with shop.stranger() as stranger:
        other = await stranger.shop.rows("select id from sessions")
        mixed = (
            replace(mine, merchant_id=stranger.shop.merchant_id),
            replace(mine, session_id=SessionId(other[0]["id"])),
            replace(mine, staff_id=shop.staff_id("admin")),
            replace(mine, staff_id=stranger.shop.staff_id("manager")),
        )
        for caller in mixed:
            token = tokens.issue(shop.wiring.keys, caller, now)
            refused(await me(http, token), 401, "unauthenticated")

    said(await me(http, tokens.issue(shop.wiring.keys, mine, now)), 200)
