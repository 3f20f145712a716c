"""An order is edited line by line, by several people at once, and nothing is lost silently."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.orders.edits import (
    CHEAPER,
    HALF,
    add,
    change,
    modifier,
    patch,
    path,
    put,
    take_off,
)
from tests.orders.menu import a_line, bank_transfer, place, placed, stock
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


@pytest.fixture
async def till(till: Till) -> Till:
    """Return the manager at the first register of a shop with more on its menu."""
    await stock(till.shop)
    return till


async def test_u25_two_people_who_add_at_once_lose_nothing_of_each_other(till: Till) -> None:
    order = await placed(till, "meal")

    async with till.shop.till("cashier") as colleague:
        answers = await asyncio.gather(
            *(add(one, order, a_line(till, "penny")) for one in [till, colleague] * 10)
        )

    assert {answer.status_code for answer in answers} == {200}
    seen = await till.look(order)
    assert (len(seen["lines"]), seen["total"], seen["version"]) == (21, 1020, 21)


async def test_lines_are_added_once_however_often_it_is_asked(till: Till) -> None:
    order, key = await placed(till, "meal"), str(uuid4())

    first = await add(till, order, a_line(till, "penny"), key=key)
    again = await add(till, order, a_line(till, "penny"), key=key)
    other = await add(till, order, a_line(till, "coffee"), key=key)

    assert said(again, 200) == said(first, 200)
    assert again.headers["idempotent-replayed"] == "true"
    refused(other, 422, "idempotency-key-reused")
    assert [one["name"] for one in (await till.look(order))["lines"]] == ["meal", "penny"]


async def test_the_id_of_a_line_is_taken_once(till: Till) -> None:
    order = await placed(till, "meal")
    (line,) = order["lines"]

    refused(await add(till, order, a_line(till, "penny", id=line["id"])), 409, "id-reused")

    assert await till.look(order) == order


async def test_u25_changes_of_two_lines_are_both_kept_and_of_one_line_the_second_is_told(
    till: Till,
) -> None:
    order = await placed(till, "meal", "coffee")
    meal, coffee = order["lines"]

    said(await change(till, order, meal, quantity=2), 200)
    both = said(await change(till, order, coffee, note="No sugar, for Table #5"), 200)
    late = refused(await change(till, order, meal, quantity=3), 409, "version-conflict")

    assert [(one["quantity"], one["note"]) for one in both["lines"]] == [
        (2, None),
        (1, "No sugar, for Table #5"),
    ]
    assert late["version"] == 2
    assert late["line"] == both["lines"][0]
    assert await till.look(order) == both


async def test_a_line_is_taken_off_as_it_was_seen(till: Till) -> None:
    order = await placed(till, "meal", "coffee")
    meal, coffee = order["lines"]
    said(await change(till, order, meal, quantity=2), 200)

    refused(await take_off(till, order, meal), 409, "version-conflict")
    left = said(await take_off(till, order, coffee), 200)
    refused(await take_off(till, order, coffee), 404, "not-found")

    assert [(one["name"], one["quantity"]) for one in left["lines"]] == [("meal", 2)]


async def test_a_line_keeps_the_price_that_it_was_taken_at_and_more_is_a_line_of_its_own(
    till: Till,
) -> None:
    order = said(await place(till, a_line(till, "meal", 2)), 201)
    (line,) = order["lines"]
    await till.shop.rows("update products set price_minor = 1500 where name = 'meal' returning id")
    before = await till.shop.everything()

    problem = refused(await change(till, order, line, quantity=3), 422, "line-cannot-grow")
    whole = await put(till, order, a_line(till, "meal", "2.001", id=line["id"]))
    assert problem["line_ids"] == [line["id"]]
    refused(whole, 422, "line-cannot-grow")
    assert await till.shop.everything() == before

    less = said(await change(till, order, line, quantity=1), 200)
    added = said(await add(till, order, a_line(till, "meal")), 200)
    await till.shop.rows("update products set price_minor = 1000 where name = 'meal' returning id")
    again = said(await change(till, order, less["lines"][0], quantity=5), 200)

    assert [one["unit_price"] for one in added["lines"]] == [1000, 1500]
    assert again["total"] == 6500


async def test_more_of_what_is_withdrawn_sold_out_or_chosen_otherwise_is_not_sold(
    till: Till,
) -> None:
    shot = await modifier(till, "Shot", 60)
    coffee = f"/products/{till.shop.product_id('coffee')}"
    said(await till.call("PATCH", coffee, {"modifier_ids": [shot]}), 200)
    order = said(
        await place(
            till,
            a_line(till, "meal"),
            a_line(till, "coffee", modifiers=[{"id": shot}]),
            a_line(till, "penny"),
            a_line(till, "penny", price_override=CHEAPER),
        ),
        201,
    )
    meal, coffee_line, penny, cheap = order["lines"]
    at = f"/locations/{till.shop.location_id}/sold-out/{till.shop.product_id('penny')}"
    said(await till.call("PATCH", coffee, {"modifier_ids": []}), 200)
    said(await till.call("PUT", at, {}), 200)
    await till.shop.rows("update products set active = false where name = 'meal' returning id")
    before = await till.shop.everything()

    for line in (meal, coffee_line, penny):
        refused(await change(till, order, line, quantity=2), 422, "line-cannot-grow")
    dearer = {"quantity": 2, "price_override": CHEAPER}
    refused(await change(till, order, penny, **dearer), 422, "product-unavailable")
    refused(await add(till, order, a_line(till, "penny")), 422, "product-unavailable")
    assert await till.shop.everything() == before

    said(await change(till, order, penny, price_override=CHEAPER), 200)
    more = said(await change(till, order, cheap, quantity=2), 200)
    assert [one["total"] for one in more["lines"]] == [1000, 393, 700, 1400]


async def test_a_discount_that_an_older_process_left_behind_is_over(till: Till) -> None:
    order = await placed(till, "meal", discount=HALF)
    await till.shop.rows(
        """
        with gone as (delete from order_lines returning *)
        insert into order_lines (
          merchant_id, order_id, id, position, product_id, name, quantity_milli, unit_price_minor,
          tax_rate_id, rate_basis_points, tax_included, tax_minor, total_minor, needs_preparation,
          prep_minutes)
        select merchant_id, order_id, gen_random_uuid(), position, product_id, name,
          quantity_milli, unit_price_minor, tax_rate_id, rate_basis_points, tax_included, 167, 1000,
          needs_preparation, prep_minutes
        from gone
        """
    )
    await till.shop.rows("update orders set total_minor = 1000, tax_total_minor = 167")

    seen = await till.look(order)
    (listed,) = said(await till.call("GET", "/orders"), 200)["items"]
    async with till.shop.till("cashier") as cashier:
        added = said(await add(cashier, order, a_line(till, "penny")), 200)

    assert (order["discount"]["amount"], seen["discount"], listed["discount"]) == (500, None, None)
    assert (added["discount"], added["discount_total"], added["total"]) == (None, 0, 1001)
    assert await till.shop.rows("select 1 from order_discounts") == []


async def test_a_line_that_is_not_sold_any_more_stays_on_the_order(till: Till) -> None:
    order = await placed(till, "meal")
    await till.shop.rows("update products set active = false where name = 'meal' returning id")

    added = said(await add(till, order, a_line(till, "coffee")), 200)
    refused(await add(till, order, a_line(till, "meal")), 422, "product-unavailable")

    assert [one["name"] for one in added["lines"]] == ["meal", "coffee"]


async def test_an_order_has_only_so_many_lines(till: Till) -> None:
    order = said(await place(till, *[a_line(till, "penny")] * 500), 201)
    before = await till.shop.everything()

    refused(await add(till, order, a_line(till, "penny")), 400, "invalid-request")

    assert await till.shop.everything() == before


async def test_an_order_moves_to_another_table_even_while_it_is_paid(till: Till) -> None:
    order = await till.order("meal")
    await bank_transfer(till, order, 400)
    order = await till.look(order)

    moved = said(await patch(till, order, table="12", covers=3), 200)
    refused(await patch(till, moved, discount=HALF), 409, "money-reserved")
    stale = refused(await patch(till, order, table="13"), 409, "version-conflict")

    assert (moved["table"], moved["covers"]) == ("12", 3)
    assert stale["version"] == moved["version"] == order["version"] + 1
    assert (await till.look(order))["table"] == "12"
    events = await till.shop.rows("select type from outbox order by position desc limit 1")
    assert events == [{"type": "order.updated"}]


async def test_what_a_refused_discount_came_with_is_not_changed_either(till: Till) -> None:
    order = await till.order("meal")
    await bank_transfer(till, order, 400)
    order = await till.look(order)

    refused(await patch(till, order, table="12", discount=HALF), 409, "money-reserved")

    assert await till.look(order) == order


async def test_a_canceled_order_stays_where_it_was(till: Till) -> None:
    order = await placed(till, "meal")
    said(await till.call("POST", f"{path(order)}/cancel", {"reason": "They left."}), 200)
    order = await till.look(order)

    refused(await patch(till, order, table="12"), 409, "illegal-transition")
    refused(await add(till, order, a_line(till, "penny")), 409, "illegal-transition")

    assert await till.look(order) == order


async def test_all_taken_off_is_paid_at_once_and_a_paid_order_is_not_changed(till: Till) -> None:
    order = await till.order("meal")
    free = said(await patch(till, order, discount={"type": "percent", "value": 10_000}), 200)
    await till.open_drawer()
    paid = await till.order("meal")
    said(await till.pay(paid, cash(1000)), 200)
    paid = await till.look(paid)

    assert (free["total"], free["payment_state"]) == (0, "paid")
    refused(await patch(till, paid, discount=HALF), 409, "money-taken")
    refused(await change(till, paid, paid["lines"][0], quantity=2), 409, "money-taken")
    refused(await take_off(till, paid, paid["lines"][0]), 409, "money-taken")
    refused(await add(till, paid, a_line(till, "penny")), 409, "money-taken")
    assert await till.look(paid) == paid


async def test_what_is_due_is_shared_without_losing_a_unit(till: Till) -> None:
    order = await till.order("meal")

    shared = said(await till.call("GET", f"{path(order)}/shares?count=3"), 200)

    assert shared == {"currency": "GBP", "amount_due": 1000, "shares": [334, 333, 333]}
    await till.open_drawer()
    for amount in shared["shares"]:
        said(await till.pay(order, cash(amount)), 200)
    assert (await till.look(order))["payment_state"] == "paid"
    refused(await till.call("GET", f"{path(order)}/shares?count=0"), 400, "invalid-request")


async def test_orders_of_others_are_not_there(till: Till) -> None:
    order = await placed(till, "meal")
    line = order["lines"][0]
    async with till.shop.stranger() as other:
        for answer in (
            await add(other, order, a_line(till, "meal")),
            await change(other, order, line, quantity=2),
            await take_off(other, order, line),
            await patch(other, order, table="1"),
            await other.call("GET", f"{path(order)}/shares?count=2"),
        ):
            refused(answer, 404, "not-found")

    assert await till.look(order) == order
