"""What a repeat is told: the first answer byte for byte, or how things stand; that it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.support.shop import card, cash, said

if TYPE_CHECKING:
    from typing import Any

    from tests.support.shop import Till

ASKS = "pm_card_authenticationRequired"
NO = "pm_card_visa_chargeDeclined"


@pytest.mark.parametrize(
    "payments",
    [
        (card(1000, NO),),
        (card(400), card(600, NO)),
        (cash(100), card(200), card(700, NO)),
    ],
    ids=["alone", "with a hold", "with cash and a hold"],
)
async def test_a_repeat_of_a_decline_is_the_same_byte_for_byte(
    till: Till, payments: tuple[dict[str, Any], ...]
) -> None:
    await till.open_drawer(0)
    order, key = await till.order("meal"), str(uuid4())

    first = await till.pay(order, *payments, key=key)
    again = await till.pay(order, *payments, key=key)

    assert (first.status_code, again.status_code) == (402, 402)
    without = [one.json() | {"request_id": None} for one in (first, again)]
    assert without[0] == without[1]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_decline_whose_hold_is_released_later_is_told_as_it_was_first(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    await till.shop.provider.fault("connection_reset", "/v1/payment_intents/", times=4)
    payments = (card(400), card(600, NO))

    first = said(await till.pay(order, *payments, key=key), 402)["transaction"]
    await till.resolve()
    again = said(await till.pay(order, *payments, key=key), 402)["transaction"]

    assert [one["status"] for one in first["payments"]] == ["voiding", "declined"]
    assert again == first
    found = said(await till.call("GET", f"/transactions/{first['id']}"), 200)["transaction"]
    assert [one["status"] for one in found["payments"]] == ["voided", "declined"]


async def test_a_decline_that_nobody_was_told_of_is_told_as_it_ended(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    payments = (card(400), card(600, NO))
    async with till.shop.crashing_at_commit(3):
        assert (await till.pay(order, *payments, key=key)).status_code == 500
    till.shop.advance(11)
    await till.resolve()

    told = said(await till.pay(order, *payments, key=key), 402)["transaction"]

    assert [one["status"] for one in told["payments"]] == ["voided", "declined"]


@pytest.mark.parametrize(("call", "body"), [("confirm", {}), ("cancel", {"reason": "He left."})])
async def test_a_repeat_of_what_is_not_finished_says_that_it_is_one(
    till: Till, call: str, body: dict[str, str]
) -> None:
    waiting = said(await till.pay(await till.order("meal"), card(1000, ASKS)), 202)["transaction"]
    await till.shop.provider.fault("connection_reset", "/v1/payment_intents/", times=1000)
    path, key = f"/transactions/{waiting['id']}/{call}", str(uuid4())

    first = await till.call("POST", path, body, key=key)
    again = await till.call("POST", path, body, key=key)

    assert (first.status_code, again.status_code) == (202, 202)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    await till.shop.provider.http.delete("/_sandbox/faults")
    await till.resolve()


async def test_who_works_elsewhere_neither_gives_up_nor_vouches_here(till: Till) -> None:
    transfer = {"method": "bank_transfer", "amount": 1000}
    waiting = said(await till.pay(await till.order("meal"), transfer), 202)["transaction"]
    await till.shop.rows(
        "update staff set location_ids = '{}' where merchant_id = $1 and id = $2 returning id",
        *(till.shop.merchant_id, till.shop.staff_id("cashier")),
    )
    path = f"/transactions/{waiting['id']}"
    async with till.shop.till("cashier") as elsewhere:
        before = await till.shop.everything()

        vouched = {"payment_ids": [waiting["payments"][0]["id"]]}
        confirmed = await elsewhere.call("POST", f"{path}/confirm", vouched)
        canceled = await elsewhere.call("POST", f"{path}/cancel", {"reason": "Mischief."})

        assert (confirmed.status_code, canceled.status_code) == (403, 403)
        assert await till.shop.everything() == before


async def test_a_voucher_stays_used_though_its_method_was_meanwhile_taken_often(
    till: Till,
) -> None:
    methods: list[dict[str, Any]] = (await till.call("GET", "/payment-methods")).json()
    voucher = next(one for one in methods if one["code"] == "voucher")
    path = f"/payment-methods/{voucher['id']}"
    pay = {"method": "voucher", "amount": 1000, "reference": "V-17"}
    async with till.shop.till("admin") as admin:
        said(await admin.call("PATCH", path, {"reference_single_use": False}), 200)
        said(await till.pay(await till.order("meal"), pay), 200)
        said(await admin.call("PATCH", path, {"reference_single_use": True}), 200)

    again = await till.pay(await till.order("meal"), pay)

    assert again.status_code == 409
    assert again.json()["code"] == "reference-already-used"


async def test_how_the_customer_goes_on_is_told_to_who_may_pay_and_stored_nowhere(
    till: Till,
) -> None:
    waiting = said(await till.pay(await till.order("meal"), card(1000, ASKS)), 202)["transaction"]
    action = waiting["payments"][0]["next_action"]
    assert action["redirect_url"].endswith(waiting["payments"][0]["provider_reference"])

    path = f"/transactions/{waiting['id']}"
    seen = said(await till.call("GET", path), 200)["transaction"]["payments"][0]["next_action"]
    async with till.shop.till("kitchen") as kitchen:
        told = said(await kitchen.call("GET", path), 200)["transaction"]["payments"][0]

    assert seen == action
    assert told["next_action"] == {"type": "redirect_to_url"}
    stored = repr(await till.shop.everything())
    assert action["client_secret"] not in stored
    assert action["redirect_url"] not in stored
