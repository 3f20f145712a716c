"""A refusal on the wire: one shape, one status for each kind, and facts that hide nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from litestar import Litestar, get, post
from litestar.exceptions import HTTPException, InternalServerException
from litestar.params import FromPath
from structlog.testing import capture_logs

from fynlo.kernel.errors import DomainError, Forbidden, Kind, Retry, Unauthenticated
from fynlo.platform import problems, telemetry
from fynlo.platform.http import RequestIds
from fynlo.platform.problems import STATUS, pointer, problem_body, refusal
from tests.support.serve import http_client, serve
from tests.support.shop import refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx


class Odd(DomainError):
    """A refusal that asks to be repeated."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code = "odd"
    title = "It is odd."
    retry = Retry.SAME_KEY


def test_a_refusal_has_the_members_of_the_standard_and_its_facts() -> None:
    telemetry.set_request_id("till-7.2026")

    assert refusal(Odd("Seven is odd.", number=7, parts=[1, 2])) == {
        "type": "/problems/odd",
        "title": "It is odd.",
        "status": 409,
        "detail": "Seven is odd.",
        "code": "odd",
        "retry": "same_key",
        "request_id": "till-7.2026",
        "number": 7,
        "parts": [1, 2],
    }


def test_a_fact_never_hides_a_member_of_the_standard() -> None:
    facts = {"status": 200, "code": "fine", "type": "x", "title": "x", "detail": "x", "extra": 1}

    body = problem_body(
        code="odd",
        title="It is odd.",
        status=409,
        detail="Seven.",
        retry=Retry.NEVER,
        facts={**facts, "retry": "x", "request_id": "x"},
    )

    assert (body["status"], body["code"], body["type"]) == (409, "odd", "/problems/odd")
    assert (body["title"], body["detail"], body["retry"]) == ("It is odd.", "Seven.", "never")
    assert (body["request_id"], body["extra"]) == (telemetry.request_id(), 1)


def test_each_kind_of_no_has_its_own_status() -> None:
    assert {kind.value: status for kind, status in STATUS.items()} == {
        "invalid": 400,
        "unauthenticated": 401,
        "forbidden": 403,
        "not_found": 404,
        "conflict": 409,
        "too_large": 413,
        "refused": 422,
        "throttled": 429,
    }


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("", ""),
        ("$", ""),
        ("$.payments", "/payments"),
        ("$.payments[0].amount", "/payments/0/amount"),
        ("$[1][20]", "/1/20"),
        ("$.a[...].b", "/a"),
        ("$[...]", ""),
        ("$.a[0][...][1].b[...]", "/a/0"),
        ("$.lines[0].discount.value", "/lines/0/discount/value"),
    ],
)
def test_a_path_of_the_decoder_becomes_a_json_pointer(path: str, place: str) -> None:
    assert pointer(path) == place


@get("/{what:str}")
async def fail(what: FromPath[str]) -> None:
    """Fail as one is told to."""
    errors: dict[str, Exception] = {
        "odd": Odd("Seven is odd."),
        "soon": Odd("Wait.", retry_after=3),
        "nobody": Unauthenticated("Sign in."),
        "forbidden": Forbidden("Not you.", permission="x"),
        "teapot": HTTPException("Short and stout.", status_code=418, headers={"X-Spout": "1"}),
        "broken": HTTPException("Broken.", status_code=400, extra={"x": 1}),
        "pointed": HTTPException("Broken.", status_code=400, extra=[{"key": "a"}, "b"]),
        "outage": InternalServerException("The vault's code is 1234."),
        "bug": RuntimeError("The vault's code is 1234."),
    }
    raise errors[what]


@post("/read")
async def read(request: problems.AnyRequest) -> None:
    """Read the body."""
    await request.body()


def scope(method: str, path: str) -> Any:
    """Return what an ASGI server says of a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": None,
        "server": None,
    }


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of an application that fails as it is told to, and as the product would."""
    app = Litestar(
        [fail],
        exception_handlers={
            DomainError: problems.domain_error,
            HTTPException: problems.http_error,
            Exception: problems.bug,
        },
        openapi_config=None,
        signature_namespace={"FromPath": FromPath},
    )
    app.asgi_handler = RequestIds(app.asgi_handler)
    async with serve(app) as url, http_client(base_url=url) as client:
        yield client


async def test_a_refusal_says_when_to_ask_again(http: httpx.AsyncClient) -> None:
    odd, soon = await http.get("/odd"), await http.get("/soon")

    refused(odd, 409, "odd")
    assert "retry-after" not in odd.headers
    assert refused(soon, 409, "odd")["retry_after"] == 3
    assert soon.headers["retry-after"] == "3"


async def test_only_who_is_unknown_is_asked_to_sign_in(http: httpx.AsyncClient) -> None:
    nobody, forbidden = await http.get("/nobody"), await http.get("/forbidden")

    refused(nobody, 401, "unauthenticated")
    assert nobody.headers["www-authenticate"] == "Bearer"
    assert refused(forbidden, 403, "forbidden")["permission"] == "x"
    assert "www-authenticate" not in forbidden.headers


async def test_what_the_framework_refuses_has_the_same_shape(http: httpx.AsyncClient) -> None:
    teapot = await http.get("/teapot")

    problem = refused(teapot, 418, "invalid-request")
    assert (problem["detail"], problem["retry"]) == ("Short and stout.", "new_key")
    assert problem["title"] == "The request is malformed."
    assert teapot.headers["x-spout"] == "1"
    assert "errors" not in problem
    assert refused(await http.get("/broken"), 400, "invalid-request")["errors"] == []
    pointed = refused(await http.get("/pointed"), 400, "invalid-request")
    assert pointed["errors"] == [{"pointer": "/a", "detail": ""}]
    refused(await http.get("/odd/odd"), 404, "not-found")
    refused(await http.post("/odd"), 405, "method-not-allowed")


async def test_a_caller_who_hangs_up_in_the_middle_of_its_body_is_no_bug_of_ours() -> None:
    heard = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    said: list[Any] = []

    async def receive() -> Any:
        return heard.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    app = Litestar(
        [read],
        exception_handlers={HTTPException: problems.http_error},
        openapi_config=None,
    )
    with capture_logs() as logs:
        await app(scope("POST", "/read"), receive, send)

    assert said[0]["status"] == 400
    assert json.loads(said[1]["body"])["code"] == "invalid-request"
    assert logs == []


async def test_our_own_bug_tells_nothing_outside(http: httpx.AsyncClient) -> None:
    for path in ("/bug", "/outage"):
        answer = await http.get(path, headers={"X-Request-Id": "till-7.2026"})
        problem = refused(answer, 500, "internal-error")
        assert problem["retry"] == "same_key"
        assert problem["request_id"] == answer.headers["x-request-id"] == "till-7.2026"
        assert "1234" not in json.dumps(problem)


async def test_a_request_keeps_a_sane_id_of_its_caller(http: httpx.AsyncClient) -> None:
    sane = ("till-7.2026", "a" * 64, "A_b.c-12")
    odd = ("", "a" * 7, "a" * 65, "no spaces here", "na\xefve-id", 'quote"d-id', "<script>-id")

    for given in (*sane, *odd):
        headers: Any = {"X-Request-Id": given.encode("latin-1")}
        answer = await http.get("/odd", headers=headers)
        told = answer.headers["x-request-id"]
        assert answer.json()["request_id"] == told
        assert (told == given) is (given in sane), given
        assert given in sane or (len(told) == 32 and int(told, 16) >= 0)
