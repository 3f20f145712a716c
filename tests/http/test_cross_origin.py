"""Which pages of other origins may call the API: those that are named, and no others."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from fynlo.config import Config
from fynlo.main import create_app
from tests.support.serve import http_client, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.support.shop import Shop

TILL = "https://till.example.com"
PAY = "/api/v1/transactions/process"


@pytest.fixture
async def browser(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """Call an API that lets one origin's pages in."""
    async with (
        serve(create_app(Config(cors_origins=(TILL,)), lambda _: nullcontext(shop.wiring))) as url,
        http_client(base_url=url) as http,
    ):
        yield http


def asks(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }


async def test_a_page_of_a_named_origin_may_pay(browser: httpx.AsyncClient) -> None:
    answer = await browser.options(PAY, headers=asks(TILL))

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == TILL
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["access-control-max-age"] == "86400"
    allowed = answer.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
    assert {"authorization", "content-type", "idempotency-key", "x-device-token"} <= set(allowed)
    of_tills = {"x-idempotency-key", "x-device-id", "x-api-key", "x-api-version", "x-restaurant-id"}
    assert of_tills <= set(allowed)
    methods = answer.headers["access-control-allow-methods"].replace(" ", "").split(",")
    assert sorted(methods) == ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]


@pytest.mark.parametrize("path", [PAY, "/api/v1/orders", "/api/v1/no-such-route"])
async def test_it_can_read_refusals_and_what_to_do_about_them(
    browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.post(path, headers={"Origin": TILL}, json={})

    assert answer.status_code in {401, 404}
    assert answer.headers["access-control-allow-origin"] == TILL
    exposed = answer.headers["access-control-expose-headers"].lower().replace(" ", "").split(",")
    assert sorted(exposed) == ["idempotent-replayed", "retry-after", "x-request-id"]


async def test_tr100_a_page_of_any_other_origin_may_not(browser: httpx.AsyncClient) -> None:
    asked = await browser.options(PAY, headers=asks("https://evil.example.com"))
    called = await browser.get("/api/v1/auth/me", headers={"Origin": "https://evil.example.com"})

    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in called.headers


async def test_no_page_may_where_no_origin_is_named(shop: Shop) -> None:
    async with http_client(base_url=shop.url) as http:
        answer = await http.options(PAY, headers=asks(TILL))

    assert "access-control-allow-origin" not in answer.headers
