"""Locations and registers: shown to whoever works here, set up by an admin, unknown elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till


async def places(shop: Shop) -> list[dict[str, Any]]:
    return [
        *await shop.rows("select * from locations order by id"),
        *await shop.rows("select * from registers order by id"),
    ]


async def test_everybody_here_sees_the_locations_and_nobody_elsewhere(till: Till) -> None:
    here = {
        "id": str(till.shop.location_id),
        "name": "A test shop",
        "country": "GB",
        "currency": "GBP",
        "timezone": "Europe/London",
        "day_cutoff": "04:00:00",
        "active": True,
        "version": 1,
        "created_at": "2026-03-04T12:00:00Z",
    }

    async with till.shop.till("kitchen") as kitchen, till.shop.stranger("admin") as stranger:
        for somebody in (till, kitchen):
            listed = said(await somebody.call("GET", "/locations"), 200)
            assert listed == {"items": [here], "next": None}
            assert said(await somebody.call("GET", f"/locations/{here['id']}"), 200) == here
        refused(await stranger.call("GET", f"/locations/{here['id']}"), 404, "not-found")
        (theirs,) = said(await stranger.call("GET", "/locations"), 200)["items"]
        assert theirs["id"] == str(stranger.shop.location_id) != here["id"]


async def test_everybody_here_sees_the_registers_and_nobody_elsewhere(till: Till) -> None:
    first = {
        "id": str(till.shop.register_id(1)),
        "location_id": str(till.shop.location_id),
        "name": "Till 1",
        "active": True,
        "version": 1,
        "created_at": "2026-03-04T12:00:00Z",
    }
    second = {**first, "id": str(till.shop.register_id(2)), "name": "Till 2"}
    of_here = f"/registers?location_id={till.shop.location_id}"

    listed = {"items": [first, second], "next": None}
    assert said(await till.call("GET", "/registers"), 200) == listed
    assert said(await till.call("GET", of_here), 200) == listed
    assert said(await till.call("GET", f"/registers?location_id={uuid4()}"), 200)["items"] == []
    assert said(await till.call("GET", f"/registers/{second['id']}"), 200) == second
    refused(await till.call("GET", f"/registers/{uuid4()}"), 404, "not-found")
    refused(await till.call("GET", "/registers?location_id=here"), 400, "invalid-request")
    async with till.shop.stranger("admin") as stranger:
        refused(await stranger.call("GET", f"/registers/{first['id']}"), 404, "not-found")
        assert said(await stranger.call("GET", of_here), 200)["items"] == []


async def test_an_admin_sets_a_register_up_once_however_often_it_is_said(till: Till) -> None:
    body = {"id": str(uuid4()), "location_id": str(till.shop.location_id), "name": "Bar"}

    async with till.shop.till("admin") as admin:
        made = said(await admin.call("POST", "/registers", body), 201)
        again = said(await admin.call("POST", "/registers", body), 201)
        unnamed = said(await admin.call("POST", "/registers", {**body, "id": None}), 201)

    assert made == again == {**body, "active": True, "version": 1, "created_at": made["created_at"]}
    assert unnamed["id"] != made["id"]
    assert len(await till.shop.rows("select from registers")) == 4


async def test_a_register_said_ten_times_at_once_is_set_up_once(till: Till) -> None:
    body = {"id": str(uuid4()), "location_id": str(till.shop.location_id), "name": "Bar"}

    async with till.shop.till("admin") as admin:
        answers = await asyncio.gather(
            *(admin.call("POST", "/registers", body) for _ in range(10)),
        )

    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    assert len(await till.shop.rows("select from registers")) == 3


async def test_an_id_that_names_another_register_is_refused(till: Till) -> None:
    known = {
        "id": str(till.shop.register_id(1)),
        "location_id": str(till.shop.location_id),
        "name": "Till 1",
    }
    before = await places(till.shop)

    async with till.shop.till("admin") as admin:
        refused(await admin.call("POST", "/registers", {**known, "name": "Bar"}), 409, "id-reused")

    assert await places(till.shop) == before


async def test_a_register_of_anothers_location_is_not_set_up(till: Till) -> None:
    body = {"location_id": str(till.shop.location_id), "name": "Bar"}

    async with till.shop.stranger("admin") as stranger:
        theirs = await places(stranger.shop)
        problem = refused(await stranger.call("POST", "/registers", body), 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == "/location_id"
        assert await places(stranger.shop) == theirs
    assert len(await till.shop.rows("select from registers")) == 2


async def test_only_an_admin_sets_registers_up(till: Till) -> None:
    body = {"location_id": str(till.shop.location_id), "name": "Bar"}
    before = await places(till.shop)

    for who in ("kitchen", "cashier", "manager"):
        async with till.shop.till(who) as somebody:
            problem = refused(await somebody.call("POST", "/registers", body), 403, "forbidden")
        assert problem["permission"] == "settings.manage"

    assert await places(till.shop) == before
