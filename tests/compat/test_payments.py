"""Payments of an existing till: cash and cards in its shapes, once, and no success that is none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.compat.till import OldTill, item, old_till, told
from tests.support.shop import refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.shop import Shop

CARD = "pm_card_visa"


@pytest.fixture
async def old(shop: Shop) -> AsyncIterator[OldTill]:
    """Return a cashier at an existing till, with an open drawer."""
    async with old_till(shop) as till:
        opened = {"config_id": str(shop.register_id()), "startingCash": 100}
        told(await till.send("POST", "/pos/sessions", opened), 201)
        yield till


async def taken(till: OldTill, *names: str) -> str:
    body = {"items": [item(till.shop, name) for name in names]}
    return str(told(await till.send("POST", "/orders", body), 201)["id"])


def cash(order: str, amount: Any, received: Any, **more: Any) -> dict[str, Any]:
    return {"order_id": order, "amount": amount, "received_amount": received, **more}


def card(order: str, amount: Any, method: str = CARD, **more: Any) -> dict[str, Any]:
    return {"order_id": order, "amount": amount, "payment_method_id": method, **more}


async def test_cash_and_a_card_pay_a_draft_and_are_listed(old: OldTill) -> None:
    order = await taken(old, "meal", "coffee")

    paid = told(
        await old.send(
            "POST", "/payments/cash", cash(order, 5, "20.00", change_amount=15), key=str(uuid4())
        )
    )
    by_card = told(
        await old.send(
            "POST",
            "/payments/process",
            card(
                *(order, "9.33"),
                currency="GBP",
                customer_id="c-7",
                tip_amount=1,
                metadata={"payment_method": "stripe", "frontend_source": "mobile"},
            ),
            key=str(uuid4()),
        )
    )
    listed = told(await old.send("GET", f"/payments/order/{order}"))
    shown = told(await old.send("GET", f"/orders/{order}"))

    assert (paid["method"], paid["amount"], paid["change_amount"]) == ("cash", 5, 15)
    assert (paid["amount_due"], paid["status"], paid["provider"]) == (8.33, "completed", None)
    assert (by_card["method"], by_card["amount"], by_card["tip_amount"]) == ("card", 8.33, 1)
    assert (by_card["provider"], by_card["amount_due"], by_card["fee"]) == ("stripe", 0, None)
    ids = {by_card["payment_id"], paid["payment_id"]}  # They were made at one moment.
    assert {one["payment_id"] for one in listed} == ids
    assert len(listed) == 2
    assert (shown["status"], shown["amount_paid"], shown["amount_due"]) == ("paid", 13.33, 0)
    assert (await old.shop.provider.received()) == 933


async def test_tr128_a_queue_that_sends_a_payment_again_pays_once(old: OldTill) -> None:
    order = await taken(old, "meal")
    for path, body, other in (
        ("/payments/cash", cash(order, 4, 5), cash(order, 4, 6)),
        ("/payments/process", card(order, 6), card(order, 5)),
    ):
        key = str(uuid4())
        first = await old.send("POST", path, body, key=key)
        before = await old.shop.everything()
        again = await asyncio.gather(*(old.send("POST", path, body, key=key) for _ in range(5)))

        assert {(one.status_code, one.content) for one in again} == {(200, first.content)}
        assert all(one.headers["idempotent-replayed"] == "true" for one in again)
        problem = refused(
            await old.send("POST", path, other, key=key), 422, "idempotency-key-reused"
        )
        assert problem["error"]["code"] == "API005"
        assert await old.shop.everything() == before
    assert await old.shop.provider.received() == 600


async def test_one_payment_that_is_sent_many_times_at_once_pays_once(old: OldTill) -> None:
    order, key = await taken(old, "meal"), str(uuid4())

    answers = await asyncio.gather(
        *(old.send("POST", "/payments/process", card(order, 10), key=key) for _ in range(6))
    )

    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert await old.shop.provider.received() == 1000
    rows = await old.shop.rows("select count(*)::int as n from transactions")
    assert rows == [{"n": 1}]


async def test_a_key_that_was_used_fixes_no_other_order(old: OldTill) -> None:
    order, other, key = await taken(old, "meal"), await taken(old, "meal"), str(uuid4())
    told(await old.send("POST", "/payments/cash", cash(order, 10, 10), key=key))
    before = await old.shop.everything()

    answer = await old.send("POST", "/payments/cash", cash(other, 10, 10), key=key)

    refused(answer, 422, "idempotency-key-reused")
    assert await old.shop.everything() == before


async def test_a_payment_that_is_refused_leaves_the_draft_a_draft(old: OldTill) -> None:
    order = await taken(old, "meal")
    before = await old.shop.everything()

    for path, body, status, code in (
        ("/payments/cash", cash(order, 10.01, 11), 422, "order-overpaid"),
        ("/payments/cash", cash(order, 5, 500), 422, "change-limit-exceeded"),
        ("/payments/process", card(order, 0.1), 422, "amount-below-minimum"),
        ("/payments/process", card(order, 10, currency="EUR"), 422, "currency-mismatch"),
    ):
        refused(await old.send("POST", path, body, key=str(uuid4())), status, code)

    assert await old.shop.everything() == before
    told(await old.send("POST", "/payments/cash", cash(order, 10, 10), key=str(uuid4())))


async def test_a_draft_that_costs_nothing_is_confirmed_and_not_paid(old: OldTill) -> None:
    await old.shop.rows("update products set price_minor = 0 where name = 'meal' returning id")
    order = await taken(old, "meal")
    before = await old.shop.everything()

    answer = await old.send("POST", "/payments/cash", cash(order, 1, 1), key=str(uuid4()))

    problem = refused(answer, 409, "order-not-payable")
    assert (problem["state"], problem["error"]["code"]) == ("draft", "ORD004")
    assert await old.shop.everything() == before
    confirmed = told(await old.send("POST", f"/orders/{order}/confirm"))
    assert confirmed["amount_due"] == 0


async def test_two_who_pay_one_draft_at_once_take_no_more_than_it_costs(old: OldTill) -> None:
    order = await taken(old, "meal")

    answers = await asyncio.gather(
        *(
            old.send("POST", "/payments/cash", cash(order, 10, 10), key=str(uuid4()))
            for _ in range(4)
        )
    )

    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    for one in answers:
        if one.status_code == 409:
            assert refused(one, 409, "order-not-payable")["error"]["code"] == "ORD002"


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/payments/cash", {"amount": 0, "received_amount": 0}, "/amount"),
        ("/payments/cash", {"amount": 10.001, "received_amount": 20}, "/amount"),
        ("/payments/cash", {"amount": 10, "received_amount": 9.99}, "/received_amount"),
        (
            "/payments/cash",
            {"amount": 10, "received_amount": 20, "change_amount": 9},
            "/change_amount",
        ),
        ("/payments/cash", {"amount": 1, "received_amount": 1, "tip_amount": 1}, "/amount"),
        ("/payments/process", {"amount": 10}, "/payment_method_id"),
        ("/payments/process", {"amount": "ten", "payment_method_id": CARD}, "/amount"),
    ],
)
async def test_a_payment_that_cannot_be_meant_is_pointed_at_in_its_own_body(
    old: OldTill, path: str, body: dict[str, Any], pointer: str
) -> None:
    order = await taken(old, "meal")
    told(await old.send("POST", f"/orders/{order}/confirm"))
    before = await old.shop.everything()

    answer = await old.send("POST", path, {"order_id": order, **body}, key=str(uuid4()))

    assert refused(answer, 400, "invalid-request")["errors"][0]["pointer"] == pointer
    assert await old.shop.everything() == before


async def test_a_payment_without_a_key_is_refused_for_it_could_come_twice(old: OldTill) -> None:
    order = await taken(old, "meal")
    before = await old.shop.everything()

    for path, body in (
        ("/payments/cash", cash(order, 10, 10)),
        ("/payments/process", card(order, 10)),
    ):
        refused(await old.send("POST", path, body), 400, "idempotency-key-required")

    assert await old.shop.everything() == before


async def test_what_the_shop_refuses_has_the_codes_of_the_till(old: OldTill) -> None:
    order = await taken(old, "meal")
    told(await old.send("POST", f"/orders/{order}/confirm"))
    before = await old.shop.everything()
    named = {"order_id": order, "amount": 1}
    for body, status, code, theirs in (
        (card(order, 11), 422, "order-overpaid", "PAY001"),
        (card(order, 1, currency="EUR"), 422, "currency-mismatch", "API005"),
        ({**named, "metadata": {"payment_method": "shells"}}, 422, "unknown-method", "PAY004"),
        (
            {**named, "metadata": {"payment_method": "apple_pay"}},
            422,
            "method-not-enabled",
            "PAY004",
        ),
        (card(str(uuid4()), 1), 404, "not-found", "API004"),
    ):
        answer = await old.send("POST", "/payments/process", body, key=str(uuid4()))
        problem = refused(answer, status, code)
        assert problem["error"]["code"] == theirs
        assert problem["error"]["message"] == problem["detail"]
    assert await old.shop.everything() == before

    async with old_till(old.shop, "kitchen") as kitchen:
        answer = await kitchen.send("POST", "/payments/cash", cash(order, 1, 1), key=str(uuid4()))
        assert refused(answer, 403, "forbidden")["permission"] == "payments.process"


@pytest.mark.parametrize(
    ("method", "theirs"),
    [
        ("pm_card_visa_chargeDeclined", "PAY002"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "PAY003"),
    ],
)
async def test_a_declined_card_is_no_success_and_the_order_stays_payable(
    old: OldTill, method: str, theirs: str
) -> None:
    order, key = await taken(old, "meal"), str(uuid4())
    first = await old.send("POST", "/payments/process", card(order, 10, method), key=key)
    again = await old.send("POST", "/payments/process", card(order, 10, method), key=key)

    assert refused(first, 402, "payment-declined")["error"]["code"] == theirs
    assert refused(again, 402, "payment-declined")["transaction"] == first.json()["transaction"]
    assert told(await old.send("GET", f"/orders/{order}"))["amount_due"] == 10
    told(await old.send("POST", "/payments/process", card(order, 10), key=str(uuid4())))


async def test_an_answer_that_is_lost_is_no_success_until_it_is_found(old: OldTill) -> None:
    order, key = await taken(old, "meal"), str(uuid4())
    await old.shop.provider.fault("lost_answer")

    lost = await old.send("POST", "/payments/process", card(order, 10), key=key)
    another = await old.send("POST", "/payments/process", card(order, 10), key=str(uuid4()))
    async with old.shop.till() as helper:
        await helper.resolve()
    found = await old.send("POST", "/payments/process", card(order, 10), key=key)

    assert lost.status_code == 202
    body = lost.json()
    assert (body["success"], body["data"]["status"]) == (False, "checking")
    assert "Do not charge again" in body["message"]
    assert lost.headers["retry-after"] == "1"
    refused(another, 422, "order-overpaid")
    assert told(found)["status"] == "completed"
    assert await old.shop.provider.received() == 1000


async def test_a_bank_that_asks_its_customer_is_passed_on(old: OldTill) -> None:
    order = await taken(old, "meal")
    body = card(order, 10, "pm_card_authenticationRequired")

    answer = await old.send("POST", "/payments/process", body, key=str(uuid4()))

    assert answer.status_code == 202
    data = answer.json()["data"]
    assert (answer.json()["success"], data["status"]) == (False, "requires_action")
    assert data["next_action"]["type"]


async def test_cash_needs_an_open_drawer_and_finds_the_one_of_its_cashier(shop: Shop) -> None:
    async with old_till(shop) as till:
        order = await taken(till, "meal")
        refused(
            await till.send("POST", "/payments/cash", cash(order, 10, 10), key=str(uuid4())),
            *(422, "drawer-session-required"),
        )
        opened = {"config_id": str(shop.register_id()), "startingCash": 0}
        told(await till.send("POST", "/pos/sessions", opened), 201)
        told(await till.send("POST", "/payments/cash", cash(order, 10, 10), key=str(uuid4())))
        by_name = await taken(till, "penny")
        body = {"order_id": by_name, "amount": 0.01, "metadata": {"payment_method": "cash"}}
        paid = told(await till.send("POST", "/payments/process", body, key=str(uuid4())))

    assert (paid["method"], paid["change_amount"]) == ("cash", 0)
    rows = await shop.rows("select balance_minor from drawer_sessions")
    assert rows == [{"balance_minor": 1001}]


async def test_tr35_a_call_that_the_product_does_not_serve_says_so(old: OldTill) -> None:
    order = await taken(old, "meal")
    before = await old.shop.everything()
    for method, path, body in (
        ("POST", "/payments/qr/generate", {"order_id": order, "amount": 10}),
        ("GET", f"/payments/qr/{uuid4()}/status", None),
        ("POST", f"/payments/qr/{uuid4()}/confirm", {}),
        ("POST", f"/payments/refund/{uuid4()}", {"amount": 1}),
        ("POST", "/payments/optimal-provider", {}),
        ("GET", "/payments/analytics?start_date=2026-03-04", None),
        ("POST", f"/orders/{order}/email_receipt", {"email": "a@example.com"}),
        ("PUT", f"/products/{uuid4()}", {}),
        ("DELETE", f"/products/{uuid4()}", None),
    ):
        problem = refused(await old.send(method, path, body), 404, "not-served")
        assert problem["error"] == {
            "code": "API004",
            "message": problem["detail"],
            "recoverable": False,
        }
    nobody = await old.http.get("/api/v1/public/menu/items")
    refused(nobody, 404, "not-served")
    assert await old.shop.everything() == before


async def test_the_ways_of_paying_are_those_that_the_shop_takes(old: OldTill) -> None:
    found = told(await old.send("GET", "/payments/methods"))

    assert [one["id"] for one in found] == ["bank_transfer", "card", "cash", "voucher"]
    assert [one["requires_reference"] for one in found] == [False, False, False, True]
