"""What users of other systems suffer from, held here by name."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from tests.payments.luck import by_hand, provider_is_back, seen, wait
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till

DECLINED = "pm_card_visa_chargeDeclined"


async def test_u04_however_often_a_call_is_made_again_it_has_its_first_key(till: Till) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("connection_reset", times=3)
    checking = said(await till.pay(order, card(1000)), 202)["transaction"]

    await till.resolve()

    assert (await seen(till, checking))["status"] == "completed"
    requests = (await till.shop.provider.http.get("/_sandbox/requests")).json()["items"]
    sent = [one for one in requests if one["method"] == "POST" and one["path"].startswith("/v1/")]
    (operation,) = await till.shop.rows("select provider_key, looks from operations")
    assert {one["idempotency_key"] for one in sent} == {operation["provider_key"]}
    assert len(sent) == 4
    assert await till.shop.provider.received() == 1000


async def test_u04_a_capture_that_failed_and_is_made_again_takes_the_money_once(
    till: Till,
) -> None:
    order = await till.order("meal")
    await till.shop.provider.fault("http_500_acted", "/v1/payment_intents/", times=2)
    said(await till.pay(order, card(400), card(600)), 202)

    await till.resolve()

    assert (await till.look(order))["payment_state"] == "paid"
    assert await till.shop.provider.received() == 1000


async def test_u21_a_split_payment_is_whole_or_it_is_not(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")

    declined = said(await till.pay(order, card(300), cash(300), card(400, DECLINED)), 402)

    assert declined["transaction"]["cash_to_return"] == 300
    assert (await till.look(order))["amount_due"] == 1000
    assert await till.shop.provider.received() == 0
    refused(await till.pay(order, card(300), card(701)), 422, "order-overpaid")
    assert await till.shop.provider.received() == 0
    said(await till.pay(order, card(300), cash(300), card(400)), 200)
    assert (await till.look(order))["amount_due"] == 0


async def test_u21_card_money_beyond_what_is_owed_is_booked_whole_told_and_returned(
    till: Till,
) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    await till.shop.provider.fault("http_500", "/v1/payment_intents/", times=1000)
    declined = said(await till.pay(order, card(400), card(600, DECLINED)), 402)["transaction"]
    said(await till.pay(order, cash(1000), key=str(uuid4())), 200)
    await provider_is_back(till)
    held = declined["payments"][0]["provider_reference"]
    await by_hand(till, f"payment_intents/{held}/capture")

    await wait(till, steps=3, seconds=61)

    rows = await till.shop.rows(
        "select recipe, amount_minor from ledger_postings"
        " where recipe like 'surplus%' order by recipe desc"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("surplus taken", 400),
        ("surplus returned", 400),
    ]
    assert [row["kind"] for row in await till.shop.rows("select kind from exceptions")] == [
        "surplus"
    ]
    assert await till.shop.provider.received() == 0
