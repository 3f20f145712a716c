"""Cash sales, end to end over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from tests.staff.people import add_device, enter, give_pin
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


async def test_a_cash_sale_is_booked_to_the_last_penny(till: Till) -> None:
    drawer = await till.open_drawer(10_000)
    order = await till.order("meal", "coffee")

    answer = said(await till.pay(order, cash(1333, tendered=2000)), 200)["transaction"]

    assert answer["status"] == "completed"
    assert answer["change_amount"] == 667
    assert (await till.look(order))["payment_state"] == "paid"
    assert await till.balance(f"cash_drawer:{drawer['id']}") == 10_000 + 1333
    assert await till.balance("order_deposits") == 0
    assert await till.balance("sales") == -(1333 - 167 - 56)


async def test_the_same_key_answers_the_same_bytes_and_books_once(till: Till) -> None:
    await till.open_drawer()
    order, key = await till.order("meal"), str(uuid4())

    first = await till.pay(order, cash(1000), key=key)
    before = await till.shop.everything()
    again = await till.pay(order, cash(1000), key=key)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert await till.shop.everything() == before


async def test_the_same_key_with_other_content_is_refused_and_changes_nothing(till: Till) -> None:
    await till.open_drawer()
    order, key = await till.order("meal"), str(uuid4())
    said(await till.pay(order, cash(400), key=key), 200)
    before = await till.shop.everything()

    refused(await till.pay(order, cash(401), key=key), 422, "idempotency-key-reused")

    assert await till.shop.everything() == before


async def test_tr27_two_halves_make_a_whole(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")

    half = said(await till.pay(order, cash(400)), 200)["transaction"]
    assert half["amount_due"] == 600
    assert (await till.look(order))["state"] == "partially_paid"
    rest = said(await till.pay(order, cash(600)), 200)["transaction"]

    assert rest["amount_due"] == 0
    assert (await till.look(order))["amount_paid"] == 1000


async def test_cash_without_an_open_drawer_is_refused(till: Till) -> None:
    order = await till.order("meal")
    before = await till.shop.everything()

    refused(await till.pay(order, cash(1000)), 422, "drawer-session-required")

    assert await till.shop.everything() == before


async def test_cash_goes_into_the_drawer_where_the_cashier_stands(till: Till) -> None:
    shop = till.shop
    there = await till.open_drawer()
    order = await till.order("meal")
    async with shop.till("admin", register=2) as admin:
        here = await admin.open_drawer()
        device = await add_device(admin, register=2)
    await give_pin(shop, "manager")

    async with shop.till("manager") as standing:
        who = await enter(standing.http, device["device_token"], shop.staff_id("manager"))
        token = said(who, 200)["access_token"]
        standing.http.headers["Authorization"] = f"Bearer {token}"
        elsewhere = await standing.pay(order, cash(1000), drawer_session_id=there["id"])
        refused(elsewhere, 422, "drawer-session-mismatch")
        said(await standing.pay(order, cash(1000)), 200)

    assert await till.balance(f"cash_drawer:{here['id']}") == 11_000
    assert await till.balance(f"cash_drawer:{there['id']}") == 10_000
