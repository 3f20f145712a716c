"""Which shape a caller is served: by the mark that it sends, and by nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from fynlo.compat.dialect import Dialect
from fynlo.compat.routes import SHARED
from tests.compat.till import item, old_till, told
from tests.support.serve import http_client
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Shop, Till

ORDER = "6a31008e-1053-4caa-9523-f40fb3ac6739"
VERSION = (b"x-api-version", b"1")
ACCEPT = (b"accept", b"application/json; version=1")


async def led(
    method: str, path: str, *headers: tuple[bytes, bytes], kind: str = "http"
) -> tuple[str, bytes | None, dict[str, str]]:
    """Return where a call is led, as text and as bytes, and what was answered."""
    seen: dict[str, Any] = {}
    answered: dict[str, str] = {}

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        seen.update(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        for name, value in message.get("headers", ()):
            answered[name.decode()] = value.decode()

    scope: Any = {"type": kind, "method": method, "path": path, "headers": list(headers)}
    await Dialect(app, SHARED)(scope, None, send)  # type: ignore[arg-type]
    return seen["path"], seen.get("raw_path"), answered


@pytest.mark.parametrize(
    ("method", "path", "meant"),
    [
        ("POST", "/api/v1/orders", "/api/v1/orders"),
        ("POST", "/api/orders", "/api/v1/orders"),
        ("GET", "/api/v2/orders", "/api/v2/orders"),
        ("GET", "/health", "/health"),
        ("GET", "/tillage/api/orders", "/tillage/api/orders"),
        ("GET", "/pay/api/x", "/pay/api/x"),
        ("POST", "/till/api/v1/orders", "/api/v1/till/orders"),
        ("POST", "/till/api/orders", "/api/v1/till/orders"),
        ("POST", "/till/api/v1/auth/login", "/api/v1/till/auth/login"),
        ("POST", "/till/api/v1/auth/logout", "/api/v1/auth/logout"),
        ("GET", "/till/health", "/health"),
        ("GET", "/till/api/v1/health", "/health"),
        ("GET", "/api/v1/health", "/health"),
        ("GET", "/till/index.html", "/till/index.html"),
        ("GET", f"/till/api/v1/orders/{ORDER}", f"/api/v1/till/orders/{ORDER}"),
        ("PATCH", f"/till/api/v1/orders/{ORDER}", f"/api/v1/orders/{ORDER}"),
        ("GET", "/till/api/v1/orders/recent", "/api/v1/orders/recent"),
        ("POST", "/till/api/v1/payments/process", "/api/v1/payments/process"),
    ],
)
async def test_an_address_leads_to_its_shape(method: str, path: str, meant: str) -> None:
    found, raw_path, answered = await led(method, path)

    assert (found, answered) == (meant, {})
    assert raw_path == (None if found == path else meant.encode())


@pytest.mark.parametrize("mark", [VERSION, ACCEPT, (b"accept", b'text/json;version="1", */*')])
async def test_a_version_that_is_asked_for_leads_there_too_and_is_said_back(
    mark: tuple[bytes, bytes],
) -> None:
    found, _, answered = await led("POST", "/api/v1/orders", mark)

    assert found == "/api/v1/till/orders"
    assert answered == {"x-api-version": "1"}


@pytest.mark.parametrize(
    "mark", [(b"x-api-version", b"2"), (b"accept", b"a/b;version=10"), (b"accept", b"version=1")]
)
async def test_any_other_version_is_no_mark(mark: tuple[bytes, bytes]) -> None:
    assert await led("POST", "/api/v1/orders", mark) == ("/api/v1/orders", None, {})


async def test_what_is_no_http_is_let_through() -> None:
    found, _, answered = await led("POST", "/till/api/v1/orders", VERSION, kind="lifespan")

    assert (found, answered) == ("/till/api/v1/orders", {})


async def test_without_a_mark_our_own_contract_is_as_it_was(till: Till) -> None:
    before = await till.shop.everything()
    body = {"items": [item(till.shop, "meal")], "total": 10}

    problem = refused(await till.call("POST", "/orders", body), 400, "invalid-request")

    assert "error" not in problem
    assert await till.shop.everything() == before
    assert "items" in said(await till.call("GET", "/products"), 200)


async def test_the_address_alone_makes_a_till_of_a_caller(shop: Shop) -> None:
    token = await shop.sign_in("cashier")
    headers = {"Authorization": f"Bearer {token}"}
    async with http_client(base_url=f"{shop.url}/till", headers=headers) as http:
        taken = await http.post("/api/orders", json={"items": [item(shop, "meal")]})
        listed = await http.get("/api/v1/orders?limit=5")

    assert told(taken, 201)["total"] == 10
    assert [one["id"] for one in told(listed)] == [taken.json()["id"]]
    assert "x-api-version" not in taken.headers


async def test_tr115_a_queue_of_another_shop_is_refused_whatever_it_says(shop: Shop) -> None:
    async with old_till(shop) as till:
        before = await shop.everything()
        for stranger in (str(uuid4()), "1 or 1=1; --", "O'Brien"):
            answer = await till.send(
                *("POST", "/orders", {"items": [item(shop, "meal")]}),
                **{"X-Restaurant-Id": stranger},
            )
            refused(answer, 403, "forbidden")
        assert await shop.everything() == before

        mine = {"X-Restaurant-Id": str(shop.merchant_id).upper()}
        body = {"items": [item(shop, "meal") | {"special_instructions": "O'Brien; #5 -- <b>"}]}
        taken = told(await till.send("POST", "/orders", body, **mine), 201)

    assert taken["items"][0]["special_instructions"] == "O'Brien; #5 -- <b>"
