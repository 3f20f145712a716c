"""Control calls are read strictly, are told what is wrong, and come from this machine only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from fynlo.sandbox import SandboxOptions, create_app
from tests.sandbox.bench import SECRET_KEY, refusal

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench

TIMES = "`times` is a whole number from 1 to 1 000 000."
SKIP = "`skip` is a whole number from 0 to 1 000 000."
DELAY = "`delay_ms` is a whole number from 0 to 600 000."
METADATA = "`match.metadata` has texts only, as metadata does."
PATH = "`match.path` is a text that begins with `/`."
METHOD = "`match.method` is one of DELETE, GET, POST."
P50 = "`p50_ms` is a number from 0 to 600 000."
SECONDS = "`advance_seconds` is a number from 0 to 10 000 000 000."


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("faults", {}, "`kind` is one of connection_reset, hang, html_502, http_409, "),
        ("faults", {"kind": "earthquake"}, "`kind` is one of "),
        ("faults", {"kind": ["hang"]}, "`kind` is one of "),
        ("faults", {"kind": "hang", "wat": 1}, "There is no `wat` in a fault."),
        ("faults", {"kind": "hang", "match": {"wat": 1}}, "There is no `wat` in `match`."),
        ("faults", {"kind": "hang", "match": "all"}, "`match` is an object."),
        ("faults", {"kind": "hang", "match": []}, "`match` is an object."),
        ("faults", {"kind": "hang", "match": None}, "`match` is an object."),
        ("faults", {"kind": "hang", "match": {"metadata": 1}}, "`match.metadata` is an object."),
        ("faults", {"kind": "hang", "match": {"metadata": {"a": 1}}}, METADATA),
        ("faults", {"kind": "hang", "match": {"path": 5}}, PATH),
        ("faults", {"kind": "hang", "match": {"path": ["/v1"]}}, PATH),
        ("faults", {"kind": "hang", "match": {"path": "v1/refunds"}}, PATH),
        ("faults", {"kind": "hang", "match": {"method": 5}}, METHOD),
        ("faults", {"kind": "hang", "match": {"method": "PATCH"}}, METHOD),
        ("faults", {"kind": "hang", "times": 0}, TIMES),
        ("faults", {"kind": "hang", "times": 1.5}, TIMES),
        ("faults", {"kind": "hang", "times": True}, TIMES),
        ("faults", {"kind": "hang", "times": "2"}, TIMES),
        ("faults", {"kind": "hang", "times": None}, TIMES),
        ("faults", {"kind": "hang", "times": 10**400}, TIMES),
        ("faults", {"kind": "hang", "skip": -1}, SKIP),
        ("faults", {"kind": "hang", "skip": 0.0}, SKIP),
        ("faults", {"kind": "slow", "delay_ms": -1}, DELAY),
        ("faults", {"kind": "slow", "delay_ms": 10.5}, DELAY),
        ("faults", {"kind": "slow", "delay_ms": 600_001}, DELAY),
        ("latency", {}, P50),
        ("latency", {"p50_ms": -1, "p99_ms": 5}, P50),
        ("latency", {"p50_ms": "5", "p99_ms": 5}, P50),
        ("latency", {"p50_ms": True, "p99_ms": 5}, P50),
        ("latency", {"p50_ms": float("nan"), "p99_ms": 5}, P50),
        ("latency", {"p50_ms": 5}, "`p99_ms` is a number from 0 to 600 000."),
        ("latency", {"p50_ms": 6, "p99_ms": 5}, "`p50_ms` is not greater than `p99_ms`."),
        ("latency", {"p50_ms": 1, "p99_ms": 5, "p75_ms": 3}, "There is no `p75_ms` in a latency."),
        ("webhooks", {}, "`mode` is one of deliver, drop, duplicate, hold, reorder."),
        ("webhooks", {"mode": "sometimes"}, "`mode` is one of "),
        ("webhooks", {"mode": ["drop"]}, "`mode` is one of "),
        ("webhooks", {"mode": "deliver", "wat": 1}, "There is no `wat` in webhooks."),
        (
            "webhooks",
            {"mode": "deliver", "delay_ms": -1},
            "`delay_ms` is a whole number from 0 to 86 400 000.",
        ),
        ("clock", {}, SECONDS),
        ("clock", {"advance_seconds": -1}, SECONDS),
        ("clock", {"advance_seconds": "soon"}, SECONDS),
        ("clock", {"advance_seconds": None}, SECONDS),
        ("clock", {"advance_seconds": 1e300}, SECONDS),
        ("clock", {"advance_seconds": 10**400}, SECONDS),
        ("clock", {"advance_hours": 1}, "There is no `advance_hours` in a clock."),
        ("clock", [1], "A control call's body is an object."),
        ("payment_intents/pi_x/action", {}, "`outcome` is one of fail, succeed."),
        ("payment_intents/pi_x/action", {"outcome": "perhaps"}, "`outcome` is one of "),
    ],
)
async def test_a_bad_control_call_is_told_why_and_changes_nothing(
    sandbox: Bench, path: str, body: object, said: str
) -> None:
    response = await sandbox.http.post(f"/_sandbox/{path}", content=json.dumps(body))

    assert refusal(response, 400)["message"].startswith(said)
    assert (await sandbox.post("/v1/customers")).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b"{]"])
async def test_a_control_call_that_is_not_json_is_told_so(sandbox: Bench, body: bytes) -> None:
    response = await sandbox.http.post("/_sandbox/clock", content=body)

    assert refusal(response, 400)["message"].startswith("Malformed control call: it is not JSON")


@pytest.mark.parametrize("query", ["account[]=1", "account[a]=1", "account=1&account[a]=1"])
async def test_books_of_what_is_no_account_are_refused(sandbox: Bench, query: str) -> None:
    refusal(await sandbox.http.get(f"/_sandbox/books?{query}"), 400)


async def test_the_clock_stops_before_dates_do(alone: Bench) -> None:
    for _ in range(25):
        await alone.advance(1e10)

    beyond = await alone.control("POST", "clock", {"advance_seconds": 1e10})

    assert refusal(beyond, 400)["message"] == "The clock does not go beyond the year 9998."
    assert (await alone.post("/v1/customers")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "wat"), ("GET", "faults"), ("DELETE", "books"), ("POST", "clock/back")],
)
async def test_a_control_call_that_does_not_exist_is_a_404(
    sandbox: Bench, method: str, path: str
) -> None:
    assert refusal(await sandbox.control(method, path), 404)["message"].startswith("No such")


@pytest.mark.parametrize(
    ("client", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.2", 200),
        ("::1", 200),
        ("::ffff:127.0.0.1", 200),
        ("192.168.0.7", 403),
        ("::ffff:192.168.0.7", 403),
        ("10.0.0.1", 403),
        ("testclient", 403),
    ],
)
async def test_control_calls_come_from_this_machine_only(client: str, status: int) -> None:
    app = create_app(SandboxOptions(seed=1))
    transport = httpx.ASGITransport(app, client=(client, 1))
    headers = {"Authorization": f"Bearer {SECRET_KEY}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://sandbox", headers=headers
    ) as http:
        books = await http.get("/_sandbox/books")
        fault = await http.post("/_sandbox/faults", json={"kind": "http_500"})
        page = await http.get("/_sandbox/3ds/pi_x")
        call = await http.post("/v1/customers")
    app.store.close()

    assert (books.status_code, fault.status_code) == (status, status)
    assert page.status_code == 404  # The bank's page is for whoever has its link.
    assert call.status_code == (500 if status == 200 else 200)
