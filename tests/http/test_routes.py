"""Every route: there once, closed to strangers, blind to other merchants, and told as it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from litestar.routes import HTTPRoute

from fynlo.config import Config
from fynlo.main import create_app
from tests.http.document import Call, calls, document
from tests.support.shop import refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till

CALLS = calls()
CLOSED = [call for call in CALLS if not call.is_public]


def test_tr03_every_route_is_defined_once() -> None:
    routes = [route for route in create_app(Config()).routes if isinstance(route, HTTPRoute)]
    found: Counter[tuple[str, str]] = Counter()
    for route in routes:
        for handler in route.route_handlers:
            found.update((method, route.path) for method in handler.http_methods)

    assert set(found.values()) == {1}


async def test_tr02_every_call_of_the_document_is_served(till: Till) -> None:
    for call in CALLS:
        answer = await till.http.request(call.method, call.url())

        assert answer.status_code not in {405, 500, 501}, call
        if answer.status_code == 404:
            assert "There is no" in answer.json()["detail"] or "no route" in answer.text, call


@pytest.mark.parametrize("call", CLOSED, ids=str)
async def test_nobody_gets_in_without_a_token(till: Till, call: Call) -> None:
    before = await till.shop.everything()

    for headers in ({"Authorization": ""}, {"Authorization": "Bearer a.b.c"}):
        answer = await till.http.request(call.method, call.url(), headers=headers, json={})
        refused(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"

    assert await till.shop.everything() == before


@pytest.mark.parametrize("call", [one for one in CLOSED if one.has_ids], ids=str)
async def test_what_does_not_exist_is_not_found(till: Till, call: Call) -> None:
    before = await till.shop.everything()
    body = None if call.body is None else call.sample()

    async with till.shop.till("admin") as admin:
        unknown = await admin.http.request(
            call.method, call.url(uuid4()), json=body, headers={"Idempotency-Key": str(uuid4())}
        )
        nonsense = await admin.http.request(call.method, call.url("17"), json=body)

    refused(unknown, 404, "not-found")
    refused(nonsense, 404, "not-found")
    assert await till.shop.everything() == before


async def test_a_problem_says_where_to_read_more_and_who_asked(till: Till) -> None:
    named = {"X-Request-Id": "till-7.2026"}
    problem = refused(await till.http.get("/api/v1/nothing", headers=named), 404, "not-found")

    assert problem["request_id"] == "till-7.2026"
    odd = await till.http.get("/health", headers={"X-Request-Id": "not an id\t!"})
    assert len(odd.headers["x-request-id"]) == 32


async def test_a_method_that_a_route_has_not_is_refused(till: Till) -> None:
    refused(await till.http.delete("/api/v1/orders"), 405, "method-not-allowed")


async def test_health_is_told_to_everybody_and_nothing_more(till: Till) -> None:
    nobody = {"Authorization": ""}
    alive = said(await till.http.get("/health", headers=nobody), 200)
    ready = said(await till.http.get("/ready", headers=nobody), 200)

    assert (alive, ready) == ({"status": "healthy"}, {"status": "ready"})


async def test_the_document_is_served_as_it_is(till: Till) -> None:
    nobody = {"Authorization": ""}
    served = said(await till.http.get("/schema/openapi.json", headers=nobody), 200)

    assert served == document()
    assert served["openapi"].startswith("3.1")


def test_every_call_says_what_it_does_and_how_it_is_refused() -> None:
    for call in CALLS:
        assert call.operation["summary"], call
        assert call.operation["tags"], call
        needed = {
            "401": not call.is_public,
            "404": call.has_ids,
            "400": call.body is not None or call.is_keyed,
            "413": call.body is not None,
        }
        told = call.operation["responses"].keys()
        assert {status for status, is_needed in needed.items() if is_needed} <= told, call


def test_h24_every_call_that_moves_money_or_closes_something_asks_for_a_key() -> None:
    keyed = {str(call) for call in CALLS if call.is_keyed}

    assert keyed == {
        "POST /api/v1/transactions/process",
        "POST /api/v1/transactions/{transaction_id}/confirm",
        "POST /api/v1/transactions/{transaction_id}/cancel",
        "POST /api/v1/payments/process",
        "POST /api/v1/payments/cash",
        "POST /api/v1/exceptions/{exception_id}/resolve",
        "POST /api/v1/approvals/{approval_id}/approve",
        "POST /api/v1/approvals/{approval_id}/reject",
        "POST /api/v1/orders/{order_id}/cancel",
        "POST /api/v1/orders/{order_id}/lines",
        "POST /api/v1/orders/{order_id}/split",
        "POST /api/v1/orders/{order_id}/merge",
        "POST /api/v1/catalog/import",
        "POST /api/v1/drawers/sessions",
        "POST /api/v1/drawers/sessions/{session_id}/movements",
        "POST /api/v1/drawers/sessions/{session_id}/count",
        "POST /api/v1/drawers/sessions/{session_id}/close",
    }
