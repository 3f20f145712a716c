"""Who may not is told so from outside: every route, for every role and for keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest

from fynlo.staff import Permission, Role
from fynlo.staff.model import NOT_FOR_KEYS, PERMISSIONS
from tests.http.document import calls
from tests.http.rights import NEEDS, PUBLIC, SIGNED_IN
from tests.support.serve import http_client
from tests.support.shop import Till, refused, said

if TYPE_CHECKING:
    import httpx

    from tests.http.document import Call
    from tests.support.shop import Shop

CALLS: Final = calls()
GUARDED: Final = [one for one in CALLS if NEEDS.get(str(one), PUBLIC) not in {PUBLIC, SIGNED_IN}]


async def ask(till: Till, call: Call) -> httpx.Response:
    """Send a call with a body and a query that fit, about things that need not exist."""
    query: dict[str, Any] = {
        one["name"]: call.sample(one["schema"])
        for one in call.operation.get("parameters", ())
        if one["in"] == "query" and one["required"]
    }
    headers = {"Idempotency-Key": str(uuid4())}
    body: dict[str, Any] = {"json": None if call.body is None else call.sample()}
    if call.takes_file:
        body, headers["Content-Type"] = {"content": b"name\n"}, "text/csv"
    return await till.http.request(call.method, call.url(), params=query, headers=headers, **body)


async def refusals(till: Till, held: frozenset[Permission]) -> dict[str, str]:
    """Ask everything that needs more than is held; return what was not refused for that."""
    wrong = {}
    for call in GUARDED:
        needed = Permission(NEEDS[str(call)])
        if needed not in held:
            answer = await ask(till, call)
            body = answer.json() if answer.status_code == 403 else {}
            if (body.get("code"), body.get("permission")) != ("forbidden", needed.value):
                wrong[str(call)] = f"{answer.status_code} {answer.text}"
    return wrong


async def entries(till: Till, held: frozenset[Permission]) -> dict[str, str]:
    """Ask everything that needs no more than is held; return what was refused nevertheless."""
    wrong = {}
    for call in GUARDED:
        needed = Permission(NEEDS[str(call)])
        if needed in held:
            answer = await ask(till, call)
            lacks = answer.status_code == 403 and answer.json().get("permission") == needed.value
            if answer.status_code == 401 or lacks:
                wrong[str(call)] = answer.text
    return wrong


def test_every_route_says_who_may_call_it() -> None:
    assert set(NEEDS) == {str(call) for call in CALLS}, "Say it in tests/http/rights.py."
    assert {str(call) for call in CALLS if call.is_public} == {
        name for name, needed in NEEDS.items() if needed == PUBLIC
    }
    assert set(NEEDS.values()) - {PUBLIC, SIGNED_IN} <= set(Permission)


@pytest.mark.parametrize("role", Role)
async def test_x12_a_role_may_call_what_the_table_says_and_nothing_else(
    shop: Shop, role: Role
) -> None:
    async with shop.till(role.value) as somebody:
        before = await shop.everything()
        assert await refusals(somebody, PERMISSIONS[role]) == {}
        assert await shop.everything() == before

        assert await entries(somebody, PERMISSIONS[role]) == {}


async def test_h20_a_key_comes_in_wherever_a_token_does_and_its_scopes_hold(shop: Shop) -> None:
    most = PERMISSIONS[Role.ADMIN] - NOT_FOR_KEYS
    keys = {}
    async with shop.till("admin") as admin:
        for name, scopes in (("all", most), ("few", {Permission.ORDERS_READ})):
            body = {"name": name, "scopes": sorted(scopes)}
            keys[name] = said(await admin.call("POST", "/api-keys", body), 201)["key"]

    for name, held in (("few", frozenset({Permission.ORDERS_READ})), ("all", frozenset(most))):
        async with http_client(base_url=shop.url, headers={"X-API-Key": keys[name]}) as http:
            program = Till(shop, http)
            said(await program.call("GET", "/auth/me"), 200)
            before = await shop.everything()
            assert await refusals(program, held) == {}
            assert await shop.everything() == before
            assert await entries(program, held) == {}
            for call in CALLS:
                if call.method == "GET" and NEEDS[str(call)] == SIGNED_IN:
                    own = {403} if call.path == "/api/v1/auth/sessions" else {200, 404}
                    assert (await ask(program, call)).status_code in own, call


async def test_two_ways_to_say_who_one_is_are_one_the_token(shop: Shop) -> None:
    async with shop.till("cashier") as cashier:
        cashier.http.headers["X-API-Key"] = "fk_unknown"
        said(await cashier.call("GET", "/auth/me"), 200)
        cashier.http.headers["Authorization"] = "Bearer a.b.c"
        refused(await cashier.call("GET", "/auth/me"), 401, "unauthenticated")
