"""A whole evening at an existing till, with lost answers and a queue: the books are exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.compat.till import OldTill, item, old_till, told
from tests.support.shop import said

if TYPE_CHECKING:
    from tests.support.shop import Shop

CARD = {
    "currency": "GBP",
    "payment_method_id": "pm_card_visa",
    "metadata": {"payment_method": "card", "frontend_source": "mobile"},
}


async def the_first_table(till: OldTill, session_id: str) -> None:
    """Take the first body, change it, and pay it in cash with change."""
    meal = str(till.shop.product_id("meal"))
    line = {
        "product_id": meal,
        "product_name": "meal",
        "qty": 1,
        "price_unit": 10,
        "price_subtotal": 10,
    }
    body = {"session_id": session_id, "date_order": "2026-03-04 19:00:00", "lines": [line]}
    table = told(await till.send("POST", "/orders", {**body, "state": "draft"}), 201)
    path = f"/orders/{table['id']}"
    edited = {"items": [item(till.shop, "meal", 2), item(till.shop, "coffee", 1)], "version": 1}
    assert told(await till.send("PUT", path, edited))["total"] == 23.33
    told(await till.send("POST", f"{path}/confirm"))
    paid = told(
        await till.send(
            "POST",
            "/payments/cash",
            cash(table["id"], 23.33, 30, change_amount=6.67),
            key=str(uuid4()),
        )
    )
    assert (paid["change_amount"], paid["amount_due"]) == (6.67, 0)


def cash(order_id: str, amount: float, received: Any, **more: Any) -> dict[str, Any]:
    return {"order_id": order_id, "amount": amount, "received_amount": received, **more}


async def a_queue(till: OldTill) -> None:
    """Queue an order with two payments, and one that is given up, while the network is away."""
    order = await till.later("POST", "/orders", {"items": [item(till.shop, "meal", 3)]})
    await till.later("POST", "/payments/cash", cash(order.key, 15, 20, change_amount=5))
    await till.later("POST", "/payments/process", {"order_id": order.key, "amount": 15, **CARD})
    left = await till.later("POST", "/orders", {"items": [item(till.shop, "penny")]})
    await till.later("PATCH", f"/orders/{left.key}/status", {"status": "cancelled"})


async def answers_that_are_lost(till: OldTill) -> None:
    """Send the queue three times: a bank's answer is lost meanwhile, and the tokens change."""
    await till.shop.provider.fault("lost_answer")
    heard = await till.drain()
    assert [one.status_code for one in heard] == [201, 200, 202, 201, 200]
    assert [one.json()["success"] for one in heard] == [True, True, False, True, True]
    async with till.shop.till() as worker:
        await worker.resolve()
    till.shop.advance(3400)
    await till.refresh()
    for _ in range(2):
        heard = await till.drain()
        assert [one.status_code for one in heard] == [201, 200, 200, 201, 200]
        assert all(one.json()["success"] for one in heard)


async def a_card_that_declines(till: OldTill) -> None:
    """Have a card declined, and take the guest's cash."""
    order = told(await till.send("POST", "/orders", {"items": [item(till.shop, "coffee", 2)]}), 201)
    declined = {"order_id": order["id"], "amount": 6.66, **CARD}
    declined["payment_method_id"] = "pm_card_visa_chargeDeclined"
    said(await till.send("POST", "/payments/process", declined, key=str(uuid4())), 402)
    paid = cash(order["id"], 6.66, "10.00")
    told(await till.send("POST", "/payments/cash", paid, key=str(uuid4())))


async def test_tr128_an_evening_of_lost_answers_ends_with_exact_books(shop: Shop) -> None:
    async with old_till(shop, None) as till:
        await till.sign_in()
        opened = {"config_id": str(shop.register_id()), "startingCash": 50}
        session = told(await till.send("POST", "/pos/sessions", opened), 201)
        menu = told(await till.send("GET", "/products/mobile"))
        assert [one["price"] for one in menu] == [3.33, 10, 0.01]

        await the_first_table(till, session["id"])
        await a_queue(till)
        await answers_that_are_lost(till)
        await a_card_that_declines(till)

        listed = told(await till.send("GET", "/orders/today"))
        assert sorted((one["status"], one["total"]) for one in listed) == [
            *(("cancelled", 0.01), ("completed", 6.66), ("paid", 23.33), ("paid", 30)),
        ]
        ending = {"state": "closed", "endingCash": 94.99}  # 50.00 and 23.33, 15.00, 6.66.
        closed = await till.send("PUT", f"/pos/sessions/{session['id']}/state", ending)
        assert told(closed)["state"] == "closed"
        assert (await till.send("POST", "/auth/logout")).status_code == 204

    await the_books_are(shop, cards=1500, sold=2333 + 3000 + 666, counted=9499)


async def the_books_are(shop: Shop, *, cards: int, sold: int, counted: int) -> None:
    """Hold drawer, provider and ledger to what was sold."""
    rows = await shop.rows("select balance_minor, counted_minor from drawer_sessions")
    assert rows == [{"balance_minor": counted, "counted_minor": counted}]
    assert await shop.provider.received() == cards
    (taxes,) = await shop.rows(
        "select sum(tax_total_minor)::int as minor from orders where stage <> 'canceled'"
    )
    async with shop.till() as auditor:
        assert await auditor.balance("card_clearing") == cards
        assert await auditor.balance("order_deposits") == 0
        assert await auditor.balance("cash_over_short") == 0
        assert -await auditor.balance("sales") + taxes["minor"] == sold
    assert await shop.rows("select count(*)::int as n from orders") == [{"n": 4}]
    (done,) = await shop.rows(
        "select count(*)::int as n from transactions where status = 'completed'"
    )
    assert done == {"n": 4}
