"""A cash sale is two movements: what was tendered goes in, and the change comes out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fynlo.drawers.model.session import DIRECTION
from fynlo.drawers.store import TOTALS
from tests.support.shop import card, cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def moved(till: Till) -> list[tuple[object, ...]]:
    rows = await till.shop.rows("select * from drawer_movements order by session_id, sequence")
    return [(row["type"], row["amount_minor"], row["balance_minor"]) for row in rows]


async def must_add_up(till: Till) -> dict[str, Any]:
    """Derive the only session from its movements, and return its row."""
    (session,) = await till.shop.rows("select * from drawer_sessions")
    rows = await till.shop.rows("select * from drawer_movements order by sequence")
    totals, balance = dict.fromkeys(TOTALS, 0), 0
    for number, row in enumerate(rows, 1):
        assert (row["sequence"], row["direction"]) == (number, DIRECTION[row["type"]])
        balance += row["direction"] * row["amount_minor"]
        assert row["balance_minor"] == balance
        if row["direction"]:
            totals[row["type"]] += row["amount_minor"]
    assert {name: session[f"{name}_minor"] for name in TOTALS} == totals
    assert (session["movements"], session["balance_minor"]) == (len(rows), balance)
    return session


async def test_what_was_tendered_goes_in_and_the_change_comes_out(till: Till) -> None:
    await till.open_drawer(10_000)
    order = await till.order("meal")

    paid = said(await till.pay(order, cash(1000, tendered=2000, tip=150)), 200)["transaction"]

    assert paid["change_amount"] == 850
    assert await moved(till) == [
        ("opening", 10_000, 10_000),
        ("tendered", 2_000, 12_000),
        ("change", 850, 11_150),
    ]
    sale = await till.shop.rows(
        "select order_id::text, tender_id::text, by_staff, reason from drawer_movements"
        " where sequence > 1 order by sequence"
    )
    both = {
        "order_id": order["id"],
        "tender_id": paid["payments"][0]["id"],
        "by_staff": till.shop.staff_id("manager"),
        "reason": None,
    }
    assert sale == [both, both]


async def test_exact_cash_gives_no_change_and_a_card_moves_nothing(till: Till) -> None:
    await till.open_drawer(0)

    said(await till.pay(await till.order("meal"), cash(400), card(600)), 200)

    assert await moved(till) == [("opening", 0, 0), ("tendered", 400, 400)]


async def test_cash_beside_the_drawer_moves_only_once_its_sale_is_decided(till: Till) -> None:
    await till.open_drawer(0)
    transfer = {"method": "bank_transfer", "amount": 400}
    kept = await till.pay(await till.order("meal"), cash(600, tendered=1000), transfer)
    given_back = await till.pay(await till.order("meal"), cash(600), transfer)
    assert await moved(till) == [("opening", 0, 0)]
    assert (await must_add_up(till))["held_minor"] == 1_600

    first, second = (said(one, 202)["transaction"] for one in (kept, given_back))
    vouched = {"payment_ids": [first["payments"][1]["id"]]}
    said(await till.call("POST", f"/transactions/{first['id']}/confirm", vouched), 200)
    why, path = {"reason": "The customer left."}, f"/transactions/{second['id']}/cancel"
    gone = said(await till.call("POST", path, why), 200)

    assert gone["transaction"]["cash_to_return"] == 600
    assert await moved(till) == [("opening", 0, 0), ("tendered", 1000, 1000), ("change", 400, 600)]
    assert (await must_add_up(till))["held_minor"] == 0


async def test_a_session_counts_what_sales_and_hands_moved_at_once(till: Till) -> None:
    drawer = await till.open_drawer(5_000)
    orders = [await till.order("coffee") for _ in range(5)]
    path, by_hand = f"/drawers/sessions/{drawer['id']}/movements", {"reason": "Coins"}
    kinds = ("paid_in", "loan", "paid_out", "drop", "pickup", "no_sale")

    answers = await asyncio.gather(
        *(till.pay(order, cash(333, tendered=400)) for order in orders),
        *(
            till.call("POST", path, {**by_hand, "type": kind, "amount": 100 * (kind != "no_sale")})
            for kind in kinds
        ),
    )

    assert sorted(one.status_code for one in answers) == [200] * 5 + [201] * 6
    session = await must_add_up(till)
    assert (session["tendered_minor"], session["change_minor"]) == (2_000, 335)
    assert (session["movements"], session["balance_minor"]) == (17, 5_000 + 5 * 333 - 100)
    assert await till.balance(f"cash_drawer:{drawer['id']}") == session["balance_minor"]


async def test_a_sale_goes_into_its_own_registers_drawer_only(till: Till) -> None:
    mine, order = await till.open_drawer(0), await till.order("meal")
    till.register = 2
    other = await till.open_drawer(0)
    before = await till.shop.everything()

    for drawer, status, code in (
        (other["id"], 422, "drawer-session-mismatch"),
        (order["id"], 404, "not-found"),
    ):
        answer = await till.pay(order, cash(1000), drawer_session_id=drawer)
        refused(answer, status, code)
    assert await till.shop.everything() == before

    said(await till.pay(order, cash(1000)), 200)
    assert await till.balance(f"cash_drawer:{mine['id']}") == 1000


async def test_an_order_of_no_register_names_the_drawer_that_takes_its_cash(till: Till) -> None:
    drawer = await till.open_drawer(0)
    lines = [{"product_id": str(till.shop.product_id("meal")), "quantity": 1}]
    order = said(await till.call("POST", "/orders", {"lines": lines}), 201)
    said(await till.call("POST", f"/orders/{order['id']}/validate", {}), 200)
    before = await till.shop.everything()

    refused(await till.pay(order, cash(1000)), 422, "drawer-session-required")
    assert await till.shop.everything() == before
    said(await till.pay(order, cash(1000), drawer_session_id=drawer["id"]), 200)

    assert await till.balance(f"cash_drawer:{drawer['id']}") == 1000
