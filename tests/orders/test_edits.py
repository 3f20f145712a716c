"""An order is edited line by line, by several people at once, and nothing is lost silently."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.orders.menu import a_line, bank_transfer, place, placed, stock
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till

TEN_PERCENT = {"type": "percent", "value": 1000}
HALF = {"type": "percent", "value": 5000}
CHEAPER = {"unit_price": 700, "reason": "The plate was cold."}


@pytest.fixture
async def till(till: Till) -> Till:
    """Return the manager at the first register of a shop with more on its menu."""
    await stock(till.shop)
    return till


async def allow(till: Till, basis_points: int) -> None:
    async with till.shop.till("admin") as admin:
        wish = {"discount_limit": basis_points}
        said(await admin.call("PATCH", "/settings", wish), 200)


def path(order: dict[str, Any], line: dict[str, Any] | None = None) -> str:
    of = f"/orders/{order['id']}"
    return of if line is None else f"{of}/lines/{line['id']}"


async def add(
    till: Till, order: dict[str, Any], *lines: dict[str, Any], key: str | None = None
) -> httpx.Response:
    return await till.call("POST", f"{path(order)}/lines", {"lines": list(lines)}, key=key)


async def change(
    till: Till, order: dict[str, Any], line: dict[str, Any], **wish: Any
) -> httpx.Response:
    return await till.call("PATCH", path(order, line), {"version": line["version"], **wish})


async def take_off(till: Till, order: dict[str, Any], line: dict[str, Any]) -> httpx.Response:
    return await till.call("DELETE", f"{path(order, line)}?version={line['version']}")


async def patch(till: Till, order: dict[str, Any], **wish: Any) -> httpx.Response:
    return await till.call("PATCH", path(order), {"version": order["version"], **wish})


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


async def test_a_line_keeps_the_price_that_it_was_taken_at(till: Till) -> None:
    order = await placed(till, "meal")
    await till.shop.rows("update products set price_minor = 1500 where name = 'meal' returning id")

    more = said(await change(till, order, order["lines"][0], quantity=2), 200)
    added = said(await add(till, order, a_line(till, "meal")), 200)

    assert more["total"] == 2000
    assert [one["unit_price"] for one in added["lines"]] == [1000, 1500]


async def test_a_line_that_is_not_sold_any_more_stays_on_the_order(till: Till) -> None:
    order = await placed(till, "meal")
    await till.shop.rows("update products set active = false where name = 'meal' returning id")

    added = said(await add(till, order, a_line(till, "coffee")), 200)
    refused(await add(till, order, a_line(till, "meal")), 422, "product-unavailable")

    assert [one["name"] for one in added["lines"]] == ["meal", "coffee"]


async def test_discounts_of_a_line_and_of_the_order_are_shown_and_kept(till: Till) -> None:
    order = await placed(till, "meal", "coffee")
    meal, _ = order["lines"]

    one = said(await change(till, order, meal, discount=HALF), 200)
    both = said(await patch(till, one, discount=TEN_PERCENT), 200)
    more = said(await add(till, order, a_line(till, "penny")), 200)
    none = said(await patch(till, more, discount=None), 200)

    assert (one["lines"][0]["discount"], one["discount_total"], one["total"]) == (
        {**HALF, "amount": 500},
        500,
        833,
    )
    assert both["discount"] == {**TEN_PERCENT, "amount": 83}
    assert (both["subtotal"], both["discount_total"], both["total"]) == (1333, 583, 750)
    assert [line["order_discount"] for line in both["lines"]] == [50, 33]
    assert both["amount_due"] == 750
    assert (more["discount"], more["total"]) == ({**TEN_PERCENT, "amount": 83}, 751)
    assert (none["discount"], none["discount_total"], none["total"]) == (None, 500, 834)
    assert none["lines"][0]["discount"] == {**HALF, "amount": 500}


async def test_an_order_is_taken_with_its_discounts(till: Till) -> None:
    lines = [a_line(till, "meal", discount=HALF), a_line(till, "coffee", price_override=CHEAPER)]

    order = said(await place(till, *lines, discount={"type": "amount", "value": 200}), 201)

    assert (order["subtotal"], order["discount_total"], order["total"]) == (1700, 700, 1000)
    assert [(one["total"], one["order_discount"]) for one in order["lines"]] == [
        (416, 84),
        (584, 116),
    ]
    assert order["lines"][1]["price_override"] == {
        "by": str(till.shop.staff_id("manager")),
        "reason": CHEAPER["reason"],
    }
    assert await till.look(order) == order
    (given,) = await till.shop.rows("select type, value, given_by from order_discounts")
    assert (given["type"], given["value"]) == ("amount", 200)
    assert given["given_by"] == till.shop.staff_id("manager")


async def test_tr41_a_cashier_sells_at_no_other_price_than_the_menus(till: Till) -> None:
    order = await placed(till, "meal")
    async with till.shop.till("cashier") as cashier:
        mine = await placed(cashier, "meal")
        before = await till.shop.everything()
        for answer in (
            await place(cashier, a_line(till, "meal", price_override=CHEAPER)),
            await place(cashier, a_line(till, "meal", discount={"type": "amount", "value": 1})),
            await place(cashier, a_line(till, "meal"), discount=TEN_PERCENT),
            await change(cashier, mine, mine["lines"][0], price_override=CHEAPER),
            await change(cashier, mine, mine["lines"][0], discount=TEN_PERCENT),
            await patch(cashier, order, discount=TEN_PERCENT),
        ):
            assert refused(answer, 403, "forbidden")["permission"] == "price.override"
        assert await till.shop.everything() == before


async def test_what_a_manager_allowed_a_cashier_does_not_make_more_of(till: Till) -> None:
    order = await placed(till, "meal", "coffee")
    meal, coffee = order["lines"]
    said(await change(till, order, meal, price_override=CHEAPER), 200)
    given = said(await change(till, order, coffee, discount=HALF), 200)
    meal, coffee = given["lines"]

    async with till.shop.till("cashier") as cashier:
        before = await till.shop.everything()
        for line in (meal, coffee):
            refused(await change(cashier, order, line, quantity=2), 403, "forbidden")
        assert await till.shop.everything() == before
        noted = said(await change(cashier, order, meal, note="Hot, please"), 200)
        added = said(await add(cashier, order, a_line(till, "penny")), 200)
        fewer = said(await change(cashier, order, noted["lines"][1], quantity="0.5"), 200)

    assert (added["lines"][0]["unit_price"], added["total"]) == (700, 867)
    assert fewer["discount_total"] == 84


async def test_a_cashier_gives_as_much_as_the_shop_lets_everybody_give(till: Till) -> None:
    await allow(till, 1000)
    async with till.shop.till("cashier") as cashier:
        order = await placed(cashier, "meal")
        given = said(await patch(cashier, order, discount=TEN_PERCENT), 200)
        over = {"type": "percent", "value": 1100}
        refused(await patch(cashier, given, discount=over), 403, "forbidden")
        assert await till.look(order) == given

    assert given["total"] == 900


async def test_nobody_makes_a_small_discount_a_large_one_by_taking_things_off(till: Till) -> None:
    await allow(till, 1000)
    async with till.shop.till("cashier") as cashier:
        order = await placed(cashier, "meal", "meal", "coffee")
        fixed = {"type": "amount", "value": 233}
        given = said(await patch(cashier, order, discount=fixed), 200)
        before = await till.shop.everything()

        for line in given["lines"][:2]:
            refused(await take_off(cashier, given, line), 403, "forbidden")

        assert await till.shop.everything() == before
        noted = said(await change(cashier, given, given["lines"][2], note="Hot"), 200)
    assert (noted["discount_total"], noted["total"]) == (233, 2100)


async def modifier(till: Till, name: str, delta: int) -> str:
    wish = {"name": name, "price_delta": delta, "currency": "GBP"}
    return str(said(await till.call("POST", "/modifiers", wish), 201)["id"])


async def test_modifiers_are_in_the_price_and_stay_as_they_were_chosen(till: Till) -> None:
    shot, oat = await modifier(till, "Shot", 60), await modifier(till, "Oat milk", -10)
    coffee = f"/products/{till.shop.product_id('coffee')}"
    said(await till.call("PATCH", coffee, {"modifier_ids": [shot, oat]}), 200)
    chosen = [{"id": shot}, {"id": shot}, {"id": oat}]

    order = said(await place(till, a_line(till, "coffee", 2, modifiers=chosen)), 201)
    (line,) = order["lines"]
    before = await till.shop.everything()
    strange = await change(till, order, line, modifiers=[{"id": str(uuid4())}])
    assert refused(strange, 422, "modifier-not-offered")["modifier_ids"]
    assert await till.shop.everything() == before
    said(await till.call("PATCH", f"/modifiers/{shot}", {"price_delta": 100}), 200)
    kept = said(await change(till, order, line, quantity=1), 200)
    less = said(await change(till, kept, kept["lines"][0], modifiers=[{"id": shot}]), 200)

    assert [(one["id"], one["name"], one["price_delta"]) for one in line["modifiers"]] == [
        (shot, "Shot", 60),
        (shot, "Shot", 60),
        (oat, "Oat milk", -10),
    ]
    assert (line["unit_price"], order["total"]) == (443, 886)
    assert (kept["lines"][0]["unit_price"], kept["lines"][0]["modifiers"]) == (
        443,
        line["modifiers"],
    )
    assert (less["lines"][0]["unit_price"], less["lines"][0]["version"]) == (433, 3)


async def put(till: Till, order: dict[str, Any], *lines: dict[str, Any]) -> httpx.Response:
    body = {"version": order["version"], "lines": list(lines)}
    return await till.call("PUT", f"{path(order)}/lines", body)


async def test_what_was_given_on_a_line_goes_to_no_other_thing(till: Till) -> None:
    order = await placed(till, "coffee", "meal")
    coffee, _ = order["lines"]
    free = {"type": "percent", "value": 10_000}
    given = said(await change(till, order, coffee, discount=free), 200)

    moved = said(await put(till, given, a_line(till, "meal")), 200)
    named = said(await put(till, moved, a_line(till, "coffee", id=coffee["id"])), 200)
    other = said(await put(till, named, a_line(till, "meal", id=coffee["id"])), 200)

    assert [one["total"] for one in (given, moved, named, other)] == [1000, 1000, 333, 1000]
    assert len({one["lines"][0]["id"] for one in (order, moved)}) == 2  # No id is used again.


async def test_a_line_that_is_named_stands_beside_one_that_is_not(till: Till) -> None:
    order = await placed(till, "coffee", "meal")
    meal = order["lines"][1]

    both = said(
        await put(till, order, a_line(till, "meal", id=meal["id"]), a_line(till, "penny")), 200
    )

    assert [one["name"] for one in both["lines"]] == ["meal", "penny"]
    assert both["lines"][0] == meal


async def test_another_price_stays_with_its_line_until_it_is_taken_away(till: Till) -> None:
    shot = await modifier(till, "Shot", 60)
    coffee = f"/products/{till.shop.product_id('coffee')}"
    said(await till.call("PATCH", coffee, {"modifier_ids": [shot]}), 200)
    order = await placed(till, "coffee", "meal")
    line, meal = order["lines"]
    await till.shop.rows("update products set price_minor = 1500 where name = 'meal' returning id")

    cheap = said(await change(till, order, line, price_override=CHEAPER), 200)
    same = said(await change(till, cheap, meal, price_override=None), 200)
    chosen = said(await change(till, same, cheap["lines"][0], modifiers=[{"id": shot}]), 200)
    async with till.shop.till("cashier") as cashier:
        none = [{"id": shot}, {"id": shot}]
        refused(await change(cashier, chosen, chosen["lines"][0], modifiers=none), 403, "forbidden")
    back = said(await change(till, chosen, chosen["lines"][0], price_override=None), 200)

    assert same["lines"][1]["unit_price"] == 1000
    assert (chosen["lines"][0]["unit_price"], chosen["lines"][0]["price_override"]) == (
        700,
        cheap["lines"][0]["price_override"],
    )
    assert (back["lines"][0]["unit_price"], back["lines"][0]["price_override"]) == (393, None)


async def test_an_order_has_only_so_many_lines(till: Till) -> None:
    order = said(await place(till, *[a_line(till, "penny")] * 500), 201)
    before = await till.shop.everything()

    refused(await add(till, order, a_line(till, "penny")), 400, "invalid-request")

    assert await till.shop.everything() == before


async def test_a_discount_larger_than_its_line_is_refused(till: Till) -> None:
    order = await placed(till, "meal")
    before = await till.shop.everything()
    too_much = {"type": "amount", "value": 1001}

    problem = refused(
        await change(till, order, order["lines"][0], discount=too_much), 422, "discount-too-large"
    )

    assert problem["price"] == 1000
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
