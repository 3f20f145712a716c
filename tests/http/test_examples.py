"""The document shows everything by example, and every example is what is really said."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema_rs
import pytest

from fynlo.main import EVENTS
from fynlo.openapi.about import TAGS
from fynlo.openapi.examples import Call as Kept
from fynlo.openapi.examples import Recorded, attach, recorded
from fynlo.platform.outbox import EventType
from tests.engines import make_database
from tests.http.audited import AUDITED
from tests.http.document import Call, calls, document, undocumented
from tools import pages
from tools.examples.day import FILE, record

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = document()
CALLS = calls()
PROBLEMS = DOCUMENT["components"]["examples"]
NOT_OVER_HTTP = {
    "unsupported-media-type",  # What is no JSON is malformed.
}


def fitting(schema: dict[str, Any], value: object) -> str:
    """Say why a value does not fit a schema of the document; "" when it does."""
    whole = {**schema, "components": DOCUMENT["components"]}
    found = jsonschema_rs.validator_for(whole, validate_formats=True).iter_errors(value)
    return "; ".join(f"{error.instance_path}: {error.message}" for error in found)


def shown(media: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Walk over the examples of a media type, by name."""
    for name, example in media.get("examples", {}).items():
        reference = example.get("$ref", "").rsplit("/", 1)[-1]
        yield name, PROBLEMS[reference]["value"] if reference else example["value"]


def media(call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk over everything that a call sends or may be answered with."""
    for kind in call.operation.get("requestBody", {}).get("content", {}).values():
        yield "request", kind
    for status, response in call.operation["responses"].items():
        for kind in response.get("content", {}).values():
            yield status, kind


async def test_the_day_gives_the_same_examples_and_the_same_trail_when_it_is_played_again(
    engines: dict[str, str],
) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")

    again, acts = await record(
        await make_database(engines, f"fynlo_examples_{worker}"), engines["valkey"]
    )

    assert acts == AUDITED
    assert again == FILE.read_text("utf-8"), "Run `make examples`, and look at what changed."


@pytest.mark.no_cover  # Only the document is read.
@pytest.mark.no_cover  # Only the document is read.
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_everything_that_is_sent_or_answered_has_an_example(call: Call) -> None:
    bare = {where for where, kind in media(call) if not list(shown(kind))}
    status = next(one for one in call.operation["responses"] if one < "300")
    path = call.path.removeprefix("/api/v1")

    assert bare == set(), (
        f'Add `Call(to="{call.method} {path}", title=…, body=…, status={status})` to the scene of'
        f" {call.operation['tags'][-1]!r} in tools/examples, and run `make examples`."
    )


@pytest.mark.no_cover  # Only the document is read.
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_every_example_is_as_its_schema_says(call: Call) -> None:
    for where, kind in media(call):
        for name, value in shown(kind):
            assert not (why := fitting(kind["schema"], value)), (where, name, why)


@pytest.mark.no_cover  # Only the document is read.
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_every_example_of_a_parameter_is_as_its_schema_says(call: Call) -> None:
    for parameter in call.operation.get("parameters", []):
        assert parameter.get("description"), (
            f"{parameter['name']}: say in fynlo/openapi/words.py what it means"
        )
        if parameter["required"]:
            assert "example" in parameter, f"{parameter['name']}: see the test of {call}"
            assert not (why := fitting(parameter["schema"], parameter["example"])), why


def test_every_problem_is_known_and_shown() -> None:
    known = {one.code for one in pages.problems()} | {one.code for one in pages.others()}
    shown_codes = {one["value"]["code"] for one in PROBLEMS.values()}

    assert shown_codes - known == set()
    assert known - shown_codes == NOT_OVER_HTTP
    table = DOCUMENT["info"]["description"]
    assert [code for code in shown_codes if f"| `{code}` |" not in table] == []


def test_every_event_that_code_can_tell_is_documented_with_what_was_told() -> None:
    declared: set[str] = set()
    for module in pages.modules():
        found = [value for value in vars(module).values() if isinstance(value, EventType)]
        declared |= {event.name for event in found}

    assert declared == {event.name for event in EVENTS} == DOCUMENT["webhooks"].keys()
    for name, hook in DOCUMENT["webhooks"].items():
        content = hook["post"]["requestBody"]["content"]["application/json"]
        told = [value for _, value in shown(content)]
        assert told, f"{name}: play what it tells of in tools/examples, and run `make examples`."
        assert not (why := fitting(content["schema"], told[0])), (name, why)


def test_every_word_of_the_document_is_explained() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert schema.get("description"), f"{name} needs a docstring."
        fields = schema.get("properties", {})
        bare = [field for field, about in fields.items() if not about.get("description")]
        assert bare == [], f"{name}: say in fynlo/openapi/words.py what they mean."


def test_every_call_has_a_name_a_title_and_a_part() -> None:
    names = [call.operation["operationId"] for call in CALLS]

    assert len(set(names)) == len(names)
    assert {tag["name"] for tag in DOCUMENT["tags"]} == set(TAGS)
    for call in CALLS:
        assert set(call.operation["tags"]) <= set(TAGS), (
            f"{call}: say in openapi/about.py what it is"
        )
        assert call.operation["summary"], call
    assert recorded().calls.keys() <= set(names), "Run `make examples`."


def test_an_answer_that_the_document_does_not_have_is_found() -> None:
    request = httpx.Request("GET", "http://till.test/api/v1/settings")
    elsewhere = httpx.Request("GET", "http://till.test/api/v1/nothing")

    def answer(status: int, code: str, asked: httpx.Request = request) -> str:
        return undocumented(httpx.Response(status, json={"code": code}, request=asked))

    assert "may answer 409 in-progress" in answer(409, "in-progress")
    assert "may answer 401 token-reused" in answer(401, "token-reused")
    assert "may answer 201" in answer(201, "")
    assert [answer(200, ""), answer(401, "unauthenticated"), answer(500, "internal-error")] == [
        *("", "", "")
    ]
    assert answer(418, "teapot", elsewhere) == ""


def test_an_operation_that_was_never_played_keeps_all_that_its_route_says() -> None:
    responses = {"200": {"description": ""}, "409": {"description": ""}}
    bare: dict[str, Any] = {
        "components": {},
        "paths": {"/new": {"get": {"operationId": "new", "responses": dict(responses)}}},
    }

    attach(bare, Recorded({"old": [Kept(200, "Old")]}, {}, {}))

    assert bare["paths"]["/new"]["get"]["responses"] == responses


def test_what_was_recorded_and_has_no_place_any_more_is_left_out() -> None:
    bare: dict[str, Any] = {
        "components": {},
        "paths": {"/old": {"get": {"operationId": "old", "responses": {"200": {}, "404": {}}}}},
    }

    attach(bare, Recorded({"old": [Kept(201, "Old", request={"a": 1}, response=1)]}, {}, {}))

    assert bare["paths"]["/old"]["get"] == {"operationId": "old", "responses": {"200": {}}}
