"""Lines are replaced by whoever saw them last, until they are paid in full."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.orders.menu import a_line, act, bank_transfer, placed, stock
from tests.support.shop import cash, refused, said

if TYPE_CHECKING:
    import httpx

    from tests.support.shop import Till


@pytest.fixture
async def till(till: Till) -> Till:
    """Return the manager at the first register of a shop with more on its menu."""
    await stock(till.shop)
    return till


async def put(
    till: Till, order: dict[str, Any], *lines: dict[str, Any], version: int | None = None
) -> httpx.Response:
    body = {"version": version or order["version"], "lines": list(lines)}
    return await till.call("PUT", f"/orders/{order['id']}/lines", body)


async def test_new_lines_take_the_place_of_the_old_at_todays_prices(till: Till) -> None:
    kept = str(uuid4())
    order = await placed(till, "coffee", "meal")
    await till.shop.rows("update products set price_minor = 500 where name = 'meal' returning id")

    changed = said(
        await put(till, order, a_line(till, "meal", 2, id=kept), a_line(till, "penny")), 200
    )

    assert [(one["name"], one["quantity"], one["total"]) for one in changed["lines"]] == [
        ("meal", 2, 1000),
        ("penny", 1, 1),
    ]
    assert changed["lines"][0]["id"] == kept
    assert (changed["subtotal"], changed["total"], changed["tax_total"]) == (1001, 1001, 167)
    assert (changed["amount_due"], changed["version"]) == (1001, 2)
    assert (changed["number"], changed["state"]) == (order["number"], "draft")
    assert changed["history"] == order["history"]
    assert await till.look(order) == changed
    events = await till.shop.rows(
        "select type, payload->>'total' as total, payload->>'amount_due' as due"
        " from outbox order by position"
    )
    assert events == [
        {"type": "order.created", "total": "1333", "due": "1333"},
        {"type": "order.updated", "total": "1001", "due": "1001"},
    ]


async def test_a_draft_may_become_empty_and_full_again(till: Till) -> None:
    order = await placed(till, "meal")

    empty = said(await put(till, order), 200)
    full = said(await put(till, empty, a_line(till, "penny")), 200)

    assert (empty["lines"], empty["total"], empty["state"]) == ([], 0, "draft")
    assert (full["total"], full["version"]) == (1, 3)


async def test_an_order_that_is_fixed_is_changed_but_never_emptied(till: Till) -> None:
    order = await till.order("meal")

    changed = said(await put(till, order, a_line(till, "coffee")), 200)
    before = await till.shop.everything()
    refused(await put(till, changed), 422, "order-empty")

    assert (changed["state"], changed["total"]) == ("validated", 333)
    assert await till.shop.everything() == before


async def test_an_order_that_is_fixed_and_costs_nothing_any_more_is_paid(till: Till) -> None:
    drink, meal = await till.order("meal"), await till.order("coffee")

    done = said(await put(till, drink, a_line(till, "water")), 200)
    sent = said(await put(till, meal, a_line(till, "tasting")), 200)

    assert (done["state"], done["payment_state"], done["amount_due"]) == ("done", "paid", 0)
    assert (sent["state"], sent["kitchen_state"]) == ("paid", "sent")
    assert [one["to"] for one in done["history"]] == ["draft", "validated", "done"]
    assert await till.shop.rows("select * from ledger_postings") == []


async def test_who_saw_an_older_version_is_told_the_present_one(till: Till) -> None:
    order = await placed(till, "meal")
    said(await put(till, order, a_line(till, "coffee")), 200)
    before = await till.shop.everything()

    for version in (1, 3, 2**53):
        stale = await put(till, order, a_line(till, "penny"), version=version)
        assert refused(stale, 409, "version-conflict")["version"] == 2

    assert await till.shop.everything() == before


async def test_of_ten_changes_at_once_one_holds_and_none_is_mixed(till: Till) -> None:
    order = await placed(till, "meal")

    answers = await asyncio.gather(
        *(put(till, order, *[a_line(till, "penny")] * count) for count in range(1, 11))
    )

    (held,) = [one for one in answers if one.status_code == 200]
    for answer in answers:
        if answer is not held:
            assert refused(answer, 409, "version-conflict")["version"] == 2
    assert await till.look(order) == held.json()
    assert len(held.json()["lines"]) == held.json()["total"]


async def test_money_under_way_keeps_the_lines_as_they_are(till: Till) -> None:
    order = await till.order("meal")
    await bank_transfer(till, order, 400)
    order, before = await till.look(order), await till.shop.everything()

    problem = refused(await put(till, order, a_line(till, "penny")), 409, "money-reserved")

    assert problem["amount_reserved"] == 400
    assert await till.shop.everything() == before


async def test_money_that_was_taken_keeps_the_lines_as_they_are(till: Till) -> None:
    await till.open_drawer()
    part, whole = await till.order("meal"), await till.order("meal")
    done = await till.order("coffee")
    for order, amount in ((part, 400), (whole, 1000), (done, 333)):
        said(await till.pay(order, cash(amount)), 200)
    before = await till.shop.everything()

    for order, amount in ((part, 400), (whole, 1000)):
        answer = await put(till, await till.look(order), a_line(till, "penny"))
        assert refused(answer, 409, "money-taken")["amount_paid"] == amount
    closed = await put(till, await till.look(done), a_line(till, "penny"))

    problem = refused(closed, 409, "illegal-transition")
    assert (problem["from"], problem["event"]) == ("done", "change_lines")
    assert await till.shop.everything() == before


async def test_a_table_that_paid_in_part_orders_more_and_pays_the_rest(till: Till) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    said(await till.pay(order, cash(400)), 200)

    more = said(
        await put(till, await till.look(order), a_line(till, "meal"), a_line(till, "coffee")), 200
    )

    assert (more["state"], more["amount_paid"], more["amount_due"]) == ("partially_paid", 400, 933)
    said(await till.pay(order, cash(933)), 200)
    assert (await till.look(order))["payment_state"] == "paid"


@pytest.mark.parametrize("names", [("penny",), ()], ids=["less", "nothing"])
async def test_an_order_never_comes_to_less_than_was_paid_for_it(
    till: Till, names: tuple[str, ...]
) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    said(await till.pay(order, cash(400)), 200)
    order, before = await till.look(order), await till.shop.everything()

    answer = await put(till, order, *(a_line(till, name) for name in names))

    code = "money-taken" if names else "order-empty"
    assert answer.json()["code"] == code
    assert await till.shop.everything() == before


async def test_an_order_that_would_come_to_just_what_was_paid_is_not_paid_by_a_change(
    till: Till,
) -> None:
    await till.open_drawer()
    order = await till.order("meal")
    said(await till.pay(order, cash(333)), 200)
    order, before = await till.look(order), await till.shop.everything()

    refused(await put(till, order, a_line(till, "coffee")), 409, "money-taken")

    assert await till.shop.everything() == before


async def test_a_change_that_cannot_be_meant_changes_nothing(till: Till) -> None:
    order = await placed(till, "meal")
    path, fine = f"/orders/{order['id']}/lines", a_line(till, "penny")
    before = await till.shop.everything()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"lines": [fine]}, ""),
        ({"version": 1}, ""),
        ({"version": 1, "lines": [fine], "table": "7"}, ""),
        *(({"version": bad, "lines": []}, "/version") for bad in (0, -1, "1", True, 1.0, 2**63)),
        ({"version": 1, "lines": [{**fine, "quantity": 0}]}, "/lines/0/quantity"),
        ({"version": 1, "lines": [fine, {**fine, "total": 1}]}, "/lines/1"),
        ({"version": 1, "lines": [{**fine, "id": str(uuid4())}] * 2}, "/lines"),
    ]

    for body, pointer in wrong:
        problem = refused(await till.call("PUT", path, body), 400, "invalid-request")
        assert problem["errors"][0]["pointer"] == pointer, body
    gone = await put(till, order, fine, a_line(till, "yesterday"))
    refused(gone, 422, "product-unavailable")
    refused(await put(till, order, a_line(till, "palace", 2)), 422, "total-too-large")

    assert await till.shop.everything() == before


async def test_lines_are_changed_by_those_who_may_where_they_work(till: Till) -> None:
    order = await placed(till, "meal")
    fine, before = a_line(till, "penny"), await till.shop.everything()

    async with till.shop.till("kitchen") as kitchen, till.shop.stranger("admin") as stranger:
        problem = refused(await put(kitchen, order, fine), 403, "forbidden")
        assert problem["permission"] == "orders.create"
        theirs = a_line(stranger, "penny")
        refused(await put(stranger, order, theirs), 404, "not-found")
    assert await till.shop.everything() == before
    await till.shop.rows("update staff set location_ids = '{}' where role = 'cashier' returning id")
    before = await till.shop.everything()
    async with till.shop.till("cashier") as cashier:
        refused(await put(cashier, order, fine), 403, "forbidden")
        refused(await act(cashier, order, "validate"), 403, "forbidden")

    assert await till.shop.everything() == before


async def test_a_crash_at_the_commit_changes_nothing(till: Till) -> None:
    order = await placed(till, "meal")
    before = await till.shop.everything()

    async with till.shop.crashing_at_commit(1):
        died = await put(till, order, a_line(till, "penny"))

    assert died.status_code == 500
    assert await till.shop.everything() == before
    assert said(await put(till, order, a_line(till, "penny")), 200)["total"] == 1


async def test_a_payment_and_a_change_at_once_never_both_happen(till: Till) -> None:
    await till.open_drawer()
    orders = [await till.order("coffee") for _ in range(6)]

    answers = await asyncio.gather(
        *(till.pay(order, cash(333)) for order in orders),
        *(put(till, order, a_line(till, "penny")) for order in orders),
    )

    for order, paid, changed in zip(orders, answers[:6], answers[6:], strict=True):
        after = await till.look(order)
        if paid.status_code == 200:
            assert changed.status_code == 409, changed.text
            assert (after["state"], after["total"], after["amount_paid"]) == ("done", 333, 333)
            continue
        assert refused(paid, 422, "order-overpaid")["outstanding"] == 1
        assert said(changed, 200) == after
        assert (after["state"], after["total"], after["amount_paid"]) == ("validated", 1, 0)
