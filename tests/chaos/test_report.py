"""What a run came to is told to a person and as data; what was heard is kept within bounds."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import aiohttp
import msgspec
import pytest
from rich.console import Console

from fynlo.chaos import Report, Wish, show
from fynlo.chaos.figures import Spread, histogram, spread
from fynlo.chaos.invariants import RULES, breaches
from fynlo.chaos.journal import HEARD_MAX, Heard, Journal
from fynlo.chaos.plan import Target
from fynlo.chaos.postman import Postman, signature
from fynlo.chaos.report import report
from fynlo.chaos.server import Killed, Server, peak_kib
from fynlo.chaos.trouble import Trouble
from fynlo.chaos.world import World
from fynlo.sandbox import webhooks
from tests.chaos.evidence import attempt, good_day, heard

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def made(tmp_path: Path) -> Report:
    """Report on a day with one breach, one kill, and one till that had to wait."""
    async with aiohttp.ClientSession() as http:
        server = Server((), tmp_path, 1, http)
        server.kills = [
            Killed(100.0, Target.API, 1, 2.5),
            Killed(200.0, Target.API, 2, None),
        ]
        trouble = Trouble(Wish(seed=7), server, World(http, server.sandbox_url), Journal())
        trouble.away = [(100.0, 102.5)]
        trouble.faults["hang"] = 3
        postman = Postman(server, tmp_path, http, Random(1), 10)
        postman.answers.update({200: 8, 0: 1})
    day = good_day()
    day.orders["order-2"]["amount_reserved"] = 500
    day.intents[1]["status"] = "requires_capture"
    for key, at in (("waits", 101.0), ("waits too", 500.0)):
        waiting = day.journal.open(attempt(key, "order-1"))
        waiting.note(heard("checking", 202, at=at))
        waiting.note(heard("declined", 402, at=at + 3))
    day.journal.time(0.5, 90.0, "200 completed")
    day.journal.time(12.0, 103.0, "202 checking")
    return report(trouble, postman, day, breaches(day), 60.0)


def test_a_report_counts_what_happened(made: Report) -> None:
    assert (made.seed, made.holds, made.payments) == (7, False, 5)
    assert made.outcomes == {
        "completed": 1,
        "declined": 1,
        "refused: order-overpaid": 1,
        "refused: no answer": 2,
    }
    assert made.kills["api"].times == 2
    assert (made.kills["api"].slowest_seconds, made.kills["api"].never_back) == (2.5, 1)
    assert made.late_answers == ["12.0 s: 202 checking (something was away)"]
    assert made.process_seconds == Spread(2, 0.5, 0.5, 0.5, 12.0)
    assert (made.webhooks_delivered, made.webhook_answers) == (8, {"200": 8, "0": 1})
    assert (made.truth["< 5 s"], made.truth_while_up["< 5 s"]) == (2, 1)


def test_a_breach_is_told_with_all_that_its_till_heard(made: Report) -> None:
    assert made.rules == dict.fromkeys(RULES, 0) | {
        "nothing can be taken any more": 1,
        "every order is paid or payable, none overpaid": 1,
        "what a till was told stays true": 2,
    }
    shown = next(one for one in made.breaches if one["subject"] == "no")
    assert shown["what"] == "pi-2 is requires_capture for 500"
    assert shown["heard"] == ["+0.00 process 402 declined", "+0.00 process 402 declined"]


def test_a_report_is_shown_to_a_person_and_told_as_data(made: Report) -> None:
    console = Console(record=True, width=200)
    show(made, console)
    told = console.export_text()

    assert "✗ nothing can be taken any more: 1" in told
    assert "✓ verify is clean" in told
    assert "seed 7" in told
    assert msgspec.json.decode(msgspec.json.encode(made), type=Report) == made


def test_times_are_summed_up_by_their_place_in_the_order() -> None:
    assert spread([]) is None
    assert spread([float(one) for one in range(101)]) == Spread(101, 50, 95, 99, 100)
    assert histogram([0.5, 1.0, 4.9, 59.0, 61.0]) == {
        "< 1 s": 1,
        "< 2 s": 1,
        "< 5 s": 1,
        "< 10 s": 0,
        "< 30 s": 0,
        "< 60 s": 1,
        "more": 1,
    }


def test_a_till_that_hears_the_same_for_ever_keeps_little_of_it() -> None:
    waiting = attempt("key", "order")
    for _ in range(1000):
        waiting.note(Heard(0.0, 0.1, "get", 202, "checking"))
    waiting.note(heard("completed"))

    assert len(waiting.heard) == HEARD_MAX + 1
    assert waiting.outcome == "completed"


def test_a_refusal_is_no_outcome_and_an_outcome_no_refusal() -> None:
    refused = attempt("key", "order", heard("lost", 0), heard("order-overpaid", 422))
    assert (refused.outcome, refused.refusal) == (None, "order-overpaid")

    refused.note(heard("completed"))
    assert (refused.outcome, refused.refusal) == ("completed", None)


def test_the_postman_signs_as_the_provider_does() -> None:
    assert signature(b"{}", "whsec_1", 1_700_000_000) == webhooks.sign(
        b"{}", "whsec_1", 1_700_000_000
    )


def test_the_memory_of_a_process_that_is_gone_is_nothing() -> None:
    assert peak_kib(2**30) == 0
