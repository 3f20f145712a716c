"""Whatever a body holds that it should not: a problem that points at it, and nothing changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.http.document import Call, calls, changed
from tests.support.shop import refused

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till

# It is refused at the door: nothing runs that other tests do not run, watched.
pytestmark = pytest.mark.no_cover

# A body that is signed is no shape but bytes: see tests/notifications.
WITH_BODY = [call for call in calls() if call.body is not None and not call.is_signed]

VALUES: tuple[object, ...] = (
    *(None, True, False, -1, 0, 2**63, 10**30, 1.5, 1e300),
    *("", "x", "5", "1e3", "NaN", "\0", "x" * 2_000, "'; drop table orders; --"),
    *([], [None], {}, {"a": 1}),
)

BROKEN = (
    *(b"{", b"", b"null", b"[]", b'"x"', b"17", b"true", b"\xff\xfe", b"\0"),
    *(b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1e999}', b'{"a":1,}', b'{"a":"\\ud800"}'),
    *(b"[" * 100_000, b'{"a":' * 5_000),
)


SOME_BROKEN = (b"{", b"", b"[]", b'{"a":NaN}', b"\xff\xfe")
"""What is tried at each call; all of `BROKEN` at the first dozen."""

EVERYWHERE: tuple[object, ...] = (None, -1, 1.5, "", "x", [], {"a": 1})
"""What is tried in each field; all of `VALUES` in the first of its kind."""


def _firsts() -> set[tuple[str, str]]:
    """Find the first call and field of each kind: those that say the same of what fits."""
    firsts: dict[str, tuple[str, str]] = {}
    for call in WITH_BODY:
        for name, schema in call.resolve(call.body or {})["properties"].items():
            kind = {key: value for key, value in schema.items() if key not in _ONLY_SAID}
            firsts.setdefault(json.dumps(kind, sort_keys=True), (str(call), name))
    return set(firsts.values())


_ONLY_SAID = {"title", "description", "examples"}
FIRSTS = _firsts()


async def send(till: Till, call: Call, **what: Any) -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    return await till.http.request(call.method, call.url(), headers=headers, **what)


@pytest.mark.parametrize("call", WITH_BODY, ids=str)
async def test_what_is_no_such_body_is_refused(till: Till, call: Call) -> None:
    before = await till.shop.everything()

    for body in BROKEN if call in WITH_BODY[:12] else SOME_BROKEN:
        answer = await send(till, call, content=body)
        if body in {b"", b"null"} and call.fits({}):
            continue  # A call whose fields are all optional may come without any.
        problem = refused(answer, 400, "invalid-request")
        assert problem["errors"], body
        if not body:
            (error,) = problem["errors"]
            assert error == {"pointer": "", "detail": "This call needs a JSON body."}

    assert await till.shop.everything() == before


async def test_a_parameter_that_is_missing_is_named(till: Till) -> None:
    problem = refused(await till.call("GET", "/drawers/sessions/current"), 400, "invalid-request")

    assert problem["errors"] == [{"pointer": "/register_id", "detail": "`register_id` is missing."}]
    assert problem["detail"] == "`register_id` is missing."


@pytest.mark.parametrize("call", WITH_BODY, ids=str)
async def test_a_field_of_the_wrong_kind_is_pointed_at(till: Till, call: Call) -> None:
    before, sample = await till.shop.everything(), call.sample()
    properties = call.resolve(call.body or {})["properties"]
    tried = 0

    for name in properties:
        for value in VALUES if (str(call), name) in FIRSTS else EVERYWHERE:
            body = changed(sample, (name,), value)
            if call.fits(body):
                continue
            answer = await send(till, call, content=json.dumps(body))
            problem = refused(answer, 400, "invalid-request")
            assert problem["errors"][0]["pointer"].startswith(f"/{name}"), (body, problem)
            tried += 1

    assert tried > 2 * len(properties)
    assert await till.shop.everything() == before


@pytest.mark.parametrize("call", WITH_BODY, ids=str)
async def test_a_field_that_is_missing_or_unknown_is_refused(till: Till, call: Call) -> None:
    before, sample = await till.shop.everything(), call.sample()

    for name in sample:
        without = {key: value for key, value in sample.items() if key != name}
        refused(await send(till, call, content=json.dumps(without)), 400, "invalid-request")
    answer = await send(till, call, content=json.dumps({**sample, "surprise": 1}))

    problem = refused(answer, 400, "invalid-request")
    assert "surprise" in problem["detail"]
    assert await till.shop.everything() == before


@pytest.mark.parametrize("call", WITH_BODY, ids=str)
async def test_two_megabytes_are_too_much(till: Till, call: Call) -> None:
    before = await till.shop.everything()

    answer = await send(till, call, content=b'{"a":"' + b"x" * 2_000_000 + b'"}')

    refused(answer, 413, "body-too-large")
    assert await till.shop.everything() == before


PAYMENT = {"method": "cash", "amount": 1000}


@pytest.mark.parametrize(
    ("payment", "pointer"),
    [
        ({"amount": 1000}, "/payments/0"),
        ({"method": "cash"}, "/payments/0"),
        ({**PAYMENT, "amount": True}, "/payments/0/amount"),
        ({**PAYMENT, "amount": "1000"}, "/payments/0/amount"),
        ({**PAYMENT, "amount": 10.0}, "/payments/0/amount"),
        ({**PAYMENT, "amount": 2**63}, "/payments/0/amount"),
        ({**PAYMENT, "tip": -1}, "/payments/0/tip"),
        ({**PAYMENT, "tendered": 0}, "/payments/0/tendered"),
        ({**PAYMENT, "reference": ""}, "/payments/0/reference"),
        ({**PAYMENT, "reference": "a\0b"}, "/payments/0/reference"),
        ({**PAYMENT, "payment_method_id": "pm_card_visa"}, "/payments/0/payment_method_id"),
        ({**PAYMENT, "status": "paid"}, "/payments/0"),
        ({"method": "card", "amount": 1000}, "/payments/0/payment_method_id"),
        ({"method": "card", "amount": 1000, "tendered": 1}, "/payments/0/tendered"),
    ],
)
async def test_a_payment_that_cannot_be_meant_is_pointed_at(
    till: Till, payment: dict[str, Any], pointer: str
) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    before = await till.shop.everything()

    problem = refused(await till.pay(order, payment), 400, "invalid-request")

    assert problem["errors"][0]["pointer"] == pointer
    assert await till.shop.everything() == before


@pytest.mark.parametrize("key", ["", "short", "x" * 256, "1234567890123456" * 17])
async def test_a_key_that_is_none_is_refused(till: Till, key: str) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    before = await till.shop.everything()
    code = "idempotency-key-invalid" if key else "idempotency-key-required"

    answer = await till.http.post(
        "/api/v1/transactions/process",
        json={"order_id": order["id"], "payments": [PAYMENT]},
        headers={"Idempotency-Key": key},
    )

    refused(answer, 400, code)
    assert await till.shop.everything() == before


async def test_a_query_with_what_no_text_holds_is_refused(till: Till) -> None:
    refused(await till.http.get("/api/v1/products?search=%00"), 400, "invalid-request")


async def test_a_form_is_no_json(till: Till) -> None:
    before = await till.shop.everything()

    answer = await till.http.post(
        "/api/v1/transactions/process",
        content=b"order_id=1&amount=1000",
        headers={
            "Idempotency-Key": str(uuid4()),
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )

    refused(answer, 400, "invalid-request")
    assert await till.shop.everything() == before
