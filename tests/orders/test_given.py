"""What is taken off, and other prices than the menu's: who gives them, and how far they reach."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.orders.edits import (
    CHEAPER,
    HALF,
    TEN_PERCENT,
    add,
    allow,
    change,
    modifier,
    patch,
    put,
    take_off,
)
from tests.orders.menu import a_line, place, placed, stock
from tests.support.shop import ASKING, refused, said

if TYPE_CHECKING:
    from tests.support.shop import Till


@pytest.fixture
async def till(till: Till) -> Till:
    """Return the manager at the first register of a shop with more on its menu."""
    await stock(till.shop)
    return till


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
        ):
            assert refused(answer, 403, "forbidden")["permission"] == "price.override"
        assert await till.shop.everything() == before
        before = await till.shop.everything(but=ASKING)
        for answer in (
            await change(cashier, mine, mine["lines"][0], price_override=CHEAPER),
            await change(cashier, mine, mine["lines"][0], discount=TEN_PERCENT),
            await patch(cashier, order, discount=TEN_PERCENT),
        ):
            asked = refused(answer, 403, "approval-required")["approval"]
            assert asked["permissions"] == ["price.override"]
        assert await till.shop.everything(but=ASKING) == before


async def test_what_a_manager_allowed_a_cashier_does_not_make_more_of(till: Till) -> None:
    order = await placed(till, "meal", "coffee")
    meal, coffee = order["lines"]
    said(await change(till, order, meal, price_override=CHEAPER), 200)
    given = said(await change(till, order, coffee, discount=HALF), 200)
    meal, coffee = given["lines"]

    async with till.shop.till("cashier") as cashier:
        before = await till.shop.everything(but=ASKING)
        for line in (meal, coffee):
            refused(await change(cashier, order, line, quantity=2), 403, "approval-required")
        assert await till.shop.everything(but=ASKING) == before
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
        refused(await patch(cashier, given, discount=over), 403, "approval-required")
        assert await till.look(order) == given

    assert given["total"] == 900


async def test_nobody_makes_a_small_discount_a_large_one_by_taking_things_off(till: Till) -> None:
    await allow(till, 1000)
    async with till.shop.till("cashier") as cashier:
        order = await placed(cashier, "meal", "meal", "coffee")
        fixed = {"type": "amount", "value": 233}
        given = said(await patch(cashier, order, discount=fixed), 200)
        before = await till.shop.everything(but=ASKING)

        for line in given["lines"][:2]:
            refused(await take_off(cashier, given, line), 403, "approval-required")

        assert await till.shop.everything(but=ASKING) == before
        noted = said(await change(cashier, given, given["lines"][2], note="Hot"), 200)
    assert (noted["discount_total"], noted["total"]) == (233, 2100)


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
        cheaper = await change(cashier, chosen, chosen["lines"][0], modifiers=none)
        refused(cheaper, 403, "approval-required")
    back = said(await change(till, chosen, chosen["lines"][0], price_override=None), 200)

    assert same["lines"][1]["unit_price"] == 1000
    assert (chosen["lines"][0]["unit_price"], chosen["lines"][0]["price_override"]) == (
        700,
        cheap["lines"][0]["price_override"],
    )
    assert (back["lines"][0]["unit_price"], back["lines"][0]["price_override"]) == (393, None)


async def test_a_discount_larger_than_its_line_is_refused(till: Till) -> None:
    order = await placed(till, "meal")
    before = await till.shop.everything()
    too_much = {"type": "amount", "value": 1001}

    problem = refused(
        await change(till, order, order["lines"][0], discount=too_much), 422, "discount-too-large"
    )

    assert problem["price"] == 1000
    assert await till.shop.everything() == before
