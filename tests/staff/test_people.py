"""People are taken on and changed by an admin; what they may do, and how they sign in, follows."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest

from fynlo.staff.hashing import passwords
from tests.staff.people import PASSWORD, give_password, log_in, me, refresh, sessions, signed_in
from tests.support.locks import until_somebody_waits
from tests.support.serve import http_client
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Shop, Till

NOON: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)
SECRET: Final = "correct horse"


@pytest.fixture
async def admin(till: Till) -> AsyncIterator[Till]:
    """Return the only admin."""
    async with till.shop.till("admin") as admin:
        yield admin


@pytest.fixture
async def http(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that has signed in nowhere."""
    async with http_client(base_url=shop.url, timeout=30) as client:
        yield client


async def signed_in_as(http: httpx.AsyncClient, email: str, password: str) -> dict[str, Any]:
    return said(await log_in(http, email, password), 200)


def ann(shop: Shop, **more: object) -> dict[str, Any]:
    """Describe somebody to take on."""
    return {
        "name": "Ann",
        "email": shop.email("ann"),
        "role": "cashier",
        "password": SECRET,
        "location_ids": [str(shop.location_id)],
        **more,
    }


async def change(admin: Till, who: object, **wish: object) -> httpx.Response:
    staff_id = admin.shop.staff_id(who) if isinstance(who, str) else who
    return await admin.call("PATCH", f"/staff/{staff_id}", wish)


async def hashes(shop: Shop, staff_id: object) -> dict[str, Any]:
    sql = "select password_hash, pin_hash from staff where id = $1"
    (row,) = await shop.rows(sql, staff_id)
    return row


async def test_who_is_taken_on_signs_in_and_works(admin: Till, http: httpx.AsyncClient) -> None:
    made = said(await admin.call("POST", "/staff", ann(admin.shop)), 201)

    signed = await signed_in_as(http, admin.shop.email("ann"), SECRET)

    assert made == {
        "id": made["id"],
        "name": "Ann",
        "email": admin.shop.email("ann"),
        "role": "cashier",
        "location_ids": [str(admin.shop.location_id)],
        "active": True,
        "version": 1,
        "created_at": "2026-03-04T12:00:00Z",
    }
    assert signed["staff"]["id"] == made["id"]
    assert signed["staff"]["location_ids"] == made["location_ids"]
    answer = await http.post(
        "/api/v1/orders",
        json={"location_id": made["location_ids"][0], "lines": []},
        headers={"Authorization": f"Bearer {signed['access_token']}"},
    )
    said(answer, 201)


async def test_an_address_is_kept_as_signing_in_reads_it(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop, written = admin.shop, f"  {admin.shop.email('ann').upper()} "
    body = ann(shop, id=str(uuid4()), email=written)

    made = said(await admin.call("POST", "/staff", body), 201)
    again = said(await admin.call("POST", "/staff", {**body, "email": shop.email("ann")}), 201)

    assert made == again
    assert made["email"] == shop.email("ann")
    await signed_in_as(http, written, SECRET)
    moved = f" {shop.email('Annie')}  "
    assert said(await change(admin, "cashier", email=moved), 200)["email"] == shop.email("annie")


async def test_an_address_that_is_in_use_is_not_given_and_says_nothing_of_whose_it_is(
    admin: Till,
) -> None:
    shop = admin.shop
    async with shop.stranger("admin") as stranger:
        taken = [shop.email("kitchen"), f" {shop.email('admin').upper()}"]
        taken.append(stranger.shop.email("manager"))
        mine, theirs = await shop.everything(), await stranger.shop.everything()

        problems = []
        for email in taken:
            made = await admin.call("POST", "/staff", ann(shop, email=email))
            moved = await change(admin, "cashier", email=email, name="New")
            problems += [refused(made, 409, "email-taken"), refused(moved, 409, "email-taken")]

        assert (await shop.everything(), await stranger.shop.everything()) == (mine, theirs)
    assert {json.dumps({**one, "request_id": ""}) for one in problems} == {
        json.dumps({**problems[0], "request_id": ""})
    }
    assert "@" not in json.dumps(problems)
    said(await change(admin, "admin", email=shop.email("admin")), 200)


async def test_of_two_people_at_once_with_one_address_one_is_taken_on(admin: Till) -> None:
    bodies = [ann(admin.shop, id=str(uuid4()), pin=f"000{n}") for n in range(4)]

    answers = await asyncio.gather(*(admin.call("POST", "/staff", body) for body in bodies))

    (won,) = [one for one in answers if one.status_code == 201]
    for lost in answers:
        if lost is not won:
            refused(lost, 409, "email-taken")
    people = await admin.shop.rows("select id::text from staff where name = 'Ann'")
    assert [one["id"] for one in people] == [won.json()["id"]]


async def test_another_address_signs_in_and_the_old_one_no_longer_does(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop = admin.shop
    await give_password(shop)
    session = await signed_in(http, shop.email("cashier"))

    said(await change(admin, "cashier", email=shop.email("carla")), 200)

    refused(await log_in(http, shop.email("cashier")), 401, "invalid-credentials")
    assert (await signed_in(http, shop.email("carla")))["staff"]["id"] == session["staff"]["id"]
    said(await me(http, session["access_token"]), 200)
    said(await admin.call("POST", "/staff", ann(shop, email=shop.email("cashier"))), 201)


async def test_another_role_holds_at_the_next_request(admin: Till) -> None:
    async with admin.shop.till("cashier") as cashier:
        refused(await cashier.call("POST", "/categories", {"name": "Hot"}), 403, "forbidden")
        said(await change(admin, "cashier", role="manager"), 200)
        said(await cashier.call("POST", "/categories", {"name": "Hot"}), 201)
        said(await change(admin, "cashier", role="kitchen"), 200)
        refused(await cashier.call("POST", "/categories", {"name": "Cold"}), 403, "forbidden")

        assert said(await cashier.call("GET", "/auth/me"), 200)["role"] == "kitchen"


async def test_other_locations_hold_at_the_next_request(admin: Till) -> None:
    here = {"location_id": str(admin.shop.location_id), "lines": []}
    async with admin.shop.till("cashier") as cashier:
        said(await cashier.call("POST", "/orders", here), 201)
        said(await change(admin, "cashier", location_ids=[]), 200)
        refused(await cashier.call("POST", "/orders", here), 403, "forbidden")


async def test_who_left_is_out_at_once_and_comes_back_by_signing_in(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop = admin.shop
    await give_password(shop)
    first, who = await signed_in(http, shop.email("cashier")), str(shop.staff_id("cashier"))
    colleague = await signed_in(http, shop.email("colleague"))

    said(await change(admin, "cashier", active=False), 200)

    refused(await me(http, first["access_token"]), 401, "unauthenticated")
    refused(await refresh(http, first["refresh_token"]), 401, "unauthenticated")
    refused(await log_in(http, shop.email("cashier")), 401, "invalid-credentials")
    said(await me(http, colleague["access_token"]), 200)

    said(await change(admin, "cashier", active=True), 200)
    refused(await me(http, first["access_token"]), 401, "unauthenticated")
    refused(await refresh(http, first["refresh_token"]), 401, "unauthenticated")
    await signed_in(http, shop.email("cashier"))
    ended = [row["revoked_at"] for row in await sessions(shop) if str(row["staff_id"]) == who]
    assert sorted(map(str, ended)) == sorted(map(str, (NOON, None)))


async def test_a_new_password_signs_everybody_out_who_used_the_old_one(
    admin: Till, http: httpx.AsyncClient
) -> None:
    shop = admin.shop
    await give_password(shop)
    held = [await signed_in(http, shop.email("cashier")) for _ in range(2)]

    said(await change(admin, "cashier", password=SECRET), 200)

    for one in held:
        refused(await me(http, one["access_token"]), 401, "unauthenticated")
        refused(await refresh(http, one["refresh_token"]), 401, "unauthenticated")
    refused(await log_in(http, shop.email("cashier"), PASSWORD), 401, "invalid-credentials")
    await signed_in_as(http, shop.email("cashier"), SECRET)

    said(await change(admin, "manager", role="admin"), 200)
    async with shop.till("manager") as other:
        said(await change(other, "admin", password=SECRET), 200)
    refused(await admin.call("GET", "/auth/me"), 401, "unauthenticated")


@pytest.mark.parametrize("column", ["active = false", "password_hash = 'x'"])
async def test_who_signs_in_at_the_moment_of_being_signed_out_stays_out(
    shop: Shop, http: httpx.AsyncClient, column: str
) -> None:
    await give_password(shop)
    who = shop.staff_id("cashier")
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        await tx.fetch("select id from staff where id = $1 for no key update", who)
        coming = asyncio.create_task(log_in(http, shop.email("cashier")))
        await until_somebody_waits(tx)  # The password was right; no session is open yet.
        await tx.fetch(f"update staff set {column} where id = $1 returning id", who)

    refused(await coming, 401, "invalid-credentials")
    assert await sessions(shop) == []


async def test_passwords_and_pins_are_kept_as_hashes_and_told_to_nobody(
    admin: Till, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    body = ann(admin.shop, id=str(uuid4()), pin="90817263")
    answers = [
        await admin.call("POST", "/staff", body),
        await admin.call("POST", "/staff", body),
        await admin.call("POST", "/staff", {**body, "pin": "90817264"}),
        await admin.call("POST", "/staff", {**body, "name": 1}),
        await admin.call("GET", f"/staff/{body['id']}"),
        await admin.call("GET", "/staff"),
    ]
    kept = await hashes(admin.shop, body["id"])
    path = f"/staff/{body['id']}"
    wish = {"password": "battery staple", "pin": "55667788"}
    answers.append(await admin.call("PATCH", path, wish))

    assert passwords.verify(SECRET, kept["password_hash"])
    assert passwords.verify("90817263", kept["pin_hash"])
    now = await hashes(admin.shop, body["id"])
    assert passwords.verify("battery staple", now["password_hash"])
    assert passwords.verify("55667788", now["pin_hash"])
    said(await admin.call("PATCH", path, {"pin": None}), 200)
    assert await hashes(admin.shop, body["id"]) == {**now, "pin_hash": None}
    everything, told = await admin.shop.everything(), [one.text for one in answers]
    everywhere = "".join([*told, caplog.text, *capfd.readouterr(), repr(everything)])
    for secret in (SECRET, "battery staple", "90817263", "90817264", "55667788"):
        assert secret not in everywhere
    assert "hash" not in "".join(told)
    assert "argon2" not in "".join([*told, caplog.text, repr(everything["outbox"])])


async def test_only_who_manages_people_sees_them(admin: Till) -> None:
    shop = admin.shop
    listed = said(await admin.call("GET", "/staff"), 200)

    assert listed["next"] is None
    assert [(one["name"], one["role"]) for one in listed["items"]] == [
        ("Admin", "admin"),
        ("Cashier", "cashier"),
        ("Colleague", "cashier"),
        ("Kitchen", "kitchen"),
        ("Manager", "manager"),
    ]
    for who in ("kitchen", "cashier", "manager"):
        async with shop.till(who) as somebody:
            for path in ("/staff", f"/staff/{shop.staff_id(who)}"):
                problem = refused(await somebody.call("GET", path), 403, "forbidden")
                assert problem["permission"] == "staff.manage"
    async with shop.stranger("admin") as stranger:
        theirs = said(await stranger.call("GET", "/staff"), 200)["items"]
        assert not {one["id"] for one in theirs} & {one["id"] for one in listed["items"]}


async def test_a_location_that_is_not_there_is_pointed_at_and_each_is_kept_once(
    admin: Till,
) -> None:
    here, nowhere = str(admin.shop.location_id), str(uuid4())
    async with admin.shop.stranger() as stranger:
        elsewhere = str(stranger.shop.location_id)
    before = await admin.shop.everything()

    for places, index in (([nowhere], 0), ([here, elsewhere], 1), ([here, here, nowhere, here], 2)):
        for answer in (
            await admin.call("POST", "/staff", ann(admin.shop, location_ids=places)),
            await change(admin, "cashier", location_ids=places),
        ):
            problem = refused(answer, 400, "invalid-request")
            assert problem["errors"][0]["pointer"] == f"/location_ids/{index}"
    assert await admin.shop.everything() == before

    changed = said(await change(admin, "cashier", location_ids=[here, here]), 200)
    assert changed["location_ids"] == [here]


WRONG: list[tuple[str, object]] = [
    *(("email", email) for email in ("ann", "ann@shop", "@shop.test", "a b@shop.test", "a@b@c.d")),
    *(("email", email) for email in ("ann@shop.test\n", "ann@shop.test\t", "a@.", "", None, 1)),
    ("email", "a" * 245 + "@shop.test"),
    *(("email", email) for email in ("?,:;?@..!(", "a..b@shop.test", "a@shop..test", "(a)@b.test")),
    *(("password", text) for text in ("seven 7", "", "x" * 1001, "eight\0chars", None, 12345678)),
    *(("pin", text) for text in ("123", "123456789", "12a4", "١٢٣٤", "1234\n", "", 1234)),
    *(("role", role) for role in ("owner", "Admin", "", None, 1)),
    *(("location_ids", value) for value in (None, "x", 1)),
    *(("location_ids", [value]) for value in (None, "x", 1)),
    *(("name", name) for name in ("", "two\nlines", "x" * 201, None, 1)),
    *(("version", version) for version in (0, -1, 1.5, "1", True, None)),
    *(("active", value) for value in (0, "true", None)),
    *(("password_hash", value) for value in ("x",)),
    *(("merchant_id", value) for value in (str(uuid4()),)),
]


async def test_what_nobody_can_be_is_refused(admin: Till) -> None:
    before = await admin.shop.everything()

    for name, value in WRONG:
        answers = [await change(admin, "cashier", **{name: value})]
        answers.append(await admin.call("POST", "/staff", ann(admin.shop, **{name: value})))
        for answer in answers:
            problem = refused(answer, 400, "invalid-request")
            pointer = problem["errors"][0]["pointer"]
            assert pointer.startswith(f"/{name}") or f"`{name}`" in problem["detail"], (name, value)

    assert await admin.shop.everything() == before


async def test_the_last_admin_stays_one(admin: Till) -> None:
    shop = admin.shop
    await shop.rows("update staff set active = false where name = 'Kitchen' returning id")
    said(await change(admin, "kitchen", role="admin"), 200)  # Who left does not count.
    before = await shop.everything()

    wishes: tuple[dict[str, object], ...] = (
        {"active": False},
        {"role": "manager"},
        {"role": "cashier"},
        {"role": "kitchen"},
        {"role": "manager", "active": False, "name": "New"},
    )
    for wish in wishes:
        refused(await change(admin, "admin", **wish), 409, "last-admin")

    assert await shop.everything() == before
    said(await change(admin, "admin", name="New", role="admin", active=True), 200)
    said(await change(admin, "manager", role="admin"), 200)
    said(await change(admin, "admin", role="cashier"), 200)
    refused(await admin.call("GET", "/staff"), 403, "forbidden")


async def test_two_admins_who_remove_each_other_at_once_leave_one(admin: Till) -> None:
    shop = admin.shop
    said(await change(admin, "manager", role="admin"), 200)

    async with shop.till("manager") as other:
        answers = await asyncio.gather(
            change(admin, "manager", active=False), change(other, "admin", active=False)
        )

    assert [one.status_code for one in answers].count(200) == 1
    assert {one.status_code for one in answers} <= {200, 401, 409}
    left = await shop.rows("select id from staff where role = 'admin' and active")
    assert len(left) == 1


async def test_who_waits_to_remove_the_admin_that_was_left_is_refused(admin: Till) -> None:
    shop = admin.shop
    said(await change(admin, "manager", role="admin"), 200)
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        demotion = "update staff set role = 'cashier' where id = $1 returning id"
        await tx.fetch(demotion, shop.staff_id("manager"))
        leaving = asyncio.create_task(change(admin, "admin", active=False))
        await until_somebody_waits(tx)

    refused(await leaving, 409, "last-admin")
    said(await admin.call("GET", "/staff"), 200)
