"""Places, people and the menu: made once, changed field by field, by those who may."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from tests.http.things import THINGS, Thing, prepare, with_an_id
from tests.support.provider import Provider
from tests.support.serve import http_client
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.shop import Shop, Till

pytestmark = pytest.mark.parametrize("thing", THINGS, ids=str)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Return a provider that is not there: nobody pays here."""
    async with http_client() as http:
        yield Provider("http://127.0.0.1:9", http)


@pytest.fixture
async def admin(shop: Shop) -> AsyncIterator[Till]:
    """Return the admin of a shop that has what the bodies name."""
    await prepare(shop)
    async with shop.till("admin") as admin:
        yield admin


async def listed(till: Till, thing: Thing) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = said(await till.call("GET", thing.path), 200)["items"]
    return items


async def told(shop: Shop) -> list[dict[str, Any]]:
    """Read what the tills were told, in its order."""
    return await shop.rows("select type, rooms, payload::text from outbox order by position")


async def test_it_is_made_once_however_often_it_is_said(admin: Till, thing: Thing) -> None:
    body = with_an_id(thing.body(admin.shop))
    at_first = await listed(admin, thing)

    made = said(await admin.call("POST", thing.path, body), 201)
    before = await admin.shop.everything()
    repeat = await admin.call("POST", thing.path, body)

    assert repeat.headers["idempotent-replayed"] == "true"
    assert (
        made == said(repeat, 201) == thing.shown(body, version=1, created_at="2026-03-04T12:00:00Z")
    )
    assert said(await admin.call("GET", f"{thing.path}/{body['id']}"), 200) == made
    assert [one for one in await listed(admin, thing) if one not in at_first] == [made]
    assert await admin.shop.everything() == before


async def test_it_is_made_once_when_it_is_said_ten_times_at_once(admin: Till, thing: Thing) -> None:
    body = with_an_id(thing.body(admin.shop))
    count = len(await listed(admin, thing))

    answers = await asyncio.gather(*(admin.call("POST", thing.path, body) for _ in range(10)))

    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    assert sum("idempotent-replayed" in one.headers for one in answers) == 9
    assert len(await listed(admin, thing)) == count + 1
    assert len(await told(admin.shop)) == (thing.permission == "catalog.manage")


async def test_without_an_id_it_gets_one(admin: Till, thing: Thing) -> None:
    unnamed = thing.body(admin.shop)

    made = said(await admin.call("POST", thing.path, {**unnamed, "id": None}), 201)

    assert UUID(made["id"]).version == 7
    assert made == thing.shown(unnamed, id=made["id"], version=1, created_at="2026-03-04T12:00:00Z")


async def test_a_known_id_with_any_other_content_is_refused(admin: Till, thing: Thing) -> None:
    body = with_an_id(thing.body(admin.shop))
    said(await admin.call("POST", thing.path, body), 201)
    before = await admin.shop.everything()

    for name, value in thing.other(admin.shop).items():
        answer = await admin.call("POST", thing.path, {**body, name: value})
        refused(answer, 409, "id-reused")

    assert await admin.shop.everything() == before


async def test_what_was_changed_since_is_other_content(admin: Till, thing: Thing) -> None:
    body = with_an_id(thing.body(admin.shop))
    said(await admin.call("POST", thing.path, body), 201)
    said(await admin.call("PATCH", f"{thing.path}/{body['id']}", {"name": "New"}), 200)
    before = await admin.shop.everything()

    refused(await admin.call("POST", thing.path, body), 409, "id-reused")

    assert await admin.shop.everything() == before


async def test_x14_the_same_id_in_another_shop_is_another_thing(admin: Till, thing: Thing) -> None:
    mine = with_an_id(thing.body(admin.shop))
    said(await admin.call("POST", thing.path, mine), 201)
    before = await admin.shop.everything()

    async with admin.shop.stranger("admin") as stranger:
        await prepare(stranger.shop)
        theirs = {**thing.other(stranger.shop), "id": mine["id"]}
        made = said(await stranger.call("POST", thing.path, theirs), 201)
        shown = said(await stranger.call("GET", f"{thing.path}/{mine['id']}"), 200)

    assert made == shown == thing.shown(theirs, version=1, created_at="2026-03-04T12:00:00Z")
    assert await admin.shop.everything() == before


async def test_each_field_is_changed_by_itself(admin: Till, thing: Thing) -> None:
    body = with_an_id(thing.body(admin.shop))
    path = f"{thing.path}/{body['id']}"
    shown = said(await admin.call("POST", thing.path, body), 201)

    for version, (name, value) in enumerate(thing.changes(admin.shop).items(), 1):
        wish = {name: value, "version": version}
        changed = said(await admin.call("PATCH", path, wish), 200)

        shown = {**shown, "version": version + 1}
        shown |= {} if name in thing.secret else {name: value}
        assert changed == shown
        assert said(await admin.call("GET", path), 200) == shown
        assert shown in await listed(admin, thing)
    assert len(await told(admin.shop)) in {0, version + 1}


async def test_who_was_slower_is_told(admin: Till, thing: Thing) -> None:
    body = with_an_id(thing.body(admin.shop))
    path = f"{thing.path}/{body['id']}"
    said(await admin.call("POST", thing.path, body), 201)
    said(await admin.call("PATCH", path, {"name": "First", "version": 1}), 200)
    before = await admin.shop.everything()

    for stale in (1, 3, 2**53):
        answer = await admin.call("PATCH", path, {"name": "Second", "version": stale})
        assert refused(answer, 409, "version-conflict")["version"] == 2

    assert await admin.shop.everything() == before
    assert said(await admin.call("PATCH", path, {"name": "Third"}), 200)["version"] == 3


async def test_of_two_changes_at_once_for_one_version_one_holds(admin: Till, thing: Thing) -> None:
    body = with_an_id(thing.body(admin.shop))
    path = f"{thing.path}/{body['id']}"
    said(await admin.call("POST", thing.path, body), 201)

    wishes = [{"name": f"Name {n}", "version": 1} for n in range(8)]
    answers = await asyncio.gather(*(admin.call("PATCH", path, wish) for wish in wishes))

    (won,) = [one for one in answers if one.status_code == 200]
    for lost in answers:
        if lost is not won:
            assert refused(lost, 409, "version-conflict")["version"] == 2
    assert said(await admin.call("GET", path), 200) == won.json()


async def test_x14_what_is_unknown_or_anothers_is_not_found(admin: Till, thing: Thing) -> None:
    body = with_an_id(thing.body(admin.shop))
    said(await admin.call("POST", thing.path, body), 201)
    before = await admin.shop.everything()

    async with admin.shop.stranger("admin") as stranger:
        theirs = await stranger.shop.everything()
        for somebody, thing_id in ((stranger, body["id"]), (admin, uuid4())):
            path = f"{thing.path}/{thing_id}"
            refused(await somebody.call("GET", path), 404, "not-found")
            refused(await somebody.call("PATCH", path, {"name": "Mine"}), 404, "not-found")
        assert await stranger.shop.everything() == theirs

    assert await admin.shop.everything() == before


async def test_who_may_not_changes_nothing(admin: Till, thing: Thing) -> None:
    body = with_an_id(thing.body(admin.shop))
    said(await admin.call("POST", thing.path, body), 201)
    path = f"{thing.path}/{body['id']}"
    before = await admin.shop.everything()

    for who in thing.refused:
        async with admin.shop.till(who) as somebody:
            for method, at, wish in (
                ("POST", thing.path, {**body, "id": str(uuid4())}),
                ("POST", thing.path, body),
                ("PATCH", path, {"name": "Mine"}),
                ("PATCH", f"{thing.path}/{uuid4()}", {"name": "Mine"}),
            ):
                problem = refused(await somebody.call(method, at, wish), 403, "forbidden")
                assert problem["permission"] == thing.permission

    assert await admin.shop.everything() == before
