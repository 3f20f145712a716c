"""Answers that are not what was asked for: from a proxy, by halves, too many, or old."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import parse_qsl

import pytest
from structlog.testing import capture_logs

from fynlo.payments.model.outcomes import (
    ActionRequired,
    AnswerLost,
    Approved,
    Burned,
    Declined,
    Standing,
)
from fynlo.payments.providers.stripe.lookup import PAGE_TRIES, PAGES_MAX
from tests.payments.providers.stripe.script import Answer, cards_at, scripted
from tests.payments.providers.stripe.told import AFTER_ALL, TOLD, intent_json, told

if TYPE_CHECKING:
    from fynlo.payments.model.outcomes import Outcome
    from fynlo.payments.providers.stripe import StripeCards

METHODS: Final = ("charge", "authorize", "capture", "void", "refund", "find", "burn")
REPLAYED: Final = (("Idempotent-Replayed", "true"),)

FOREIGN: Final = {
    "a proxy's page": Answer(502, b"<html>Bad Gateway</html>"),
    "a proxy's word": Answer(502, {"error": "Bad Gateway"}),
    "a proxy's words": Answer(503, {"error": ["Bad", "Gateway"]}),
    "a proxy's null": Answer(504, {"error": None}),
    "a proxy's refusal": Answer(403, {"error": "invalid_client"}),
    "another proxy's refusal": Answer(400, {"message": "no"}),
    "a list": Answer(500, ["x"]),
    "nothing": Answer(500, b""),
    "no text": Answer(500, b"\xff\xfe"),
    "a login page": Answer(200, b"<html>Log in</html>"),
    "somebody's json": Answer(200, {"ok": True}),
    "somebody's list": Answer(200, [{"object": "payment_intent"}]),
    "somebody's null": Answer(200, None),
    "somebody's number": Answer(200, 7),
    "an object without a kind": Answer(200, {"object": None, "id": "pi_1", "status": "succeeded"}),
    "half a payment": Answer(200, b'{"object": "payment_intent", "status": "succe'),
    "silence": Answer(200, b""),
    "no text at all": Answer(200, b"\xff\xfe"),
    "a way elsewhere": Answer(302, b"", (("location", "/v1/elsewhere"),)),
}


Headers: TypeAlias = tuple[tuple[str, str], ...]


def listed(*found: Any) -> Answer:
    """Answer with the only page of a list."""
    return Answer(200, {"object": "list", "data": list(found), "has_more": False})


EMPTY: Final = listed()
PAID: Final = Answer(200, intent_json("succeeded"))
MARK: Final = {"payment_id": str(told().tender_id)}
MARKED: Final = Answer(200, intent_json("succeeded", metadata=MARK))
ASKED: Final = Answer(200, intent_json("requires_action"))
DOWN: Final = Answer(503, {"error": {"type": "api_error"}})
UNKNOWN: Final = Answer(404, {"error": {"code": "resource_missing", "param": "intent"}})
USED: Final = Answer(400, {"error": {"type": "idempotency_error"}})
SPENT: Final = {"purpose": "spent_key"}
CREATE: Final = ["POST /v1/payment_intents"]
LIST: Final = ["GET /v1/payment_intents"]
EVENTS: Final = ["GET /v1/events"]
ONE: Final = ["GET /v1/payment_intents/pi_1"]


async def ask(cards: StripeCards, method: str, reference: str | None = None) -> Any:
    """Use one method of the port."""
    if method in {"capture", "void", "refund"}:
        reference = "pi_1"
    return await getattr(cards, method)(told(reference=reference))


@pytest.mark.parametrize("method", METHODS)
async def test_what_stripe_did_not_say_is_lost(method: str) -> None:
    times = PAGE_TRIES if method == "find" else 1
    every = chain.from_iterable(repeat(one, times) for one in FOREIGN.values())
    async with scripted(*every) as (cards, script):
        for number, says in enumerate(FOREIGN, 1):
            found = await ask(cards, method)

            assert isinstance(found, AnswerLost), says
            assert not found.is_last_word
            assert len(script.calls) == number * times or says == "a way elsewhere"


async def test_what_stripe_did_not_say_is_no_secret_either() -> None:
    async with scripted(*FOREIGN.values()) as (cards, _):
        actions = [await cards.next_action("pi_1") for _ in FOREIGN]

    assert actions == [None] * len(FOREIGN)


async def test_nobody_there_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with cards_at(address) as cards:
        for method in METHODS:
            assert await ask(cards, method) == AnswerLost("APIConnectionError")
        assert await cards.next_action("pi_1") is None


@pytest.mark.parametrize(
    ("standing", "replayed", "second", "expected"),
    [
        (ASKED, (), PAID, ActionRequired("pi_1", "use_stripe_sdk")),
        (ASKED, REPLAYED, MARKED, Approved("pi_1", Standing.CAPTURED, 1000)),
        (ASKED, REPLAYED, ASKED, ActionRequired("pi_1", "use_stripe_sdk")),
        (ASKED, REPLAYED, UNKNOWN, ActionRequired("pi_1", "use_stripe_sdk")),
        (ASKED, REPLAYED, DOWN, AnswerLost("HTTP 503")),
        (PAID, REPLAYED, DOWN, Approved("pi_1", Standing.CAPTURED, 1000)),
    ],
)
async def test_an_old_answer_that_was_open_is_looked_at_again(
    standing: Answer, replayed: Headers, second: Answer, expected: Outcome
) -> None:
    async with scripted(replace(standing, headers=replayed), second) as (cards, script):
        assert await cards.charge(told()) == expected

    looked = standing is ASKED and bool(replayed)
    assert script.calls == CREATE + ONE * looked


@pytest.mark.parametrize("method", ["charge", "authorize"])
async def test_an_old_answer_that_nobody_could_read_is_looked_for(method: str) -> None:
    asked = told()
    moving = Answer(200, intent_json("processing"), REPLAYED)
    done = listed(intent_json("succeeded", metadata={"operation_id": str(asked.operation_id)}))

    async with scripted(moving, done, PAID) as (cards, script):
        found = await getattr(cards, method)(asked)

    assert found == Approved("pi_1", Standing.CAPTURED, 1000)
    assert script.calls == CREATE + LIST + ONE


async def test_a_new_answer_that_nobody_can_read_is_not_looked_for() -> None:
    async with scripted(Answer(200, intent_json("processing"))) as (cards, script):
        assert await cards.charge(told()) == AnswerLost("the intent is processing")

    assert script.calls == CREATE


async def test_a_key_used_before_is_looked_for_and_lost_if_nothing_is_there() -> None:
    async with scripted(USED, EMPTY) as (cards, script):
        found = await cards.charge(told())

    assert found == AnswerLost("the key was used for something else")
    assert script.calls == CREATE + LIST + EVENTS


async def test_a_repeated_decline_is_a_decline() -> None:
    refusal = {"type": "card_error", "code": "card_declined", "payment_intent": {"id": "pi_1"}}
    async with scripted(Answer(402, {"error": refusal}, REPLAYED)) as (cards, script):
        found = await cards.charge(told())

    assert found == Declined("pi_1", "card_declined", "The card was declined.")
    assert script.calls == CREATE


async def test_a_repeated_error_of_the_server_is_the_last_word_and_nothing_more_is_asked() -> None:
    error = Answer(500, {"error": {"type": "api_error"}}, REPLAYED)
    async with scripted(error) as (cards, script):
        found = await cards.charge(told())

    assert found == AnswerLost("the provider repeats its error", is_last_word=True)
    assert script.calls == CREATE


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("requires_capture", AnswerLost("the intent is still held")),
        ("canceled", Declined("pi_1", "authorization_expired", "The hold has run out.")),
        ("succeeded", Approved("pi_1", Standing.CAPTURED, 1000)),
        ("processing", AnswerLost("the intent is processing")),
    ],
)
async def test_a_capture_is_done_too_late_or_not_known(status: str, expected: Outcome) -> None:
    async with scripted(Answer(200, intent_json(status))) as (cards, script):
        assert await cards.capture(told(reference="pi_1")) == expected

    assert script.calls == ["POST /v1/payment_intents/pi_1/capture"]


async def test_a_key_is_burned_even_if_the_unpayable_intent_stays_open() -> None:
    made = Answer(200, intent_json("requires_payment_method"))
    async with scripted(made, DOWN) as (cards, script):
        with capture_logs() as logs:
            found = await cards.burn(told())

    assert found == Burned("pi_1")
    assert script.calls == [*CREATE, "POST /v1/payment_intents/pi_1/cancel"]
    assert [(one["event"], one["reason"]) for one in logs] == [
        ("an unpayable intent stays open", "HTTP 503")
    ]


async def test_a_key_that_somebody_used_is_not_burned() -> None:
    async with scripted(USED) as (cards, script):
        assert await cards.burn(told()) == AnswerLost("HTTP 400", is_key_taken=True)

    assert script.calls == CREATE


async def test_a_lookup_gives_up_before_it_reads_without_end() -> None:
    endless = Answer(200, listed(intent_json("succeeded")).body | {"has_more": True})
    async with scripted(endless) as (cards, script):
        found = await cards.find(told())

    assert found == AnswerLost("there are too many payments to look through")
    assert script.calls == LIST * PAGES_MAX


NOON = int(TOLD.first_sent_at.timestamp())
TEN_PAST = (("Date", "Wed, 04 Mar 2026 12:10:00 GMT"),)


async def test_a_lookup_reads_page_by_page_until_it_finds() -> None:
    asked = told()
    first = Answer(200, listed(intent_json("succeeded", id="pi_9")).body | {"has_more": True})
    found_there = listed(
        intent_json("canceled", metadata={"operation_id": str(asked.operation_id)})
    )
    async with scripted(first, found_there, Answer(200, intent_json("canceled"))) as made:
        cards, script = made
        found = await cards.find(asked)

    assert found == Approved("pi_1", Standing.RELEASED, 0)
    queries = [dict(parse_qsl(call.query)) for call in script.requests]
    pages = [{"limit": "100"}, {"limit": "100", "starting_after": "pi_9"}]
    assert queries == [*pages, {"expand[0]": "latest_charge"}]
    assert script.calls == LIST + LIST + ONE


@pytest.mark.parametrize(
    ("created", "age", "is_found"),
    [
        (NOON - 300, timedelta(minutes=10), True),
        (NOON - 301, timedelta(minutes=10), False),
        (NOON + 300, timedelta(0), True),
        (NOON + 299, timedelta(0), False),
        (NOON - 3600, timedelta(minutes=65), True),
    ],
)
async def test_how_far_a_lookup_reads_follows_stripes_clock_and_how_long_ago_it_was_sent(
    created: int, age: timedelta, *, is_found: bool
) -> None:
    asked = told(age=age, first_sent_at=TOLD.first_sent_at + timedelta(days=3))  # Our clock is off.
    made = intent_json(
        "succeeded", metadata={"operation_id": str(asked.operation_id)}, created=created
    )
    page = Answer(200, listed(made).body | {"has_more": True}, TEN_PAST)
    async with scripted(page, PAID if is_found else EMPTY) as (cards, script):
        found = await cards.find(asked)

    assert found == (Approved("pi_1", Standing.CAPTURED, 1000) if is_found else None)
    assert script.calls == LIST + (ONE if is_found else EVENTS)


@pytest.mark.parametrize("date", ["", "yesterday"])
async def test_without_a_date_of_stripes_a_lookup_reads_back_a_whole_day(date: str) -> None:
    asked = told()
    names = {"operation_id": str(asked.operation_id)}
    day_before = intent_json("succeeded", metadata=names, created=NOON - 86_400)
    too_old = intent_json("succeeded", metadata=names, created=NOON - 86_401)
    found = []
    for made, after in ((day_before, PAID), (too_old, EMPTY)):
        page = Answer(200, listed(made).body, (("Date", date),))
        async with scripted(page, after) as (cards, _):
            found.append(await cards.find(asked))

    assert found == [Approved("pi_1", Standing.CAPTURED, 1000), None]


@pytest.mark.parametrize(
    ("key", "purpose", "is_found"),
    [("ours", {}, True), ("another", {}, False), (None, {}, False), ("ours", SPENT, False)],
)
async def test_an_intent_without_our_names_is_found_by_the_key_of_its_event(
    key: str | None, purpose: dict[str, str], *, is_found: bool
) -> None:
    asked = told()
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.created",
        "created": AFTER_ALL,
        "data": {"object": intent_json("requires_confirmation", metadata=purpose)},
        "request": {"id": "req_1", "idempotency_key": asked.key if key == "ours" else key},
    }
    async with scripted(EMPTY, Answer(200, EMPTY.body | {"data": [event]}), PAID) as made:
        cards, script = made
        found = await cards.find(asked)

    assert found == (Approved("pi_1", Standing.CAPTURED, 1000) if is_found else None)
    assert script.calls == LIST + EVENTS + ONE * is_found


async def test_an_event_without_a_request_is_nobodys() -> None:
    event = {
        "id": "evt_1",
        "object": "event",
        "created": AFTER_ALL,
        "data": {"object": intent_json("succeeded")},
        "request": None,
    }
    async with scripted(EMPTY, Answer(200, EMPTY.body | {"data": [event]})) as (cards, _):
        assert await cards.find(told()) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (UNKNOWN, None),
        (Answer(400, UNKNOWN.body), AnswerLost("HTTP 400")),
        (Answer(401, UNKNOWN.body), AnswerLost("HTTP 401")),
        (DOWN, AnswerLost("HTTP 503")),
    ],
)
async def test_only_an_intent_that_is_not_there_is_not_there(
    answer: Answer, expected: Outcome | None
) -> None:
    async with scripted(answer) as (cards, _):
        assert await cards.find(told(reference="pi_1")) == expected


@pytest.mark.parametrize("method", ["charge", "capture", "void"])
async def test_an_answer_of_another_shape_is_lost(method: str) -> None:
    odd = Answer(200, intent_json("succeeded", amount_received="a thousand"))
    async with scripted(odd) as (cards, _):
        assert await ask(cards, method, "pi_1") == AnswerLost("an unreadable answer")


@pytest.mark.parametrize("typed", ["..", ".", "", "pi_1/capture", "pi_1?a=b#c", "pi_1\n", "é"])
async def test_what_cannot_name_a_payment_is_none_and_is_not_asked_for(typed: str) -> None:
    async with scripted(PAID) as (cards, script):
        assert await cards.find(told(reference=typed)) is None
        assert await cards.inspect(typed) is None

    assert script.calls == []
