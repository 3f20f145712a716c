"""People see where they are signed in, and end it from afar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.shop import Shop, Till


@pytest.fixture
async def cashier(shop: Shop) -> AsyncIterator[Till]:
    async with shop.till("cashier") as till:
        yield till


async def listed(till: Till, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = said(await till.call("GET", f"/auth/sessions{query}"), 200)[
        "items"
    ]
    return found


async def test_one_sees_ones_own_sessions_and_which_is_this_one(shop: Shop, cashier: Till) -> None:
    shop.advance(1)
    async with shop.till("cashier") as phone, shop.till("manager"):
        sessions = await listed(phone)

    assert [one["is_current"] for one in sessions] == [True, False]
    assert sessions[1] == {
        "id": sessions[1]["id"],
        "staff_id": str(shop.staff_id("cashier")),
        "device_id": None,
        "device": None,
        "created_at": "2026-03-04T12:00:00Z",
        "expires_at": "2026-03-05T12:00:00Z",
        "is_current": False,
    }
    first = said(await cashier.call("GET", "/auth/sessions?limit=1"), 200)
    rest = await listed(cashier, f"?limit=1&after={first['next']}")
    assert [one["id"] for one in first["items"] + rest] == [one["id"] for one in sessions]
    shop.advance(86_399)
    async with shop.till("cashier") as tomorrow:
        assert len(await listed(tomorrow)) == 2


async def test_everything_else_ends_at_once_and_this_session_goes_on(
    shop: Shop, cashier: Till
) -> None:
    async with shop.till("cashier") as phone, shop.till("manager") as manager:
        assert (await cashier.call("DELETE", "/auth/sessions")).status_code == 204

        refused(await phone.call("GET", "/auth/me"), 401, "unauthenticated")
        said(await manager.call("GET", "/auth/me"), 200)
    assert [one["is_current"] for one in await listed(cashier)] == [True]


async def test_a_session_is_ended_by_whose_it_is_or_who_manages_people(
    shop: Shop, cashier: Till
) -> None:
    async with shop.till("cashier") as phone, shop.till("manager") as manager:
        (phones,) = [one["id"] for one in await listed(phone) if one["is_current"]]
        (mine,) = [one["id"] for one in await listed(cashier) if one["is_current"]]
        whose = f"?staff_id={shop.staff_id('cashier')}"
        problem = refused(await manager.call("GET", f"/auth/sessions{whose}"), 403, "forbidden")
        assert problem["permission"] == "staff.manage"
        refused(await manager.call("DELETE", f"/auth/sessions/{phones}"), 403, "forbidden")
        async with shop.stranger("admin") as stranger:
            refused(await stranger.call("DELETE", f"/auth/sessions/{phones}"), 404, "not-found")
            assert await listed(stranger, whose) == []
        said(await phone.call("GET", "/auth/me"), 200)

        async with shop.till("admin") as admin:
            assert {one["id"] for one in await listed(admin, whose)} == {phones, mine}
            for _ in range(2):
                answer = await admin.call("DELETE", f"/auth/sessions/{phones}")
                assert answer.status_code == 204
            refused(await admin.call("DELETE", f"/auth/sessions/{uuid4()}"), 404, "not-found")

        refused(await phone.call("GET", "/auth/me"), 401, "unauthenticated")
    assert (await cashier.call("DELETE", f"/auth/sessions/{mine}")).status_code == 204
    refused(await cashier.call("GET", "/auth/me"), 401, "unauthenticated")
