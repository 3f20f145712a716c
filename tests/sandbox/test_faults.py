"""Every fault on demand: what the client sees, what is true, and which calls are meant."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
import stripe

from fynlo.sandbox import SandboxOptions, create_app
from fynlo.sandbox.faults import ACTS, FaultKind
from tests.sandbox.bench import asking, error, refusal
from tests.support.serve import serve

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench

SALE = "amount=1000&currency=gbp&payment_method=pm_card_visa&confirm=true&return_url=https://a.test"
SEEN: dict[str, tuple[type[stripe.StripeError], int | None]] = {
    "lost_answer": (stripe.APIConnectionError, None),
    "connection_reset": (stripe.APIConnectionError, None),
    "http_500": (stripe.APIError, 500),
    "http_500_acted": (stripe.APIError, 500),
    "http_429": (stripe.RateLimitError, 429),
    "http_409": (stripe.APIError, 409),
    "html_502": (stripe.APIError, 502),
    "truncated_json": (stripe.APIError, 200),
}
REPLAYED = {
    "lost_answer": (200, True),  # It happened: the key tells.
    "connection_reset": (200, False),
    "http_500": (500, True),  # Nothing happened, and the key says 500 for ever.
    "http_500_acted": (500, True),  # It happened, and the key says 500 for ever.
    "http_429": (200, False),
    "http_409": (200, False),
    "html_502": (200, False),
    "truncated_json": (200, True),
}
ERRORS = {
    "http_500": ("api_error", None),
    "http_500_acted": ("api_error", None),
    "http_429": ("invalid_request_error", "rate_limit"),
    "http_409": ("idempotency_error", "idempotency_key_in_use"),
}
AT_ONCE = {"confirm": True, "return_url": "https://a.test"}
BESIDE = {"hang", "slow", "stale_read"}


def test_every_kind_of_fault_is_tested_here() -> None:
    assert {*SEEN, *BESIDE} == set(FaultKind)
    assert set(REPLAYED) == set(SEEN)


@pytest.mark.parametrize("kind", SEEN)
async def test_the_sdk_sees_the_fault_and_the_books_tell_what_is_true(
    sandbox: Bench, kind: str
) -> None:
    await sandbox.fault(kind, match={"method": "post", "path": "/v1/payment_intents"})
    once: Any = {"idempotency_key": "key-1"}
    params = {
        "amount": 1000,
        "currency": "gbp",
        "payment_method": "pm_card_visa",
        "confirm": True,
        "return_url": "https://a.test",
    }

    with pytest.raises(stripe.StripeError) as refused:
        await sandbox.v1.payment_intents.create_async(params, once)

    assert (type(refused.value), refused.value.http_status) == SEEN[kind]
    acted = kind in ACTS
    books = await sandbox.books()
    assert [one["amount_received"] for one in books["intents"]] == [1000] * acted
    assert len(await sandbox.happened()) == 3 * acted


@pytest.mark.parametrize("kind", SEEN)
async def test_the_same_key_after_a_fault_tells_what_the_key_remembers(
    sandbox: Bench, kind: str
) -> None:
    await sandbox.fault(kind, match={"path": "/v1/payment_intents"})
    try:
        await sandbox.post("/v1/payment_intents", SALE, "key-1")
    except httpx.RemoteProtocolError:
        assert kind in {"lost_answer", "connection_reset"}

    again = await sandbox.post("/v1/payment_intents", SALE, "key-1")

    assert (again.status_code, "idempotent-replayed" in again.headers) == REPLAYED[kind]
    if kind == "http_500":
        assert (await sandbox.books())["intents"] == []
    else:
        assert (await sandbox.books())["totals"]["gbp"]["received"] == 1000


@pytest.mark.parametrize("kind", ERRORS)
async def test_a_faulty_answer_has_stripes_error_object(sandbox: Bench, kind: str) -> None:
    await sandbox.fault(kind)

    response = await sandbox.post("/v1/customers")

    said = refusal(response, SEEN[kind][1] or 0)
    assert (said["type"], said.get("code")) == ERRORS[kind]
    assert response.headers["request-id"].startswith("req_")


async def test_a_bad_gateway_is_html_from_before_the_api(sandbox: Bench) -> None:
    await sandbox.fault("html_502")

    response = await sandbox.post("/v1/customers")

    assert (response.status_code, response.headers["content-type"]) == (502, "text/html")
    assert response.text.startswith("<html>")


async def test_truncated_json_is_half_of_the_answer(sandbox: Bench) -> None:
    await sandbox.fault("truncated_json")
    half = (await sandbox.post("/v1/customers", "name=Ann", "key-1")).text

    whole = (await sandbox.post("/v1/customers", "name=Ann", "key-1")).text

    assert half.rstrip() == whole[: len(whole) // 2].rstrip()


@pytest.mark.parametrize("kind", ["lost_answer", "connection_reset"])
async def test_a_broken_connection_says_nothing_of_the_outcome(sandbox: Bench, kind: str) -> None:
    at = urlsplit(sandbox.url)
    await sandbox.fault(kind)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    head = f"Host: {at.netloc}\r\nAuthorization: Bearer {sandbox.key}\r\nContent-Length: 0\r\n\r\n"
    writer.write(b"POST /v1/customers HTTP/1.1\r\n" + head.encode())

    came = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert came == b""
    assert len((await sandbox.v1.customers.list_async()).data) == (kind == "lost_answer")


@pytest.mark.parametrize("kind", ["lost_answer", "connection_reset"])
async def test_the_sdk_tries_again_by_itself_under_the_same_key(sandbox: Bench, kind: str) -> None:
    def sale_with_retries() -> tuple[str, bool]:
        http: Any = stripe.RequestsClient()
        client: Any = stripe.StripeClient(
            sandbox.key,
            base_addresses={"api": sandbox.url},
            http_client=http,
            max_network_retries=2,
        )
        params = {"amount": 1000, "currency": "gbp", "payment_method": "pm_card_visa", **AT_ONCE}
        paid = client.v1.payment_intents.create(params)
        http.close()
        return paid.id, paid.last_response.headers.get("idempotent-replayed") == "true"

    await sandbox.fault(kind, match={"path": "/v1/payment_intents"}, times=2)

    paid, is_replayed = await asyncio.to_thread(sale_with_retries)

    (only,) = (await sandbox.books())["intents"]
    assert (only["id"], only["amount_received"]) == (paid, 1000)
    assert len(only["idempotency_keys"]) == 1
    assert is_replayed == (kind == "lost_answer")


async def test_where_the_connection_is_out_of_reach_an_answer_is_only_announced() -> None:
    app = create_app(SandboxOptions(seed=1))

    async def between(scope: Any, receive: Any, send: Any) -> None:
        async def passed_on(message: Any) -> None:
            await send(message)

        await app(scope, receive, passed_on)

    async with serve(between) as url, asking(url) as sandbox:
        await sandbox.fault("lost_answer")
        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            await sandbox.post("/v1/customers")

        assert len((await sandbox.v1.customers.list_async()).data) == 1


async def test_a_hanging_call_never_answers_and_never_acts(sandbox: Bench) -> None:
    await sandbox.fault("hang", match={"path": "/v1/payment_intents"})

    with pytest.raises(httpx.ReadTimeout):
        await sandbox.http.post("/v1/payment_intents", content=SALE, timeout=0.1)

    assert (await sandbox.books())["intents"] == []
    after = await sandbox.post("/v1/payment_intents", SALE)
    assert after.status_code == 200


async def test_a_slow_call_has_acted_when_the_client_gives_up(sandbox: Bench) -> None:
    await sandbox.fault("slow", delay_ms=60_000)

    with pytest.raises(httpx.ReadTimeout):
        await sandbox.http.post("/v1/payment_intents", content=SALE, timeout=0.1)

    assert (await sandbox.books())["totals"]["gbp"]["received"] == 1000


async def test_a_slow_call_answers_after_its_delay(sandbox: Bench) -> None:
    await sandbox.fault("slow", delay_ms=80)
    began = time.perf_counter()

    made = await sandbox.post("/v1/customers")

    assert made.status_code == 200
    assert time.perf_counter() - began >= 0.08


async def test_a_stale_read_shows_the_state_before_the_last_change(sandbox: Bench) -> None:
    held = await sandbox.paid(capture_method="manual")
    await sandbox.v1.payment_intents.capture_async(held.id)
    await sandbox.fault("stale_read", match={"method": "GET"}, times=2)

    stale = await sandbox.v1.payment_intents.retrieve_async(held.id, {"expand": ["latest_charge"]})
    (listed,) = (await sandbox.v1.payment_intents.list_async()).data
    fresh = await sandbox.v1.payment_intents.retrieve_async(held.id)

    assert (stale.status, stale.amount_received) == ("requires_capture", 0)
    assert stale.latest_charge.captured is True  # Only what was asked for is stale.
    assert listed.status == "requires_capture"
    assert (fresh.status, fresh.amount_received) == ("succeeded", 1000)


async def test_a_stale_read_of_what_never_changed_shows_it(sandbox: Bench) -> None:
    made = await sandbox.v1.customers.create_async({"name": "Ann"})
    await sandbox.fault("stale_read", times=2)

    found = await sandbox.v1.customers.retrieve_async(made.id)
    changed = await sandbox.v1.customers.update_async(made.id, {"name": "Bob"})

    assert (found.name, changed.name) == ("Ann", "Bob")


async def test_a_fault_strikes_as_often_as_it_is_told_after_those_it_skips(
    sandbox: Bench,
) -> None:
    await sandbox.fault("http_500", skip=1, times=2)

    statuses = [(await sandbox.post("/v1/customers")).status_code for _ in range(5)]

    assert statuses == [200, 500, 500, 200, 200]


async def test_the_oldest_fault_that_is_meant_strikes_first(sandbox: Bench) -> None:
    await sandbox.fault("http_429")
    await sandbox.fault("http_500")

    statuses = [(await sandbox.post("/v1/customers")).status_code for _ in range(3)]

    assert statuses == [429, 500, 200]


@pytest.mark.parametrize(
    ("match", "is_meant"),
    [
        ({}, True),
        ({"method": "POST"}, True),
        ({"method": "get"}, False),
        ({"path": "/v1/payment_intents"}, True),
        ({"path": "/v1/pay"}, True),
        ({"path": "/v1/refunds"}, False),
        ({"metadata": {"order": "7"}}, True),
        ({"metadata": {"order": "7", "table": "1"}}, True),
        ({"metadata": {"order": "8"}}, False),
        ({"metadata": {"order": "7", "cook": "1"}}, False),
        ({"method": "POST", "path": "/v1/payment_intents", "metadata": {"order": "7"}}, True),
        ({"method": "POST", "path": "/v1/payment_intents", "metadata": {"order": "8"}}, False),
    ],
)
async def test_a_fault_strikes_only_the_calls_it_means(
    sandbox: Bench, match: dict[str, Any], *, is_meant: bool
) -> None:
    await sandbox.fault("http_429", match=match)
    sale = f"{SALE}&metadata[order]=7&metadata[table]=1"

    response = await sandbox.post("/v1/payment_intents", sale)

    assert response.status_code == (429 if is_meant else 200)


async def test_metadata_that_is_no_group_matches_nothing(sandbox: Bench) -> None:
    await sandbox.fault("http_429", match={"metadata": {"order": "7"}})

    response = await sandbox.post("/v1/payment_intents", f"{SALE}&metadata=")

    assert response.status_code == 200


async def test_cleared_faults_strike_no_more(sandbox: Bench) -> None:
    await sandbox.fault("http_500", times=9)
    assert (await sandbox.post("/v1/customers")).status_code == 500

    assert (await sandbox.control("DELETE", "faults")).status_code == 200

    assert (await sandbox.post("/v1/customers")).status_code == 200


async def test_a_fault_does_not_hide_a_refusal(sandbox: Bench) -> None:
    await sandbox.fault("http_500_acted", match={"path": "/v1/payment_intents"})

    said = await error(sandbox.paid(wat=1), stripe.InvalidRequestError)

    assert said["code"] == "parameter_unknown"
    assert (await sandbox.books())["intents"] == []


async def test_latency_makes_every_call_take_its_time(alone: Bench) -> None:
    await alone.told("latency", {"p50_ms": 50, "p99_ms": 50})
    began = time.perf_counter()
    await alone.post("/v1/customers")
    slow = time.perf_counter() - began

    await alone.told("latency", {"p50_ms": 5, "p99_ms": 9})
    spread = [await alone.post("/v1/customers") for _ in range(3)]
    await alone.told("latency", {"p50_ms": 0, "p99_ms": 0})
    at_once = await alone.post("/v1/customers")

    assert slow >= 0.05
    assert {one.status_code for one in (*spread, at_once)} == {200}
