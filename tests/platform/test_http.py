"""The edge: cursors and times are read strictly; answers are sent as they were decided."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fynlo.kernel.errors import Invalid
from fynlo.platform import telemetry
from fynlo.platform.commands import Answer
from fynlo.platform.http import (
    Moment,
    RequestIds,
    decode_cursor,
    encode_cursor,
    moment,
    respond,
)

SOME_ID = UUID("019cb8b8-1e00-7fa2-b429-81f1ae0c990e")
NAMED = tuple[str, UUID]
TIMED = tuple[Moment, UUID]

names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


@given(names, st.uuids())
def test_a_place_by_name_survives_the_round_trip(name: str, some_id: UUID) -> None:
    cursor = encode_cursor(name, some_id)

    assert decode_cursor(cursor, NAMED) == (name, some_id)
    assert cursor.isascii()
    assert not set(cursor) & set("=+/ &?#%")


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_place_in_time_survives_the_round_trip(at: datetime, some_id: UUID) -> None:
    assert decode_cursor(encode_cursor(at, some_id), TIMED) == (at, some_id)


def test_no_cursor_is_no_place() -> None:
    assert decode_cursor(None, NAMED) is None


def test_a_time_in_a_cursor_is_read_in_utc() -> None:
    at, _ = decode_cursor(encode_cursor("2026-03-04T13:00:00+01:00", SOME_ID), TIMED)

    assert at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "a", "%%%", "\0", "💷", "null", "bnVsbA", "W10", "e30"),
        encode_cursor("tea"),
        encode_cursor("tea", SOME_ID, 1),
        encode_cursor(SOME_ID, "tea"),
        encode_cursor(17, SOME_ID),
        encode_cursor("te\0a", SOME_ID),
        encode_cursor("tea", SOME_ID)[:-3],
        base64.urlsafe_b64encode(b'["\xff","x"]').decode(),
    ],
    ids=repr,
)
def test_what_is_no_cursor_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decode_cursor(cursor, NAMED)

    assert refusal.value.facts["errors"] == [
        {"pointer": "/after", "detail": "This is not a cursor of ours."}
    ]


@pytest.mark.parametrize(
    "at", ["noon", "2026-03-04T12:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_a_time_that_is_none_or_beyond_the_calendar_is_refused(at: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        decode_cursor(encode_cursor(at, SOME_ID), TIMED)
    with pytest.raises(Invalid, match="A time looks like") as refusal:
        moment(at, "from")

    assert refusal.value.facts["errors"] == [{"pointer": "/from", "detail": str(refusal.value)}]


def test_a_time_is_read_with_its_offset() -> None:
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)

    assert moment(None, "from") is None
    for text in ("2026-03-04T12:00:00Z", "2026-03-04T13:00:00+01:00", "2026-03-04T06:30:00-05:30"):
        assert moment(text, "from") == noon
    assert moment("2026-03-04T12:00:00.000001Z", "from") == noon.replace(microsecond=1)


@pytest.mark.parametrize("is_replay", [False, True])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, "application/json") for status in (200, 201, 202)),
        *((status, "application/problem+json") for status in (402, 409, 422)),
    ],
)
def test_an_answer_is_sent_as_it_was_decided(status: int, kind: str, *, is_replay: bool) -> None:
    answer = Answer(status, b'{"the":  "very bytes"}', is_replay=is_replay)

    response = respond(answer)

    assert (response.content, response.status_code, response.media_type) == (
        *(answer.body, status),
        kind,
    )
    expected = {"Retry-After": "1"} if status == 202 else {}
    assert response.headers == expected | ({"Idempotent-Replayed": "true"} if is_replay else {})


async def test_what_is_no_request_passes_as_it_is() -> None:
    seen: list[object] = []

    async def app(*call: object) -> None:
        seen.extend(call)

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    scope: Any = {"type": "websocket", "headers": [(b"x-request-id", b"till-7.2026")]}
    before = telemetry.request_id()
    await RequestIds(app)(scope, nothing, nothing)

    assert seen == [scope, nothing, nothing]
    assert telemetry.request_id() == before
