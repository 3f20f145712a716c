"""A declined payment leaves the order payable, and its history says so; many are a manager's."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from tests.payments.queue import only, queue, resolve
from tests.support.shop import card, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till

NO = "pm_card_visa_chargeDeclinedInsufficientFunds"


async def declined(till: Till, order: dict[str, object], *cards: dict[str, object]) -> None:
    refused(await till.pay(order, *(cards or [card(1000, NO)])), 402, "payment-declined")


async def test_m04_a_failure_is_in_the_history_and_the_order_stays_payable(till: Till) -> None:
    order, key = await till.order("meal"), str(uuid4())
    refused(await till.pay(order, card(1000, NO), key=key), 402, "payment-declined")
    refused(await till.pay(order, card(1000, NO), key=key), 402, "payment-declined")

    now = await till.look(order)

    assert (now["state"], now["amount_due"]) == ("validated", 1000)
    told = [(one["from"], one["to"], one["reason"]) for one in now["history"]]
    assert told[-1] == ("validated", "validated", "payment declined: insufficient_funds")
    assert len(told) == 3
    assert await queue(till) == []
    part = said(await till.pay(order, card(400)), 200)["transaction"]
    await declined(till, order, card(300, NO), card(300))
    assert part["status"] == "completed"
    assert (await till.look(order))["state"] == "partially_paid"
    said(await till.pay(order, card(600)), 200)
    assert (await till.look(order))["payment_state"] == "paid"


async def test_m04_after_so_many_failures_a_manager_is_told_once(till: Till) -> None:
    order, other = await till.order("meal"), await till.order("meal")
    for one in (order, other, order, other):
        await declined(till, one)
    assert await queue(till) == []
    await declined(till, order)

    flagged = await only(till, "payments_failing")
    assert (flagged["order_id"], flagged["state"]) == (order["id"], "open")
    assert flagged["actions"] == ["dismiss"]
    assert flagged["detail"]["declines"] == 3
    assert flagged["detail"]["codes"] == ["insufficient_funds"]
    await declined(till, order)
    assert len(await queue(till)) == 1
    said(await resolve(till, await only(till, "payments_failing"), "dismiss"), 200)
    await declined(till, order)
    again = await only(till, "payments_failing")
    assert (again["id"], again["state"]) == (flagged["id"], "open")
    assert again["detail"]["declines"] == 5


async def test_m04_the_shop_says_how_many(till: Till) -> None:
    async with till.shop.till("admin") as admin:
        wish = {"payment_declines_until_told": 1}
        said(await admin.call("PATCH", "/settings", wish), 200)
        await declined(till, await till.order("meal"))
        assert len(await queue(till)) == 1
        never = {"payment_declines_until_told": 0}
        said(await admin.call("PATCH", "/settings", never), 200)
    order = await till.order("meal")
    for _ in range(4):
        await declined(till, order)
    assert len(await queue(till)) == 1
