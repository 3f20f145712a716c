"""One key, one effect: what is remembered, what is not, and for how long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.sandbox.bench import error, refusal

if TYPE_CHECKING:
    from tests.sandbox.bench import Bench

SALE = "amount=1000&currency=gbp&payment_method=pm_card_visa&confirm=true&return_url=https://a.test"
DAY = 86_400


async def taken(sandbox: Bench) -> list[int]:
    """List what was received for each intent."""
    return [one["amount_received"] for one in (await sandbox.books())["intents"]]


async def test_the_same_call_under_a_key_is_answered_with_the_same_text(sandbox: Bench) -> None:
    first = await sandbox.post("/v1/payment_intents", SALE, "key-1")
    intent_id = first.json()["id"]
    await sandbox.post("/v1/refunds", f"payment_intent={intent_id}")
    events = await sandbox.happened()

    again = await sandbox.post("/v1/payment_intents", SALE, "key-1")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content  # The old snapshot, not what it is now.
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert (first.headers["idempotency-key"], again.headers["idempotency-key"]) == (
        "key-1",
        "key-1",
    )
    assert first.headers["request-id"] != again.headers["request-id"]
    assert await taken(sandbox) == [1000]
    assert await sandbox.happened() == events


async def test_the_order_of_parameters_does_not_matter(sandbox: Bench) -> None:
    await sandbox.post("/v1/payment_intents", SALE, "key-1")

    again = await sandbox.post("/v1/payment_intents", "&".join(SALE.split("&")[::-1]), "key-1")

    assert again.headers["idempotent-replayed"] == "true"


async def test_the_sdk_sees_a_replay_as_the_same_answer(sandbox: Bench) -> None:
    params = {"amount": 1000, "currency": "gbp"}

    first = await sandbox.v1.payment_intents.create_async(params, {"idempotency_key": "key-1"})
    again = await sandbox.v1.payment_intents.create_async(params, {"idempotency_key": "key-1"})
    other = await sandbox.v1.payment_intents.create_async(params, {"idempotency_key": "key-2"})

    assert again.id == first.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert other.id != first.id
    keys = {one["id"]: one["idempotency_keys"] for one in (await sandbox.books())["intents"]}
    assert keys == {first.id: ["key-1"], other.id: ["key-2"]}


@pytest.mark.parametrize(
    ("path", "params"),
    [("payment_intents", {"amount": 999, "currency": "gbp"}), ("customers", {"name": "Ann"})],
)
async def test_other_parameters_or_another_endpoint_under_a_key_are_refused(
    sandbox: Bench, path: str, params: dict[str, Any]
) -> None:
    once: Any = {"idempotency_key": "key-1"}
    await sandbox.v1.payment_intents.create_async({"amount": 1000, "currency": "gbp"}, once)

    said = await error(
        getattr(sandbox.v1, path).create_async(params, once), stripe.IdempotencyError
    )

    assert said == {
        "type": "idempotency_error",
        "message": "Keys for idempotent requests can only be used with the same parameters they "
        "were first used with. Try using a key other than 'key-1'.",
    }
    assert [one["amount"] for one in (await sandbox.books())["intents"]] == [1000]
    assert (await sandbox.v1.customers.list_async()).data == []


async def test_a_key_belongs_to_its_account(sandbox: Bench) -> None:
    first = await sandbox.post("/v1/payment_intents", SALE, "key-1")

    other = await sandbox.http.post(
        "/v1/payment_intents",
        data={"amount": "500", "currency": "gbp"},
        headers={"Idempotency-Key": "key-1", "Authorization": "Bearer sk_test_somebodyelse"},
    )

    assert other.status_code == 200
    assert other.json()["id"] != first.json()["id"]


async def test_a_decline_is_remembered(sandbox: Bench) -> None:
    sale = SALE.replace("pm_card_visa", "pm_card_chargeDeclined")
    first = await sandbox.post("/v1/payment_intents", sale, "key-1")

    again = await sandbox.post("/v1/payment_intents", sale, "key-1")

    assert (first.status_code, again.status_code) == (402, 402)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert await sandbox.happened() == [
        *("payment_intent.created", "charge.failed", "payment_intent.payment_failed")
    ]


async def test_a_state_that_refuses_is_remembered_after_the_state_has_changed(
    sandbox: Bench,
) -> None:
    intent = await sandbox.intent("pm_card_visa", capture_method="manual")
    path = f"/v1/payment_intents/{intent.id}/capture"
    first = await sandbox.post(path, "", "key-1")
    await sandbox.v1.payment_intents.confirm_async(intent.id)

    again = await sandbox.post(path, "", "key-1")

    assert (first.status_code, again.status_code) == (400, 400)
    assert again.headers["idempotent-replayed"] == "true"
    assert (await sandbox.durable(intent.id))["status"] == "requires_capture"


@pytest.mark.parametrize(
    "text",
    ["amount=1000&currency=gbp&wat=1", "currency=gbp", "amount=abc&currency=gbp"],
)
async def test_a_call_that_was_malformed_is_not_remembered(sandbox: Bench, text: str) -> None:
    assert (await sandbox.post("/v1/payment_intents", text, "key-1")).status_code == 400

    mended = await sandbox.post("/v1/payment_intents", SALE, "key-1")

    assert mended.status_code == 200
    assert "idempotent-replayed" not in mended.headers
    assert await taken(sandbox) == [1000]


async def test_a_call_without_a_valid_key_of_the_account_is_not_remembered(sandbox: Bench) -> None:
    headers = {"Idempotency-Key": "key-1", "Authorization": "Bearer sk_live" + "_12345678"}
    refused = await sandbox.http.post("/v1/customers", headers=headers)
    assert refusal(refused, 401)["type"] == "invalid_request_error"

    made = await sandbox.post("/v1/customers", "", "key-1")

    assert made.status_code == 200
    assert "idempotent-replayed" not in made.headers


async def test_a_key_is_forgotten_after_a_day_and_not_before(sandbox: Bench) -> None:
    await sandbox.post("/v1/payment_intents", SALE, "key-1")

    await sandbox.advance(DAY - 60)
    kept = await sandbox.post("/v1/payment_intents", SALE, "key-1")
    assert kept.headers["idempotent-replayed"] == "true"
    assert await taken(sandbox) == [1000]

    await sandbox.advance(60)
    fresh = await sandbox.post("/v1/payment_intents", SALE, "key-1")
    assert "idempotent-replayed" not in fresh.headers
    assert await taken(sandbox) == [1000, 1000]  # The double charge that a key alone allows.

    again = await sandbox.post("/v1/payment_intents", SALE, "key-1")
    assert again.content == fresh.content


async def test_a_get_has_no_key(sandbox: Bench) -> None:
    headers = {"Idempotency-Key": "key-1"}
    before = await sandbox.http.get("/v1/payment_intents", headers=headers)
    await sandbox.intent()

    after = await sandbox.http.get("/v1/payment_intents", headers=headers)

    assert (len(before.json()["data"]), len(after.json()["data"])) == (0, 1)
    assert "idempotency-key" not in after.headers


@pytest.mark.parametrize(("length", "status"), [(255, 200), (256, 400)])
async def test_a_key_has_at_most_255_characters(sandbox: Bench, length: int, status: int) -> None:
    made = await sandbox.post("/v1/customers", "", "k" * length)

    assert made.status_code == status


async def test_of_two_calls_at_once_under_a_key_one_acts_and_one_is_told_to_wait(
    alone: Bench,
) -> None:
    await alone.told("latency", {"p50_ms": 60, "p99_ms": 60})
    params = {"amount": 1000, "currency": "gbp", "payment_method": "pm_card_visa"}
    once: Any = {"idempotency_key": "key-1"}
    create = alone.v1.payment_intents.create_async

    answers = await asyncio.gather(
        create(params, once), create(params, once), return_exceptions=True
    )
    (made,) = [one for one in answers if not isinstance(one, BaseException)]
    (refused,) = [one for one in answers if isinstance(one, BaseException)]

    assert isinstance(refused, stripe.APIError)
    assert refused.http_status == 409
    assert refused.json_body == {
        "error": {
            "type": "idempotency_error",
            "code": "idempotency_key_in_use",
            "message": "There is currently another in-progress request using this Idempotent Key "
            "(that probably means you submitted twice, and the other request is still going "
            "through).",
        }
    }
    again = await create(params, once)
    assert again.id == made.id
    assert len((await alone.books())["intents"]) == 1


async def test_calls_at_once_under_keys_of_their_own_all_act(alone: Bench) -> None:
    await alone.told("latency", {"p50_ms": 20, "p99_ms": 40})

    made = await asyncio.gather(*(alone.paid() for _ in range(5)))

    assert len({one.id for one in made}) == 5
    assert (await alone.books())["totals"]["gbp"]["received"] == 5000
