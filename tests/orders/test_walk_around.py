"""What a cashier may not give, they do not give by pieces, by another order, or by going back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.orders.edits import CHEAPER, TEN_PERCENT, add, allow, change, patch, path, put, take_off
from tests.orders.menu import a_line, act, place, placed
from tests.staff.people import PIN, give_pin
from tests.support.shop import ASKING, refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till

WHOLE = {"type": "amount", "value": 333}


def needs(answer: httpx.Response, *permissions: str) -> dict[str, Any]:
    approval: dict[str, Any] = refused(answer, 403, "approval-required")["approval"]
    assert approval["permissions"] == list(permissions)
    return approval


async def reprice(till: Till, minor: int) -> None:
    await till.shop.rows(
        "update products set price_minor = $1 where name = 'coffee' returning id", minor
    )


async def test_a_line_is_not_given_away_because_it_is_small_beside_the_others(till: Till) -> None:
    await allow(till, 1000)
    async with till.shop.till("cashier") as cashier:
        free = a_line(till, "coffee", discount=WHOLE)
        refused(await place(cashier, free, a_line(till, "meal", 10)), 403, "forbidden")
        order = said(await place(cashier, a_line(till, "coffee"), a_line(till, "meal", 10)), 201)
        coffee, meals = order["lines"]
        before = await till.shop.everything(but=ASKING)

        needs(await change(cashier, order, coffee, discount=WHOLE), "price.override")
        needs(await add(cashier, order, free), "price.override")

        assert await till.shop.everything(but=ASKING) == before
        some = said(await change(cashier, order, coffee, discount=TEN_PERCENT), 200)
        more = said(await change(cashier, some, meals, discount=TEN_PERCENT), 200)
    assert (some["discount_total"], more["discount_total"]) == (33, 1033)


async def test_a_line_has_no_more_off_in_all_than_the_limit(till: Till) -> None:
    await allow(till, 1000)
    nine = {"type": "percent", "value": 900}
    async with till.shop.till("cashier") as cashier:
        reduced = a_line(till, "coffee", discount=nine)
        order = said(await place(cashier, a_line(till, "coffee"), a_line(till, "meal", 10)), 201)
        other = said(await place(cashier, reduced, a_line(till, "meal", 10)), 201)
        order = said(await patch(cashier, order, discount=nine), 200)
        before = await till.shop.everything(but=ASKING)

        needs(await change(cashier, order, order["lines"][0], discount=nine), "price.override")
        needs(await add(cashier, order, reduced), "price.override")
        needs(await patch(cashier, other, discount=nine), "price.override")

        assert await till.shop.everything(but=ASKING) == before
    given = said(await change(till, order, order["lines"][0], discount=nine), 200)
    async with till.shop.till("cashier") as cashier:
        more = said(await add(cashier, given, a_line(till, "meal")), 200)
    assert (given["lines"][0]["total"], more["lines"][0]["total"]) == (275, 275)


async def test_what_a_fixed_sum_takes_off_a_line_does_not_grow_as_others_go(till: Till) -> None:
    await allow(till, 1000)
    nearly_all = a_line(till, "meal", discount={"type": "amount", "value": 900})
    order = said(await place(till, nearly_all, a_line(till, "coffee")), 201)
    fifty = {"type": "amount", "value": 50}
    order = said(await patch(till, order, discount=fifty), 200)
    async with till.shop.till("cashier") as cashier:
        before = await till.shop.everything(but=ASKING)

        approval = needs(await take_off(cashier, order, order["lines"][0]), "price.override")

        assert await till.shop.everything(but=ASKING) == before
        assert (approval["amount"], approval["details"]["discount_total"]) == (283, 50)
    fewer = said(await take_off(till, order, order["lines"][0]), 200)
    assert (fewer["discount_total"], fewer["total"]) == (50, 283)


async def test_a_fixed_sum_off_a_line_does_not_grow_by_selling_less_of_it(till: Till) -> None:
    await allow(till, 1000)
    async with till.shop.till("cashier") as cashier:
        order = said(await place(cashier, a_line(till, "meal", 10), a_line(till, "meal", 10)), 201)
        off = {"type": "amount", "value": 1000}
        given = said(await change(cashier, order, order["lines"][0], discount=off), 200)
        needs(await change(cashier, given, given["lines"][0], quantity=5), "price.override")
        fewer = said(await change(cashier, given, given["lines"][1], quantity=1), 200)
    assert (fewer["discount_total"], fewer["total"]) == (1000, 10_000)


async def test_many_small_pieces_cost_what_the_whole_costs(till: Till) -> None:
    crumbs = [a_line(till, "coffee", "0.001") for _ in range(300)]
    async with till.shop.till("cashier") as cashier:
        refused(await place(cashier, *crumbs), 403, "forbidden")
        order = await placed(cashier, "coffee")
        said(await act(cashier, order, "validate"), 200)
        now = await till.look(order)
        before = await till.shop.everything(but=ASKING)
        approval = needs(await put(cashier, now, *crumbs), "price.override")
        assert await till.shop.everything(but=ASKING) == before
        assert (approval["amount"], approval["details"]["rounded_away"]) == (0, 100)
        weighed = [a_line(till, "coffee", "0.333") for _ in range(3)]
        assert said(await place(cashier, *weighed), 201)["total"] == 333


async def test_what_the_kitchen_has_does_not_become_cheaper_by_going_back(till: Till) -> None:
    async with till.shop.till("cashier") as cashier:
        order = await placed(cashier, "meal", "coffee")
        dear = CHEAPER | {"unit_price": 8000}
        said(await change(till, order, order["lines"][0], price_override=dear), 200)
        said(await act(cashier, order, "validate"), 200)
        said(await act(cashier, order, "send"), 200)
        now = await till.look(order)
        meal, coffee = now["lines"]
        before = await till.shop.everything(but=ASKING)

        needs(await change(cashier, now, meal, price_override=None), "orders.manage")
        await reprice(till, 100)
        kept = {"id": meal["id"], "product_id": meal["product_id"], "quantity": 1}
        needs(await put(cashier, now, kept, a_line(till, "coffee")), "orders.manage")

        await reprice(till, 333)
        assert await till.shop.everything(but=ASKING) == before
    back = said(await change(till, now, meal, price_override=None), 200)
    assert back["total"] == 1333
    (entry,) = await till.shop.rows(
        "select content::json->'before'->>'total' as total from audit_entries"
        " where action = 'order.lines_taken_off'"
    )
    assert entry == {"total": "8333"}
    assert coffee["unit_price"] == 333


async def test_an_approval_to_give_an_order_up_is_for_the_order_as_it_was_seen(till: Till) -> None:
    await give_pin(till.shop, "manager")
    async with till.shop.till("cashier") as cashier:
        order = await cashier.order("meal")
        where = f"/orders/{order['id']}/cancel"
        approval = needs(await cashier.call("POST", where, {"reason": "Left."}), "orders.manage")
        approve = f"/approvals/{approval['id']}/approve"
        said(await till.call("POST", approve, {"pin": PIN}), 200)
        said(await act(cashier, order, "send"), 200)
        wish = {"reason": "Left.", "approval_id": approval["id"]}
        before = await till.shop.everything()

        refused(await cashier.call("POST", where, wish), 403, "approval-invalid")

        assert await till.shop.everything() == before


async def test_what_another_took_is_not_given_up_by_way_of_an_order_of_ones_own(till: Till) -> None:
    theirs, more = await placed(till, "meal", "coffee"), await placed(till, "meal")
    async with till.shop.till("cashier") as cashier:
        part = {"version": 1, "lines": [{"line_id": theirs["lines"][0]["id"], "quantity": 1}]}
        parted = said(await cashier.call("POST", f"{path(theirs)}/split", part), 201)["order"]
        mine, other = await placed(cashier, "coffee"), await placed(cashier, "coffee")
        for one, taken in ((mine, parted), (other, more)):
            wish = {"version": 1, "from": [{"order_id": taken["id"], "version": taken["version"]}]}
            said(await cashier.call("POST", f"{path(one)}/merge", wish), 200)
        before = await till.shop.everything(but=ASKING)

        for one in (mine, other):
            answer = await cashier.call("POST", f"{path(one)}/cancel", {"reason": "Left."})
            needs(answer, "orders.manage")

        assert await till.shop.everything(but=ASKING) == before
        own = await placed(cashier, "coffee", "meal")
        part = {"version": 1, "lines": [{"line_id": own["lines"][0]["id"], "quantity": 1}]}
        gone = said(await cashier.call("POST", f"{path(own)}/split", part), 201)["order"]
        said(await cashier.call("POST", f"{path(gone)}/cancel", {"reason": "Left."}), 200)


async def test_who_may_not_edit_at_all_tries_no_pin(till: Till) -> None:
    await give_pin(till.shop, "manager")
    order = await placed(till, "meal")
    wrong = {"staff_id": str(till.shop.staff_id("manager")), "pin": "9999"}
    async with till.shop.till("kitchen") as cook:
        for _ in range(6):
            answer = await patch(cook, order, discount=TEN_PERCENT, approval=wrong)
            assert refused(answer, 403, "forbidden")["permission"] == "orders.create"
    async with till.shop.till("cashier") as cashier:
        right = wrong | {"pin": PIN}
        given = said(await patch(cashier, order, discount=TEN_PERCENT, approval=right), 200)
    assert given["total"] == 900


async def test_a_key_has_nobody_beside_it(till: Till) -> None:
    async with till.shop.till("manager") as manager:
        wish = {"name": "A tablet", "scopes": ["orders.create", "orders.read"]}
        key = said(await manager.call("POST", "/api-keys", wish), 201)["key"]
    order = await placed(till, "meal")
    but = frozenset({"api_keys"})  # It was used.
    before = await till.shop.everything(but=but)
    answer = await till.http.request(
        "PATCH",
        f"/api/v1{path(order)}",
        json={"version": 1, "discount": TEN_PERCENT},
        headers={"X-API-Key": key, "Authorization": ""},
    )
    assert refused(answer, 403, "forbidden")["permission"] == "price.override"
    assert await till.shop.everything(but=but) == before
