"""What a till and a back office read: transactions, their short form, lists, methods."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.insight.planted.names import AMOUNTS, ANSWERED
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def test_a_transaction_is_shown_as_it_stands(till: Till) -> None:
    await till.open_drawer()
    order, key = await till.order("meal"), str(uuid4())
    paid = said(await till.pay(order, cash(600, tendered=1000), card(400, tip=50), key=key), 200)

    found = said(await till.call("GET", f"/transactions/{key}"), 200)

    assert found == paid
    shown = found["transaction"]
    assert (shown["id"], shown["order_id"], shown["currency"]) == (key, order["id"], "GBP")
    assert (shown["total_amount"], shown["tip_amount"], shown["change_amount"]) == (1000, 50, 400)
    assert (shown["amount_due"], shown["cash_to_return"]) == (0, 0)
    assert [one["status"] for one in shown["payments"]] == ["captured", "captured"]


async def test_the_short_form_says_what_the_long_one_says(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    paid = said(await till.pay(order, cash(1000)), 200)["transaction"]

    short = said(await till.call("GET", f"/transactions/{paid['id']}/status"), 200)

    assert short == {
        **{name: paid[name] for name in ("id", "order_id", "status", "total_amount")},
        "payments": [{name: paid["payments"][0][name] for name in ("id", "method", "status")}],
        **{name: paid[name] for name in ("started_at", "completed_at")},
    }


@pytest.mark.parametrize("path", ["/transactions/{id}", "/transactions/{id}/status"])
async def test_another_merchants_transaction_does_not_exist(till: Till, path: str) -> None:
    order, unknown = await till.order("meal"), uuid4()
    paid = said(await till.pay(order, card(1000)), 200)["transaction"]

    async with till.shop.stranger() as stranger:
        theirs = await stranger.call("GET", path.format(id=paid["id"]))
    mine = await till.call("GET", path.format(id=unknown))

    assert refused(theirs, 404, "not-found")["title"] == refused(mine, 404, "not-found")["title"]


async def test_lists_are_filtered_and_paged_without_gaps(till: Till) -> None:
    await till.open_drawer()
    start = till.shop.wiring.clock.now()
    paid = []
    for pay in (cash(1), card(400), cash(2), cash(3)):
        till.shop.advance(1)
        order = await till.order("meal")
        paid.append(said(await till.pay(order, pay), 200)["transaction"])
    newest = [one["id"] for one in reversed(paid)]

    async def ids(query: str) -> list[str]:
        found = said(await till.call("GET", f"/transactions{query}"), 200)
        return [one["id"] for one in found["items"]]

    assert await ids("") == newest
    assert await ids("?method=card") == [paid[1]["id"]]
    assert await ids("?status=completed") == newest
    assert await ids("?status=declined") == []
    assert await ids(f"?order_id={paid[2]['order_id']}") == [paid[2]["id"]]
    since = (start + timedelta(seconds=2)).isoformat().replace("+00:00", "Z")
    until = (start + timedelta(seconds=4)).isoformat().replace("+00:00", "Z")
    assert await ids(f"?from={since}&to={until}") == [paid[2]["id"], paid[1]["id"]]
    first = said(await till.call("GET", "/transactions?limit=3"), 200)
    assert [one["id"] for one in first["items"]] == newest[:3]
    assert first["items"][0]["amount_due"] == 997
    rest = said(await till.call("GET", f"/transactions?limit=3&after={first['next']}"), 200)
    assert ([one["id"] for one in rest["items"]], rest["next"]) == (newest[3:], None)


@pytest.mark.parametrize("query", ["?after=nonsense", "?limit=0", "?limit=101", "?status=paid"])
async def test_a_list_that_cannot_be_meant_is_refused(till: Till, query: str) -> None:
    refused(await till.call("GET", f"/transactions{query}"), 400, "invalid-request")


async def test_the_methods_say_what_they_ask_for(till: Till) -> None:
    found = (await till.call("GET", "/payment-methods")).json()

    by_id = {one["code"]: one for one in found}
    assert set(by_id) == {"cash", "card", "apple_pay", "voucher", "bank_transfer"}
    assert by_id["cash"]["opens_drawer"]
    assert by_id["voucher"]["requires_reference"]
    assert by_id["bank_transfer"]["needs_confirmation"]
    assert not by_id["apple_pay"]["enabled"]
    enabled = (await till.call("GET", "/payment-methods?enabled=true")).json()
    assert {one["code"] for one in enabled} == set(by_id) - {"apple_pay"}


async def test_one_tip_for_one_payment_may_stand_beside_it(till: Till) -> None:
    order = await till.order("meal")

    paid = said(await till.pay(order, card(1000), tip=150), 200)["transaction"]

    assert (paid["tip_amount"], paid["payments"][0]["tip"]) == (150, 150)
    assert await till.balance("tips_payable") == -150


async def test_a_tip_beside_two_payments_belongs_to_nobody(till: Till) -> None:
    order = await till.order("meal")
    before = await till.shop.everything()

    refused(await till.pay(order, card(400), card(600), tip=10), 422, "tip-not-allocated")
    refused(await till.pay(order, card(1000, tip=5), tip=10), 422, "tip-not-allocated")

    assert await till.shop.everything() == before


async def test_an_order_of_no_register_is_paid_and_told_to_its_location(till: Till) -> None:
    lines = [{"product_id": str(till.shop.product_id("meal")), "quantity": 1}]
    body = {"location_id": str(till.shop.location_id), "lines": lines}
    order = said(await till.call("POST", "/orders", body), 201)
    said(await till.call("POST", f"/orders/{order['id']}/validate", {}), 200)

    said(await till.pay(order, card(1000)), 200)

    (event,) = await till.shop.rows("select rooms from outbox where type = 'transaction.completed'")
    assert set(event["rooms"]) == {f"order:{order['id']}", f"location:{till.shop.location_id}"}


async def test_a_payment_that_waits_says_so_again_under_its_key(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    asks = card(1000, "pm_card_authenticationRequired")
    first = said(await till.pay(order, asks, key=key), 202)

    again = await till.pay(order, asks, key=key)

    assert said(again, 202) == first
    assert again.headers["idempotent-replayed"] == "true"
    stored = await till.shop.rows("select answer from commands where state = 'running'")
    assert [row["answer"] for row in stored] == [None]


async def test_a_journal_that_contradicts_itself_is_our_fault_and_takes_nothing(
    till: Till,
) -> None:
    till.shop.spoiled = frozenset({AMOUNTS, ANSWERED})
    order, key = await till.order("meal"), str(uuid4())
    await till.shop.rows(
        "insert into transactions (merchant_id, id, order_id, status, goal, currency,"
        " amount_minor, tip_minor, change_minor, reserved_minor, staff_id, started_at,"
        " deadline_at, completed_at)"
        " values ($1, $2, $3, 'canceled', 'cancel', 'GBP', 1, 0, 0, 0, $4, $5, $5, $5)"
        " returning id",
        *(till.shop.merchant_id, key, order["id"], till.shop.staff_id("manager")),
        till.shop.wiring.clock.now(),
    )
    before = await till.shop.everything()

    refused(await till.pay(order, card(1000), key=key), 500, "internal-error")

    assert await till.shop.everything() == before
    assert await till.shop.provider.intents() == []
    await till.shop.rows(
        "insert into commands (merchant_id, id, kind, body_hash, actor, state, status, answer,"
        " created_at) values ($1, $2, 'x', '', $3, 'finished', 200, '', $4) returning id",
        *(till.shop.merchant_id, key, till.shop.staff_id("manager")),
        till.shop.wiring.clock.now(),
    )
