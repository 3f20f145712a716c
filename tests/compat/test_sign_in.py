"""Signing in from an existing till: its envelope, its older body, its words, and who it is not."""

from __future__ import annotations

from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from fynlo.compat.ports import Identities
from fynlo.config import Config
from fynlo.main import create_app
from tests.compat.till import PASSWORD, give_passwords, old_till, told
from tests.support.serve import http_client, serve
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Shop

CASHIER = ["view_menu", "process_orders", "handle_payments", "access_pos"]
OWNER = [
    *("view_menu", "process_orders", "handle_payments", "view_reports"),
    *("manage_employees", "manage_menu", "manage_settings", "access_pos"),
]


async def test_tr104_the_till_signs_in_at_the_server_and_finds_its_tokens(shop: Shop) -> None:
    await give_passwords(shop)
    async with old_till(shop, None) as till:
        answer = await till.send(
            "POST", "/auth/login", {"email": shop.email("cashier"), "password": PASSWORD}
        )
        body = said(answer, 200)
        data = body["data"]
        valid = {"Authorization": f"Bearer {data['access_token']}"}
        asked = [await till.send(verb, "/auth/validate", **valid) for verb in ("GET", "POST")]
        left = await till.send("POST", "/auth/logout", **valid)
        after = await till.send("GET", "/auth/validate", **valid)

    assert answer.headers["x-api-version"] == "1"
    assert {name: body[name] for name in data} == data
    assert (data["token_type"], data["expires_in"], data["session"]) == ("Bearer", 3600, None)
    assert data["user"] == {
        "id": str(shop.staff_id("cashier")),
        "name": "Cashier",
        "login": shop.email("cashier"),
        "email": shop.email("cashier"),
        "role": "employee",
        "permissions": CASHIER,
        "restaurant_id": str(shop.merchant_id),
        "is_platform_owner": False,
    }
    assert [told(one) for one in asked] == [{"valid": True, "user": data["user"]}] * 2
    assert left.status_code == 204
    assert refused(after, 401, "unauthenticated")["error"]["code"] == "AUTH003"


@pytest.mark.parametrize(
    ("who", "role", "rights"),
    [
        ("kitchen", "employee", ["view_menu", "access_pos"]),
        ("cashier", "employee", CASHIER),
        ("admin", "restaurant_owner", OWNER),
    ],
)
async def test_the_older_body_signs_in_and_says_who_it_is_in_its_words(
    shop: Shop, who: str, role: str, rights: list[str]
) -> None:
    older = {"username": shop.email(who), "password": PASSWORD, "device_id": "ipad-7"}
    await give_passwords(shop)
    async with old_till(shop, None) as till:
        user = told(await till.send("POST", "/auth/login", older))["user"]

    assert (user["role"], user["permissions"]) == (role, rights)


async def test_nobody_is_let_in_by_another_password_or_by_none(shop: Shop) -> None:
    await give_passwords(shop)
    async with old_till(shop, None) as till:
        wrong = {"email": shop.email("cashier"), "password": "user123"}
        problem = refused(await till.send("POST", "/auth/login", wrong), 401, "invalid-credentials")
        nameless = await till.send("POST", "/auth/login", {"password": PASSWORD})

    assert problem["error"] == {
        "code": "AUTH001",
        "message": "The e-mail or the password is wrong.",
        "recoverable": True,
    }
    assert refused(nameless, 400, "invalid-request")["errors"][0]["pointer"] == "/email"


async def test_a_refresh_token_that_comes_twice_ends_the_session(shop: Shop) -> None:
    async with old_till(shop, None) as till:
        first = dict(await till.sign_in())
        await till.refresh()
        again = await till.send("POST", "/auth/refresh", {"refresh_token": first["refresh_token"]})
        after = await till.send("GET", "/auth/validate")

    assert till.tokens["refresh_token"] != first["refresh_token"]
    assert till.tokens["user"] == first["user"]
    assert refused(again, 401, "token-reused")["error"]["code"] == "AUTH006"
    refused(after, 401, "unauthenticated")


class Known:
    """An identity provider that knows people by tokens of its own."""

    def __init__(self, people: dict[str, str]) -> None:
        self._people = people

    async def email_of(self, token: str) -> str | None:
        return self._people.get(token)


@asynccontextmanager
async def with_provider(shop: Shop, people: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the shop with an identity provider wired in."""
    wiring = replace(shop.wiring, identities=Identities(Known(people)))
    async with (
        serve(create_app(Config(), lambda _: nullcontext(wiring))) as url,
        http_client(base_url=url) as http,
    ):
        yield http


def _verify(http: httpx.AsyncClient, token: str) -> Any:
    return http.post("/api/v1/auth/verify", json={"token": token})


async def test_another_provider_signs_in_whom_it_knows_and_who_works_here(shop: Shop) -> None:
    async with shop.wiring.db.transaction(shop.merchant_id) as tx:
        sql = "update staff set active = false where merchant_id = $1 and id = $2"
        tx.write(sql, shop.merchant_id, shop.staff_id("colleague"))
    people = {
        "hers": shop.email("manager").upper(),
        "gone": shop.email("colleague"),
        "nobody's": "nobody@fynlo.test",
    }
    async with with_provider(shop, people) as http:
        data = told(await _verify(http, "hers"))
        before = await shop.rows("select count(*) from sessions")
        for token, code in (
            ("gone", "invalid-credentials"),
            ("nobody's", "invalid-credentials"),
            ("unknown", "unauthenticated"),
        ):
            refused(await _verify(http, token), 401, code)
        valid = await http.get(
            "/api/v1/auth/validate", headers={"Authorization": f"Bearer {data['access_token']}"}
        )

    assert told(valid)["user"]["role"] == data["user"]["role"] == "manager"
    assert await shop.rows("select count(*) from sessions") == before


async def test_without_a_provider_there_is_no_such_way_in(shop: Shop) -> None:
    async with http_client(base_url=shop.url) as http:
        problem = refused(await _verify(http, "hers"), 404, "not-served")

    assert problem["error"]["code"] == "API004"


async def test_a_key_is_somebody_without_an_address(shop: Shop) -> None:
    async with shop.till("admin") as admin:
        body = {"name": "Screen", "scopes": ["orders.read"]}
        key = said(await admin.call("POST", "/api-keys", body), 201)["key"]
    async with http_client(base_url=shop.url, headers={"X-API-Key": key}) as http:
        user = told(await http.get("/api/v1/auth/validate"))["user"]

    assert (user["email"], user["permissions"]) == ("", ["view_menu", "access_pos"])
