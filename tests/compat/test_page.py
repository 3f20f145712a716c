"""The page that tells what an existing till is served, held to the routes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fynlo.compat.problems import in_their_words
from fynlo.compat.routes import SHARED
from tests.compat.till import old_till
from tests.house.source import ROOT
from tests.http.document import calls
from tests.support.shop import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.shop import Shop

PAGE = (ROOT / "docs" / "reference" / "compat.md").read_text("utf-8")
_CALL = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?]*)`")
_ID = re.compile(r"\{[^}]+\}")


def told(section: str, following: str) -> Iterator[tuple[str, str]]:
    """Walk over the calls in the first column of a section's table."""
    text = PAGE[PAGE.index(section) : PAGE.index(following)]
    for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE):
        yield from _CALL.findall(row)


def plain(path: str) -> str:
    return _ID.sub("{}", path.removeprefix("/api/v1").removeprefix("/till"))


ROUTES = {(call.method, plain(call.path)) for call in calls()}
SERVED = {(method, plain(path)) for method, path in told("## 2", "## 3")}
LEFT_OUT = {(method, path) for method, path in told("## 3", "## 4")}


def test_every_call_of_the_page_is_a_route_and_every_route_for_tills_is_on_the_page() -> None:
    of_tills = {
        (call.method, plain(call.path))
        for call in calls()
        if call.operation["tags"] == ["Existing tills"]
    }

    assert set() == SERVED - ROUTES
    assert of_tills - SERVED == set()
    assert len(SERVED) > 30


def test_what_has_two_shapes_has_one_of_ours_beside_it() -> None:
    for method, pattern in SHARED:
        path = plain(f"/api/v1{pattern.replace('[0-9A-Fa-f-]{36}', '{}')}")
        assert (method, path) in ROUTES, path
    assert len(SHARED) == 8


async def test_every_call_that_is_left_out_says_so(shop: Shop) -> None:
    async with old_till(shop) as till:
        till.http.event_hooks = {}  # What is left out is not in the document either.
        for method, path in LEFT_OUT:
            answer = await till.send(method, _ID.sub(str(uuid4()), path), {})
            refused(answer, 404, "not-served")
    assert len(LEFT_OUT) > 20


@pytest.mark.parametrize(
    ("problem", "theirs"),
    [
        ({"code": "order-not-payable", "status": 409, "state": "draft"}, "ORD004"),
        ({"code": "order-not-payable", "status": 409, "state": "canceled"}, "ORD003"),
        ({"code": "order-not-payable", "status": 409, "state": "paid"}, "ORD002"),
        ({"code": "temporarily-unavailable", "status": 503}, "API003"),
        ({"code": "too-many-attempts", "status": 429}, "API006"),
        ({"code": "version-conflict", "status": 409}, "API005"),
        ({"code": "forbidden", "status": 403}, "AUTH005"),
    ],
)
def test_a_problem_has_the_code_that_the_till_knows(
    problem: dict[str, object], theirs: str
) -> None:
    said = in_their_words({"detail": "No.", "retry": "same_key", **problem}, "/api/v1/orders")

    assert (said.code, said.message, said.recoverable) == (theirs, "No.", True)
    assert f"| {theirs}" in PAGE
